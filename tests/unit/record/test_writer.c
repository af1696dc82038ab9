#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "record/writer.h"

enum {
	RINGS = 3,
	SEEN = 40000,
	MANY = 15000 /* more than are kept while they cannot be written */
};

static const char *const phases[] = { "baseline", "outage" };
static const char *const rules[] = { "throttle" };
static const char *const faults[] = { "status" };
static const struct journal_names names = { phases, rules, faults, 2, 1, 1, 0 };

/* What came out at the sink, and what a journal holds. */
struct bench {
	char path[64];
	struct ring *rings[RINGS];
	struct writer_conf conf;
	uint64_t n_seen;
	uint64_t seen[SEEN]; /* conn of each record */
	uint32_t attempts[SEEN];
	uint64_t lines, headers, lost, bad, other, torn;
	uint64_t read[SEEN];
	uint16_t last_play;
};

static void
sink(void *arg, const struct record *r, const struct pairing *p)
{
	struct bench *b = arg;

	assert_true(b->n_seen < SEEN);
	b->attempts[b->n_seen] = p->attempt;
	b->seen[b->n_seen++] = r->conn;
}

static int
setup(void **state)
{
	struct bench *b = xcalloc(1, sizeof(*b));
	int fd;

	snprintf(b->path, sizeof(b->path), "/tmp/brownout-writer-XXXXXX");
	fd = mkstemp(b->path);
	assert_true(fd >= 0);
	close(fd);
	for (int i = 0; i < RINGS; i++)
		b->rings[i] = ring_new(16 << 20);
	b->conf = (struct writer_conf){ .rings = b->rings,
		.n_rings = RINGS,
		.path = b->path,
		.start_ns = clock_mono_ns() - (uint64_t)3600 * NS_PER_S,
		.header = { 1, 42, 7, "shop", 0, 0 },
		.names = names,
		.sink = sink,
		.sink_arg = b };
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct bench *b = *state;

	for (int i = 0; i < RINGS; i++)
		ring_free(b->rings[i]);
	unlink(b->path);
	free(b);
	return 0;
}

/* The nth attempt, which ended at n ms. */
static struct record
attempt(uint64_t n)
{
	return (struct record){ .t_first = n * NS_PER_MS,
		.t_req_end = RECORD_NONE,
		.t_resp = n * NS_PER_MS,
		.t_end = n * NS_PER_MS,
		.op = 1,
		.op_source = 2,
		.conn = n,
		.retry_after_ns = RECORD_NONE,
		.deadline_ns = RECORD_NONE,
		.status = 503,
		.rule = 0,
		.phase = 1,
		.fault = 0,
		.minor = 1,
		.method = SPAN("GET"),
		.path = SPAN("/search"),
		.host = SPAN("shop.example") };
}

static void
put(struct bench *b, unsigned ring, uint64_t n)
{
	struct record r = attempt(n);

	assert_true(ring_put(b->rings[ring], &r));
}

/* Reads all lines that a stream holds. */
static void
read_journal(struct bench *b, FILE *f)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	struct buf text;

	buf_init(&text, 1 << 20);
	while ((n = getline(&line, &room, f)) > 0) {
		struct record r;
		struct journal_header h;
		uint64_t lost;
		const char *why;

		b->torn += line[n - 1] != '\n';
		switch (journal_read((struct span){ line, (size_t)n }, &names,
		    &r, &h, &lost, &text, &why)) {
		case JOURNAL_RECORD:
			assert_true(b->lines < SEEN);
			b->read[b->lines++] = r.conn;
			break;
		case JOURNAL_HEADER:
			b->headers++;
			b->last_play = h.play;
			b->lost += lost;
			break;
		case JOURNAL_LOSS:
			b->lost += lost;
			break;
		case JOURNAL_BAD:
			b->bad++;
			break;
		case JOURNAL_OTHER:
			b->other++;
		}
	}
	free(line);
	buf_clear(&text);
}

static void
read_file(struct bench *b)
{
	FILE *f = fopen(b->path, "r");

	assert_non_null(f);
	read_journal(b, f);
	fclose(f);
}

static void
merges_the_rings_by_the_time_of_the_end(void **state)
{
	struct bench *b = *state;
	struct writer *w;

	for (uint64_t n = 0; n < 3000; n++)
		put(b, n * 7 / 3 % RINGS, n);
	w = writer_start(&b->conf);
	assert_non_null(w);
	assert_int_equal(writer_stop(w), 0);
	read_file(b);
	assert_int_equal(b->n_seen, 3000);
	assert_int_equal(b->headers, 1);
	assert_int_equal(b->lines, 3000);
	assert_int_equal(b->bad + b->torn + b->lost, 0);
	for (uint64_t n = 0; n < 3000; n++) {
		assert_int_equal(b->seen[n], n);
		assert_int_equal(b->attempts[n], n + 1);
		assert_int_equal(b->read[n], n);
	}
}

