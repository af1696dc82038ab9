/*
 * The admin API over HTTP: a thread with a loop of its own, so that nothing
 * here is ever on the way of traffic. DESIGN.md section 8; conf/openapi.yaml.
 */
#ifndef ADMIN_SERVER_H
#define ADMIN_SERVER_H

#include <stdbool.h>

#include "admin/control.h"
#include "base/diag.h"

struct admin;

struct admin_conf {
	const char *address;      /* as for listen */
	const char *token_file;   /* NULL: none; needed beyond loopback */
	const char *const *hosts; /* further names in Host; borrowed */
	unsigned n_hosts;
	struct control *control; /* outlives the admin */
};

/* Opens the address. NULL with messages; *busyp: the system said no. */
struct admin *
admin_new(const struct admin_conf *conf, struct diags *diags, bool *busyp);
/* Starts the thread, which takes no signals. */
void admin_start(struct admin *a);
/* From now on the proxy is not ready. Any thread. */
void admin_drain(struct admin *a);
bool admin_is_draining(const struct admin *a);
/* Ends the thread and frees everything. NULL is fine. */
void admin_free(struct admin *a);
/* The real address, as text. */
const char *admin_address(const struct admin *a);

#endif
