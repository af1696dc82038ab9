/* What conn.c and conn_end.c share. */
#ifndef NET_CONN_PRIVATE_H
#define NET_CONN_PRIVATE_H

#include <stdbool.h>

struct conn;

/* Whether to be told when the kernel takes output again. */
void conn_write_enable(struct conn *c, bool on);

/* An ended connection made progress: output left, input came, time passed. */
void conn_end_step(struct conn *c);
/* Sends close_notify and FIN as far as the kernel takes them. */
void conn_shut(struct conn *c);
/* Some of its output left: it may take that long again. */
void conn_end_moved(struct conn *c);
/* A read took all there was: a reset behind it gives no edge of its own. */
void conn_look_later(struct conn *c);
/* Frees output that will never be sent. */
void conn_drop_out(struct conn *c);

#endif