struct producer {
	struct bench *b;
	unsigned ring;
};

static void *
produce(void *arg)
{
	struct producer *p = arg;

	for (uint64_t n = 0; n < 10000; n++) {
		struct record r = attempt(n * RINGS + p->ring);

		/* now, as it is in a worker */
		r.t_end = clock_mono_ns() - p->b->conf.start_ns;
		r.t_first = r.t_resp = r.t_end;
		assert_true(ring_put(p->b->rings[p->ring], &r));
	}
	return NULL;
}

static void
takes_records_while_workers_make_them(void **state)
{
	struct bench *b = *state;
	struct producer producers[RINGS];
	pthread_t threads[RINGS];
	struct writer *w = writer_start(&b->conf);
	uint64_t sum = 0, n = 10000 * RINGS;

	assert_non_null(w);
	for (unsigned i = 0; i < RINGS; i++) {
		producers[i] = (struct producer){ b, i };
		pthread_create(&threads[i], NULL, produce, &producers[i]);
	}
	for (unsigned i = 0; i < RINGS; i++)
		pthread_join(threads[i], NULL);
	while (writer_stats(w).records < n)
		sched_yield();
	assert_int_equal(writer_losses(w), 0);
	assert_int_equal(writer_stop(w), 0);
	read_file(b);
	assert_int_equal(b->lines, n);
	for (uint64_t i = 0; i < n; i++)
		sum += b->read[i];
	assert_int_equal(sum, n * (n - 1) / 2);
}

static void
begins_another_scenario_with_its_header_and_names(void **state)
{
	struct bench *b = *state;
	static const char *const other_rules[] = { "other" };
	struct journal_names other = { NULL, other_rules, faults, 0, 1, 1, 0 };
	struct journal_header h = { 1, 43, 8, "other shop", 0, 0 };
	struct writer *w = writer_start(&b->conf);
	struct record r;

	assert_non_null(w);
	put(b, 0, 1);
	assert_int_equal(writer_play(w, &h, &other, 0), 1);
	put(b, 0, 2); /* of the first scenario, late */
	r = attempt(3);
	r.play = 1;
	assert_true(ring_put(b->rings[1], &r));
	assert_int_equal(writer_play(w, &h, &other, 0), 2);
	assert_int_equal(writer_stop(w), 0);
	read_file(b);
	assert_int_equal(b->headers, 3);
	assert_int_equal(b->last_play, 2);
	assert_int_equal(b->lines, 2);
	assert_int_equal(b->other, 1);
	assert_int_equal(b->bad, 0);
}

/* Operations of the new scenario end by its own window. */
static void
takes_the_window_of_another_scenario(void **state)
{
	struct bench *b = *state;
	static const char *const other_rules[] = { "other" };
	struct journal_names other = { NULL, other_rules, faults, 0, 1, 1, 0 };
	struct journal_header h = { 1, 43, 8, "other shop", 0, 0 };
	struct writer *w = writer_start(&b->conf);

	assert_non_null(w);
	put(b, 0, 1);
	put(b, 0, 60000);
	assert_int_equal(writer_play(w, &h, &other, NS_PER_S), 1);
	put(b, 0, 60500);
	put(b, 0, 62000);
	assert_int_equal(writer_stop(w), 0);
	assert_int_equal(b->attempts[1], 2);
	assert_int_equal(b->attempts[2], 3);
	assert_int_equal(b->attempts[3], 1);
}

static void
pairs_and_hands_on_without_a_journal(void **state)
{
	struct bench *b = *state;
	struct writer *w;

	b->conf.path = NULL;
	w = writer_start(&b->conf);
	assert_non_null(w);
	for (uint64_t n = 0; n < 100; n++)
		put(b, 0, n);
	assert_int_equal(writer_stop(w), 0);
	assert_int_equal(b->n_seen, 100);
	assert_int_equal(b->attempts[99], 100);
}

static void
says_what_the_rings_had_no_room_for(void **state)
{
	struct bench *b = *state;
	struct writer *w;
	struct record r = attempt(0);
	uint64_t fitted = 0;

	ring_free(b->rings[0]);
	b->rings[0] = ring_new(RING_BYTES_MIN);
	for (uint64_t n = 0; n < 1000; n++)
		fitted += ring_put(b->rings[0], &r);
	assert_in_range(fitted, 50, 950);
	w = writer_start(&b->conf);
	assert_non_null(w);
	assert_int_equal(writer_stop(w), 1000 - fitted);
	read_file(b);
	assert_int_equal(b->lines, fitted);
	assert_int_equal(b->lost, 1000 - fitted);
}

static void
refuses_a_journal_that_cannot_be_opened(void **state)
{
	struct bench *b = *state;

	b->conf.path = "/nonexistent/journal";
	assert_null(writer_start(&b->conf));
	assert_int_equal(errno, ENOENT);
}

