/* Names to nodes, the latest of a name: anchors, rules, phases. */
#ifndef SCENARIO_NAMES_H
#define SCENARIO_NAMES_H

#include <stddef.h>

struct node;

/* An open-addressed table, so that a file full of anchors or rules is read
 * in linear time. Zeroed is empty. */
struct names {
	struct name {
		char *name;
		struct node *node;
	} * v;
	size_t n, size; /* size is a power of two, or 0 */
};

void names_set(struct names *a, const char *name, struct node *node);
struct node *names_get(const struct names *a, const char *name);
void names_clear(struct names *a);

#endif
