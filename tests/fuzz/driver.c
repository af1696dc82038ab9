/*
 * Runs a fuzz target without libFuzzer: `fuzz_x SEEDS [MUTATIONS]` feeds it
 * each file of the folder SEEDS, then as many mutations of them, always the
 * same ones. A crash, an assertion or a sanitizer ends it; the input is then in
 * the file crash-input of the working folder.
 */
#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rng.h"
#include "base/xalloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { INPUT_MAX = 64 * 1024, SEEDS_MAX = 1000 };

struct input {
	uint8_t *data;
	size_t n;
};

static struct input seeds[SEEDS_MAX];
static unsigned n_seeds;

static int
driver_compare(const void *va, const void *vb)
{
	const struct input *a = va, *b = vb;
	size_t n = a->n < b->n ? a->n : b->n;
	int order = memcmp(a->data, b->data, n);

	if (order != 0)
		return order;
	return a->n < b->n ? -1 : a->n > b->n;
}

static void
driver_load(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	if (dir == NULL) {
		perror(folder);
		exit(1);
	}
	while ((entry = readdir(dir)) != NULL && n_seeds < SEEDS_MAX) {
		char *path = xasprintf("%s/%s", folder, entry->d_name);
		FILE *f = entry->d_name[0] != '.' ? fopen(path, "rb") : NULL;
		struct input *seed = &seeds[n_seeds];

		free(path);
		if (f == NULL)
			continue;
		seed->data = xmalloc(INPUT_MAX);
		seed->n = fread(seed->data, 1, INPUT_MAX, f);
		fclose(f);
		n_seeds++;
	}
	closedir(dir);
	/* A folder's order is the file system's; the run's is not. */
	qsort(seeds, n_seeds, sizeof(seeds[0]), driver_compare);
}

static const uint8_t *driver_data;
static size_t driver_n;

static void
driver_died(int sig)
{
	int fd = open("crash-input", O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd >= 0 && write(fd, driver_data, driver_n) == (ssize_t)driver_n)
		close(fd);
	signal(sig, SIG_DFL);
	raise(sig);
}

/* Exactly n bytes on the heap, so that a sanitizer sees a read beyond them. */
static void
driver_feed(const uint8_t *data, size_t n)
{
	uint8_t *copy = xmalloc(n > 0 ? n : 1);

	driver_data = data;
	driver_n = n;
	memcpy(copy, data, n);
	LLVMFuzzerTestOneInput(copy, n);
	free(copy);
}

/* Replaces n_out bytes at `at` by n_in bytes of from. */
static void
driver_splice(
    struct input *to, size_t at, size_t n_out, const uint8_t *from, size_t n_in)
{
	if (to->n - n_out + n_in > INPUT_MAX)
		return;
	memmove(
	    to->data + at + n_in, to->data + at + n_out, to->n - at - n_out);
	if (n_in > 0)
		memmove(to->data + at, from, n_in);
	to->n = to->n - n_out + n_in;
}

/* One change: a byte set, bytes cut out or doubled, a piece of a seed put in,
 * or the end cut off. */
static void
driver_change(struct input *to, struct rng *r)
{
	size_t at = (size_t)rng_upto(r, to->n + 1), left = to->n - at;
	size_t n = (size_t)rng_upto(r, (left < 16 ? left : 16) + 1);
	const struct input *other = &seeds[rng_upto(r, n_seeds)];
	size_t from = (size_t)rng_upto(r, other->n + 1);
	size_t most = other->n - from < 32 ? other->n - from : 32;
	uint8_t piece[32], byte = (uint8_t)rng_next(r);

	switch (rng_upto(r, 6)) {
	case 0:
		driver_splice(to, at, left > 0, &byte, 1);
		break;
	case 1:
		driver_splice(to, at, n, NULL, 0);
		break;
	case 2:
		memcpy(piece, to->data + at, n);
		driver_splice(to, at, 0, piece, n);
		break;
	case 3:
		driver_splice(to, at, n, other->data + from,
		    (size_t)rng_upto(r, most + 1));
		break;
	case 4:
		driver_splice(to, at, 0, other->data + from, most);
		break;
	default:
		if (left > 0)
			to->data[at] ^= (uint8_t)(1u << rng_upto(r, 8));
		break;
	}
}

int
main(int argc, char **argv)
{
	struct rng r = rng_stream(1);
	struct input now = { xmalloc(INPUT_MAX + 1), 0 };
	uintmax_t runs = 0;

	if (argc < 2)
		return 2;
	signal(SIGABRT, driver_died);
	signal(SIGSEGV, driver_died);
	driver_load(argv[1]);
	assert(n_seeds > 0);
	for (unsigned i = 0; i < n_seeds; i++)
		driver_feed(seeds[i].data, seeds[i].n);
	if (argc > 2)
		runs = strtoumax(argv[2], NULL, 10);
	for (uintmax_t i = 0; i < runs; i++) {
		const struct input *seed = &seeds[rng_upto(&r, n_seeds)];

		memcpy(now.data, seed->data, seed->n);
		now.n = seed->n;
		for (uint64_t k = rng_upto(&r, 6); k-- > 0;)
			driver_change(&now, &r);
		driver_feed(now.data, now.n);
	}
	printf("%u seeds, %ju mutations\n", n_seeds, runs);
	for (unsigned i = 0; i < n_seeds; i++)
		free(seeds[i].data);
	free(now.data);
	return 0;
}
