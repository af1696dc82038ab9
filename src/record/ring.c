#include "record/ring.h"

#include <assert.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
	LANE_LINE = 64, /* bytes of a cache line */
	LANE_ALIGN = 8,
	LANE_PAGE = 4096,
	/* The consumer gives room back in pieces of so many bytes. */
	LANE_PIECE = 64 << 10,
	/* What the near lane has: some ten milliseconds of a busy worker. */
	RING_NEAR = 512 << 10
};

enum entry_kind {
	ENTRY_RECORD,
	ENTRY_SKIP, /* the rest of the lane up to its end is unused */
	ENTRY_TURN  /* what comes next is in the other lane */
};

/* What stands before each record. */
struct entry {
	uint32_t bytes; /* with this head and the padding behind */
	uint32_t kind;
};

/*
 * Positions only grow; masked they are offsets. Each side owns one, keeps a
 * copy of the other's on its own cache line and looks at the original only when
 * the copy says full or empty.
 */
struct lane {
	alignas(LANE_LINE) _Atomic uint64_t tail; /* written up to here */
	uint64_t seen_head;
	alignas(LANE_LINE) _Atomic uint64_t head; /* given back up to here */
	uint64_t at;                              /* read up to here */
	uint64_t piece; /* give back when so many bytes are read */
	uint64_t seen_tail;
	alignas(LANE_LINE) char *data;
	uint64_t size; /* a power of two */
};

/*
 * Two lanes, because a ring passes through all of its memory: the near one is
 * small enough to stay in the cache, the far one takes over while the consumer
 * lags. Where the producer leaves a lane it writes a mark, which the consumer
 * follows: so the order stays what it was.
 */
struct ring {
	struct lane near, far;
	alignas(LANE_LINE) struct lane *writing; /* the producer's */
	_Atomic uint64_t lost;
	alignas(LANE_LINE) struct lane *reading; /* the consumer's */
};

static_assert(sizeof(struct entry) == LANE_ALIGN, "entries stay aligned");
static_assert(alignof(struct record) <= LANE_ALIGN, "records stay aligned");
static_assert((int)RING_BYTES_MIN / 4 >=
		  2 * (int)(sizeof(struct record) + 7 * RECORD_TEXT_MAX),
    "the largest record fits");

static void
lane_init(struct lane *lane, uint64_t size)
{
	void *p;

	if (posix_memalign(&p, LANE_PAGE, size) != 0)
		abort();
	lane->data = p;
	lane->size = size;
	lane->piece = size / 8 < LANE_PIECE ? size / 8 : LANE_PIECE;
}

/* Whether n more bytes can be written at tail. */
static bool
lane_has_room(struct lane *lane, uint64_t tail, uint64_t n)
{
	if (tail + n - lane->seen_head <= lane->size)
		return true;
	lane->seen_head =
	    atomic_load_explicit(&lane->head, memory_order_acquire);
	return tail + n - lane->seen_head <= lane->size;
}

static struct entry *
lane_entry(const struct lane *lane, uint64_t position)
{
	return (struct entry *)(lane->data + (position & (lane->size - 1)));
}

/* Where n bytes in one piece can be written, with room for a mark behind, or
 * NULL when full; *tailp is where that is. */
static struct entry *
lane_place(struct lane *lane, uint64_t *tailp, uint64_t n)
{
	uint64_t tail = atomic_load_explicit(&lane->tail, memory_order_relaxed);
	uint64_t rest = lane->size - (tail & (lane->size - 1));

	if (rest >= n)
		rest = 0;
	if (!lane_has_room(lane, tail, rest + n + sizeof(struct entry)))
		return NULL;
	if (rest != 0)
		*lane_entry(lane, tail) =
		    (struct entry){ (uint32_t)rest, ENTRY_SKIP };
	*tailp = tail + rest;
	return lane_entry(lane, *tailp);
}

/* Consumer. Whether there is nothing to read. */
static bool
lane_is_empty(struct lane *lane)
{
	if (lane->at == lane->seen_tail)
		lane->seen_tail =
		    atomic_load_explicit(&lane->tail, memory_order_acquire);
	return lane->at == lane->seen_tail;
}

/*
 * Hands the pages that were read to the producer. Those of the far lane go back
 * to the system first: a proxy that once had a busy moment does not keep them.
 */
static void
lane_give_back(struct lane *lane, bool far)
{
	uint64_t from = atomic_load_explicit(&lane->head, memory_order_relaxed);
	uint64_t to = lane->at & ~(uint64_t)(LANE_PAGE - 1);
	uint64_t offset = from & (lane->size - 1);

	if (far && offset + (to - from) <= lane->size)
		madvise(lane->data + offset, to - from, MADV_DONTNEED);
	atomic_store_explicit(&lane->head, to, memory_order_release);
}

struct ring *
ring_new(size_t bytes)
{
	struct ring *ring;
	uint64_t size = RING_BYTES_MIN;
	void *p;

	if (posix_memalign(&p, LANE_LINE, sizeof(*ring)) != 0)
		abort();
	ring = memset(p, 0, sizeof(*ring));
	assert(bytes <= RING_BYTES_MAX);
	while (size < (bytes != 0 ? bytes : RING_BYTES))
		size *= 2;
	lane_init(&ring->near, size / 4 < RING_NEAR ? size / 4 : RING_NEAR);
	lane_init(&ring->far, size);
	ring->writing = ring->reading = &ring->near;
	return ring;
}

