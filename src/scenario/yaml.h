/* YAML text -> nodes. The only user of libyaml. */
#ifndef SCENARIO_YAML_H
#define SCENARIO_YAML_H

#include "scenario/node.h"

/* What a file may hold, so that none can make us work without end. */
enum {
	YAML_DEPTH_MAX = 64,
	YAML_NODES_MAX = 400000, /* also after expanding all aliases */
	YAML_SCALAR_MAX = 256 * 1024
};

/*
 * The root of the one document in text, or NULL with a problem. Problems that
 * leave the tree whole (duplicate keys, tags) are told and the root returned.
 * The reader's diags then hold an error. text is UTF-8 (source_check).
 */
struct node *yaml_parse(struct reader *r, struct span text);

#endif
