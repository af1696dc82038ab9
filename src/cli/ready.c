#include "cli/ready.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/xalloc.h"

bool
ready_write(const char *path, const char *const *listen, size_t n_listen,
    const char *admin)
{
	json_t *all = json_object(), *list = json_array();
	char *draft = xasprintf("%s.%ld", path, (long)getpid());
	bool ok;

	for (size_t i = 0; i < n_listen; i++)
		json_array_append_new(list, json_string(listen[i]));
	json_object_set_new(all, "pid", json_integer(getpid()));
	json_object_set_new(all, "listen", list);
	if (admin != NULL)
		json_object_set_new(all, "admin", json_string(admin));
	ok = json_dump_file(all, draft, 0) == 0 && rename(draft, path) == 0;
	if (!ok)
		log_error("%s: %s", path, strerror(errno));
	json_decref(all);
	free(draft);
	return ok;
}
