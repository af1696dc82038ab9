/* `run --replay`: the decisions of an earlier run, from its journal. */
#ifndef CLI_REPEAT_H
#define CLI_REPEAT_H

#include "cli/options.h"
#include "decide/replay.h"

/*
 * Reads the journal that the options name, if they do: *to is what it decided
 * (the caller owns it), NULL without one, and its seed becomes the options'.
 * The scenario must be the one that was played (its text's hash), unless the
 * options say --force. EXIT_PASS or, after a message, what to exit with.
 */
int
repeat_load(struct options *o, const struct scenario *s, struct replay **to);

/* At the end: how much of the journal came again, and what was not in it. */
void repeat_tell(const struct options *o, const struct play *play);

#endif
