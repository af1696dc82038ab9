/* One request to the admin API, over TCP or a unix socket; waits. */
#ifndef CLI_CTL_HTTP_H
#define CLI_CTL_HTTP_H

#include <stdbool.h>

#include "base/buf.h"

struct ctl_request {
	const char *address; /* HOST:PORT, unix:PATH or http://HOST:PORT */
	const char *token;   /* NULL: none */
	const char *method, *path;
	struct span body;
	/* Takes the body as it comes, when the status is 200; NULL: it is
	 * gathered. False: enough. */
	bool (*take)(void *arg, struct span piece);
	void *arg;
};

struct ctl_answer {
	unsigned status;
	struct buf body; /* buf_clear */
};

/* False, with a sentence in why, when nobody answered as HTTP. */
bool ctl_http(
    const struct ctl_request *r, struct ctl_answer *a, char *why, size_t whyn);

#endif
