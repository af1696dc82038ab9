#include "judge/reaction.h"

#include <stddef.h>

/* From..to in order; what is in no row: unknown 4xx never, the rest neutral. */
static const struct {
	uint16_t from, to;
	enum reaction reaction;
} reactions[] = {
	{ 200, 299, REACT_NEVER },
	{ 300, 399, REACT_NEUTRAL },
	{ 400, 400, REACT_NEVER },
	{ 401, 401, REACT_NEVER },
	{ 402, 407, REACT_NEVER },
	{ 408, 408, REACT_ANY },
	{ 409, 409, REACT_NEUTRAL },
	{ 421, 421, REACT_ANY },
	{ 425, 425, REACT_ANY },
	{ 429, 429, REACT_WAIT },
	{ 444, 444, REACT_SAFE },
	{ 499, 499, REACT_SAFE },
	{ 500, 500, REACT_SAFE },
	{ 501, 501, REACT_NEVER },
	{ 502, 502, REACT_SAFE },
	{ 503, 503, REACT_WAIT },
	{ 504, 504, REACT_SAFE },
	{ 505, 508, REACT_NEVER },
	{ 510, 511, REACT_NEVER },
};

static enum reaction
reaction_to_status(uint16_t status)
{
	for (size_t i = 0; i < sizeof(reactions) / sizeof(reactions[0]); i++)
		if (status >= reactions[i].from && status <= reactions[i].to)
			return reactions[i].reaction;
	return status >= 400 && status < 500 ? REACT_NEVER : REACT_NEUTRAL;
}

enum reaction
reaction_to(const struct attempt *a)
{
	if (a->outcome == OUTCOME_CLIENT_CLOSED || a->resp == RECORD_NONE ||
	    (a->flags & RECORD_TRUNCATED))
		return REACT_SAFE;
	if (a->status == 413 && a->retry_after != RECORD_NONE)
		return REACT_WAIT;
	return reaction_to_status(a->status);
}

enum severity
reaction_severity(const struct attempt *a)
{
	if (a->upstream == UPSTREAM_DONE && a->upstream_status >= 200 &&
	    a->upstream_status < 400)
		return SEVERITY_CONFIRMED;
	/* An answer is one, however much of the request it waited for. */
	if ((a->flags & RECORD_REQ_INCOMPLETE) && a->resp == RECORD_NONE)
		return SEVERITY_BENIGN;
	switch (reaction_to(a)) {
	case REACT_SAFE:
	case REACT_NEUTRAL:
		return SEVERITY_PROBABLE;
	default:
		return SEVERITY_BENIGN;
	}
}