void
ring_free(struct ring *ring)
{
	if (ring == NULL)
		return;
	free(ring->near.data);
	free(ring->far.data);
	free(ring);
}

static struct lane *
ring_other(struct ring *ring, const struct lane *lane)
{
	return lane == &ring->near ? &ring->far : &ring->near;
}

/* Producer. Leaves a mark and goes on in the other lane. */
static void
ring_turn(struct ring *ring)
{
	struct lane *lane = ring->writing;
	uint64_t tail = atomic_load_explicit(&lane->tail, memory_order_relaxed);

	*lane_entry(lane, tail) =
	    (struct entry){ sizeof(struct entry), ENTRY_TURN };
	atomic_store_explicit(
	    &lane->tail, tail + sizeof(struct entry), memory_order_release);
	ring->writing = ring_other(ring, lane);
}

/* Room for n bytes in the lane to write to, or NULL. The near one is taken
 * again when half of it is free: then its consumer is not far behind. */
static struct entry *
ring_place(struct ring *ring, uint64_t *tailp, uint64_t n)
{
	struct lane *near = &ring->near;
	struct entry *entry;

	if (ring->writing == &ring->far &&
	    lane_has_room(near,
		atomic_load_explicit(&near->tail, memory_order_relaxed),
		near->size / 2))
		ring_turn(ring);
	entry = lane_place(ring->writing, tailp, n);
	if (entry != NULL || ring->writing == &ring->far)
		return entry;
	ring_turn(ring);
	return lane_place(ring->writing, tailp, n);
}

/* The strings of a record, which are put behind it. */
static const size_t ring_strings[] = { offsetof(struct record, method),
	offsetof(struct record, path), offsetof(struct record, host),
	offsetof(struct record, op_text), offsetof(struct record, agent),
	offsetof(struct record, referer), offsetof(struct record, plan) };

enum { RING_STRINGS = sizeof(ring_strings) / sizeof(ring_strings[0]) };

/* What is kept of a record's strings; their bytes together. */
static uint64_t
ring_cut(const struct record *r, struct span kept[RING_STRINGS])
{
	uint64_t n = 0;

	for (unsigned i = 0; i < RING_STRINGS; i++) {
		memcpy(&kept[i], (const char *)r + ring_strings[i],
		    sizeof(kept[i]));
		if (kept[i].n > RECORD_TEXT_MAX)
			kept[i].n = RECORD_TEXT_MAX;
		n += kept[i].n;
	}
	return n;
}

/* Copies r and what is kept of its strings. */
static void
ring_copy(struct record *to, const struct record *r,
    const struct span kept[RING_STRINGS])
{
	char *text = (char *)(to + 1);

	*to = *r;
	for (unsigned i = 0; i < RING_STRINGS; i++) {
		struct span here = { text, kept[i].n };

		memcpy((char *)to + ring_strings[i], &here, sizeof(here));
		if (kept[i].n > 0)
			text = mempcpy(text, kept[i].p, kept[i].n);
	}
}

bool
ring_put(struct ring *ring, const struct record *r)
{
	struct span kept[RING_STRINGS];
	uint64_t tail, n;
	struct entry *entry;

	n = sizeof(*entry) + sizeof(*r) + ring_cut(r, kept);
	n = (n + LANE_ALIGN - 1) & ~(uint64_t)(LANE_ALIGN - 1);
	entry = ring_place(ring, &tail, n);
	if (entry == NULL) {
		atomic_fetch_add_explicit(&ring->lost, 1, memory_order_relaxed);
		return false;
	}
	*entry = (struct entry){ (uint32_t)n, ENTRY_RECORD };
	ring_copy((struct record *)(entry + 1), r, kept);
	atomic_store_explicit(
	    &ring->writing->tail, tail + n, memory_order_release);
	return true;
}

/* Consumer. Goes past the entry that is read next; what kind it was. */
static enum entry_kind
ring_advance(struct ring *ring)
{
	struct lane *lane = ring->reading;
	struct entry entry = *lane_entry(lane, lane->at);

	assert(lane->at != lane->seen_tail);
	lane->at += entry.bytes;
	if (lane->at -
		atomic_load_explicit(&lane->head, memory_order_relaxed) >=
	    lane->piece)
		lane_give_back(lane, lane == &ring->far);
	return entry.kind;
}

const struct record *
ring_get(struct ring *ring)
{
	while (!lane_is_empty(ring->reading)) {
		const struct entry *entry =
		    lane_entry(ring->reading, ring->reading->at);

		if (entry->kind == ENTRY_RECORD)
			return (const struct record *)(entry + 1);
		if (ring_advance(ring) == ENTRY_TURN)
			ring->reading = ring_other(ring, ring->reading);
	}
	return NULL;
}

void
ring_release(struct ring *ring)
{
	ring_advance(ring);
}

uint64_t
ring_lost(const struct ring *ring)
{
	return atomic_load_explicit(&ring->lost, memory_order_relaxed);
}
