/* The ready file: tells whoever started us that we listen, and where. */
#ifndef CLI_READY_H
#define CLI_READY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes `{"pid": N, "listen": ["ADDR", ...]}` to path; with admin not NULL
 * also `"admin": "ADDR"`. The file appears whole or not at all (it is renamed
 * into place). False with a message on stderr when that fails.
 */
bool ready_write(const char *path, const char *const *listen, size_t n_listen,
    const char *admin);

#endif