static void
counts_everything_as_lost_on_a_full_device(void **state)
{
	struct bench *b = *state;
	struct writer *w;

	b->conf.path = "/dev/full";
	w = writer_start(&b->conf);
	assert_non_null(w);
	for (uint64_t n = 0; n < 3000; n++)
		put(b, 0, n);
	assert_in_range(writer_stop(w), 3000, 3002);
	assert_int_equal(b->n_seen, 3000);
}

/* A writer with more records than its disk has room for; *old is to be put back
 * to give it room. */
static struct writer *
start_on_a_small_disk(struct bench *b, struct rlimit *old)
{
	struct rlimit small;
	struct writer *w;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, old), 0);
	small = (struct rlimit){ 100000, old->rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	w = writer_start(&b->conf);
	assert_non_null(w);
	for (uint64_t n = 0; n < MANY; n++)
		put(b, 0, n);
	return w;
}

static void
goes_on_when_the_disk_has_room_again(void **state)
{
	struct bench *b = *state;
	struct rlimit old;
	struct writer *w = start_on_a_small_disk(b, &old);
	uint64_t losses;

	while (writer_stats(w).records < MANY)
		sched_yield();
	losses = writer_losses(w);
	assert_in_range(losses, 1000, MANY - 1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	/* until the backlog is written and a line finds room */
	for (uint64_t n = MANY; losses != 0; n++) {
		uint64_t before = writer_losses(w);

		put(b, 0, n);
		while (writer_stats(w).records <= n)
			sched_yield();
		losses = writer_losses(w);
		if (losses == before)
			break;
	}
	assert_int_equal(writer_stop(w), losses);
	read_file(b);
	assert_int_equal(b->lines + losses, b->n_seen);
	assert_int_equal(b->lost, losses);
	assert_int_equal(b->bad + b->torn, 0);
}

/* Where no line can tell any more what is missing, the header does. */
static void
tells_in_the_header_what_a_full_disk_swallowed(void **state)
{
	struct bench *b = *state;
	struct rlimit old;
	uint64_t losses = writer_stop(start_on_a_small_disk(b, &old));

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	read_file(b);
	assert_int_equal(b->bad, b->torn);
	assert_int_equal(b->lines + losses, MANY);
	assert_int_equal(b->lost, losses);
}

/* A writer to a pipe, whose reading end is returned. */
static FILE *
to_a_pipe(struct bench *b, struct writer **wp)
{
	int fds[2];
	char path[32];

	assert_int_equal(pipe(fds), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[1]);
	b->conf.path = path;
	*wp = writer_start(&b->conf);
	b->conf.path = NULL;
	assert_non_null(*wp);
	close(fds[1]);
	return fdopen(fds[0], "r");
}

static void
survives_a_pipe_that_closes(void **state)
{
	struct bench *b = *state;
	struct writer *w;
	FILE *f = to_a_pipe(b, &w);

	fclose(f);
	for (uint64_t n = 0; n < 3000; n++)
		put(b, 0, n);
	assert_in_range(writer_stop(w), 3000, 3001);
	assert_int_equal(b->n_seen, 3000);
}

static void *
stop(void *w)
{
	return (void *)(uintptr_t)writer_stop(w);
}

static void
does_not_wait_for_the_reader_of_a_pipe(void **state)
{
	struct bench *b = *state;
	struct writer *w;
	FILE *f = to_a_pipe(b, &w);
	pthread_t thread;
	void *losses;

	for (uint64_t n = 0; n < MANY; n++)
		put(b, 0, n);
	while (writer_stats(w).records < MANY)
		sched_yield();
	assert_in_range(writer_losses(w), 1000, MANY - 1);
	pthread_create(&thread, NULL, stop, w);
	read_journal(b, f);
	pthread_join(thread, &losses);
	fclose(f);
	assert_int_equal(b->lines + (uintptr_t)losses, MANY);
	assert_int_equal(b->lost, (uintptr_t)losses);
	assert_int_equal(b->bad + b->torn, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(merges_the_rings_by_the_time_of_the_end),
		TEST(takes_records_while_workers_make_them),
		TEST(begins_another_scenario_with_its_header_and_names),
		TEST(takes_the_window_of_another_scenario),
		TEST(pairs_and_hands_on_without_a_journal),
		TEST(says_what_the_rings_had_no_room_for),
		TEST(refuses_a_journal_that_cannot_be_opened),
		TEST(counts_everything_as_lost_on_a_full_device),
		TEST(goes_on_when_the_disk_has_room_again),
		TEST(tells_in_the_header_what_a_full_disk_swallowed),
		TEST(survives_a_pipe_that_closes),
		TEST(does_not_wait_for_the_reader_of_a_pipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
