/* A run from its options to its exit status. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

struct options;

/* Plays the scenario in file (NULL: none, a plain proxy) until it is over, its
 * time is up or a signal comes; returns an exit status. */
int session_run(struct options *o, const char *file);

#endif
