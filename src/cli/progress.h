/* What `run` shows while it plays: the phase, live rates, faults. A line that
 * is rewritten on a terminal, plain lines at phase changes without one. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "admin/control.h"
#include "record/journal.h"

struct progress {
	struct control *control;
	unsigned version; /* of the play whose phase is shown */
	uint64_t t0_ns, shown_ns;
	bool quiet, terminal, line_open;
	int phase;
	unsigned round;
	/* written by the writer's thread, read by main's */
	_Atomic uint64_t attempts, injected, retries, failed;
	uint64_t last_attempts;
};

void progress_init(
    struct progress *p, struct control *control, uint64_t t0_ns, bool quiet);
/* Counts one record; from the writer's thread. */
void progress_add(
    struct progress *p, const struct record *r, const struct pairing *pairing);
/* Called often; shows something new at most four times a second. */
void progress_show(struct progress *p, uint64_t now_ns);
/* Ends an open line. */
void progress_end(struct progress *p);

#endif
