#define PCRE2_CODE_UNIT_WIDTH 8
#include "base/regex.h"

#include <assert.h>
#include <pcre2.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/xalloc.h"

enum {
	REGEX_MATCH_LIMIT = 100000,
	REGEX_DEPTH_LIMIT = 20000,
	REGEX_HEAP_LIMIT_KIB = 8 * 1024,
	REGEX_LENGTH_MAX = 16 * 1024
};

struct regex {
	pcre2_code *code;
};

/* What matching needs to write to: one a thread, freed with the thread. */
struct regex_room {
	pcre2_match_data *data;
	pcre2_match_context *limits;
};

static pthread_key_t regex_key;
static pthread_once_t regex_once = PTHREAD_ONCE_INIT;
static _Thread_local struct regex_room *regex_room;

static void
regex_room_free(void *arg)
{
	struct regex_room *room = arg;

	pcre2_match_data_free(room->data);
	pcre2_match_context_free(room->limits);
	free(room);
	regex_room = NULL;
}

/* The main thread's room has no thread exit to die at. */
static void
regex_exit(void)
{
	if (regex_room != NULL)
		regex_room_free(regex_room);
}

static void
regex_init(void)
{
	int bad = pthread_key_create(&regex_key, regex_room_free);

	assert(bad == 0);
	(void)bad;
	atexit(regex_exit);
}

static struct regex_room *
regex_room_get(void)
{
	struct regex_room *room = regex_room;

	if (room != NULL)
		return room;
	pthread_once(&regex_once, regex_init);
	room = xcalloc(1, sizeof(*room));
	room->data = pcre2_match_data_create(1, NULL);
	room->limits = pcre2_match_context_create(NULL);
	assert(room->data != NULL && room->limits != NULL);
	pcre2_set_match_limit(room->limits, REGEX_MATCH_LIMIT);
	pcre2_set_depth_limit(room->limits, REGEX_DEPTH_LIMIT);
	pcre2_set_heap_limit(room->limits, REGEX_HEAP_LIMIT_KIB);
	pthread_setspecific(regex_key, room);
	regex_room = room;
	return room;
}

struct regex *
regex_new(struct span text, bool nocase, char *why, size_t whyn, size_t *atp)
{
	uint32_t options = PCRE2_NO_AUTO_CAPTURE;
	struct regex *r;
	pcre2_code *code;
	int error;

	if (text.n > REGEX_LENGTH_MAX) {
		snprintf(why, whyn, "longer than %d bytes", REGEX_LENGTH_MAX);
		*atp = REGEX_LENGTH_MAX;
		return NULL;
	}
	if (nocase)
		options |= PCRE2_CASELESS;
	code = pcre2_compile(
	    (PCRE2_SPTR)text.p, text.n, options, &error, atp, NULL);
	if (code == NULL) {
		pcre2_get_error_message(error, (PCRE2_UCHAR *)why, whyn);
		return NULL;
	}
	/* Where there is no JIT, matching interprets: slower, the same. */
	pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
	r = xcalloc(1, sizeof(*r));
	r->code = code;
	return r;
}

void
regex_free(struct regex *r)
{
	if (r == NULL)
		return;
	pcre2_code_free(r->code);
	free(r);
}

bool
regex_match(const struct regex *r, struct span s)
{
	struct regex_room *room = regex_room_get();
	PCRE2_SPTR p = (PCRE2_SPTR)(s.n != 0 ? s.p : "");
	int n = pcre2_match(r->code, p, s.n, 0, 0, room->data, room->limits);

	/* The JIT's stack is small; the interpreter has the heap. */
	if (n == PCRE2_ERROR_JIT_STACKLIMIT)
		n = pcre2_match(
		    r->code, p, s.n, 0, PCRE2_NO_JIT, room->data, room->limits);
	return n >= 0;
}
