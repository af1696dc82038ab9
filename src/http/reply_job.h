/* One reply in the making: what reply.c, reply_fields.c and reply_body.c hand
 * to each other. */
#ifndef HTTP_REPLY_JOB_H
#define HTTP_REPLY_JOB_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "http/range.h"
#include "http/reply.h"
#include "http/status.h"

struct reply_job {
	const struct reply_spec *spec;
	const struct facts *facts;
	const struct head *head; /* never NULL */
	const struct status *rules;
	unsigned code;
	struct span reason, detail;
	bool temporary;
	bool upgrade; /* the Connection field says so */
	struct buf *to;
	struct range_part part; /* 206: what the body is */
	struct span location; /* the Location's value; with p NULL it stands in
				 `to` from location_at on; n 0: there is none */
	size_t location_at;
};

#endif
