#include "record/ring.h"

#include <assert.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
	RING_LINE = 64, /* bytes of a cache line */
	RING_ALIGN = 8,
	RING_PAGE = 4096,
	/* The consumer gives room back in pieces of so many bytes. */
	RING_PIECE = 64 << 10
};

/* What stands before each record. The rest of the ring up to its end is unused
 * where skip is set. */
struct ring_entry {
	uint32_t bytes; /* with this head and the padding behind */
	uint32_t skip;
};

/*
 * Positions only grow; masked they are offsets. Each side owns one, keeps a
 * copy of the other's on its own cache line and looks at the original only when
 * the copy says full or empty.
 */
struct ring {
	alignas(RING_LINE) _Atomic uint64_t tail; /* written up to here */
	uint64_t seen_head;
	_Atomic uint64_t lost;
	alignas(RING_LINE) _Atomic uint64_t head; /* given back up to here */
	uint64_t at;                              /* read up to here */
	uint64_t piece; /* give back when so many bytes are read */
	uint64_t seen_tail;
	alignas(RING_LINE) char *data;
	uint64_t size; /* a power of two */
};

static_assert(sizeof(struct ring_entry) == RING_ALIGN, "entries stay aligned");
static_assert(alignof(struct record) <= RING_ALIGN, "records stay aligned");
static_assert((int)RING_BYTES_MIN >=
		  2 * (int)(sizeof(struct record) + 7 * RECORD_TEXT_MAX),
    "the largest record fits");

struct ring *
ring_new(size_t bytes)
{
	struct ring *ring;
	void *p;

	if (posix_memalign(&p, RING_LINE, sizeof(*ring)) != 0)
		abort();
	ring = memset(p, 0, sizeof(*ring));
	assert(bytes <= RING_BYTES_MAX);
	ring->size = RING_BYTES_MIN;
	while (ring->size < (bytes != 0 ? bytes : RING_BYTES))
		ring->size *= 2;
	ring->piece = ring->size / 8 < RING_PIECE ? ring->size / 8 : RING_PIECE;
	if (posix_memalign(&p, RING_PAGE, ring->size) != 0)
		abort();
	ring->data = p;
	return ring;
}

void
ring_free(struct ring *ring)
{
	if (ring == NULL)
		return;
	free(ring->data);
	free(ring);
}

static struct span
ring_cut(struct span s)
{
	if (s.n > RECORD_TEXT_MAX)
		s.n = RECORD_TEXT_MAX;
	return s;
}

/* Whether n more bytes can be written at tail. */
static bool
ring_has_room(struct ring *ring, uint64_t tail, uint64_t n)
{
	if (tail + n - ring->seen_head <= ring->size)
		return true;
	ring->seen_head =
	    atomic_load_explicit(&ring->head, memory_order_acquire);
	return tail + n - ring->seen_head <= ring->size;
}

static struct ring_entry *
ring_entry(const struct ring *ring, uint64_t position)
{
	return (
	    struct ring_entry *)(ring->data + (position & (ring->size - 1)));
}

/* Where n bytes in one piece can be written, or NULL when full; moves *tailp to
 * there. */
static struct ring_entry *
ring_place(struct ring *ring, uint64_t *tailp, uint64_t n)
{
	uint64_t rest = ring->size - (*tailp & (ring->size - 1));

	if (rest >= n)
		rest = 0;
	if (!ring_has_room(ring, *tailp, rest + n))
		return NULL;
	if (rest != 0) {
		*ring_entry(ring, *tailp) =
		    (struct ring_entry){ (uint32_t)rest, 1 };
		*tailp += rest;
	}
	return ring_entry(ring, *tailp);
}

static char *
ring_text(struct span *s, char *to)
{
	if (s->n != 0)
		memcpy(to, s->p, s->n);
	s->p = to;
	return to + s->n;
}

bool
ring_put(struct ring *ring, const struct record *r)
{
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	struct span method = ring_cut(r->method), path = ring_cut(r->path),
		    host = ring_cut(r->host), op_text = ring_cut(r->op_text),
		    agent = ring_cut(r->agent), referer = ring_cut(r->referer),
		    plan = ring_cut(r->plan);
	uint64_t n = sizeof(struct ring_entry) + sizeof(*r) + method.n +
		     path.n + host.n + op_text.n + agent.n + referer.n + plan.n;
	struct ring_entry *entry;
	struct record *copy;
	char *to;

	n = (n + RING_ALIGN - 1) & ~(uint64_t)(RING_ALIGN - 1);
	entry = ring_place(ring, &tail, n);
	if (entry == NULL) {
		atomic_fetch_add_explicit(&ring->lost, 1, memory_order_relaxed);
		return false;
	}
	*entry = (struct ring_entry){ (uint32_t)n, 0 };
	copy = (struct record *)(entry + 1);
	*copy = *r;
	copy->method = method;
	copy->path = path;
	copy->host = host;
	copy->op_text = op_text;
	copy->agent = agent;
	copy->referer = referer;
	copy->plan = plan;
	to = ring_text(&copy->method, (char *)(copy + 1));
	to = ring_text(&copy->path, to);
	to = ring_text(&copy->host, to);
	to = ring_text(&copy->op_text, to);
	to = ring_text(&copy->agent, to);
	to = ring_text(&copy->referer, to);
	ring_text(&copy->plan, to);
	atomic_store_explicit(&ring->tail, tail + n, memory_order_release);
	return true;
}

/*
 * Hands the pages that were read to the producer. While the consumer keeps up,
 * they go back to the system first: else each ring of an almost idle proxy
 * would come to hold all of its capacity.
 */
static void
ring_give_back(struct ring *ring)
{
	uint64_t from = atomic_load_explicit(&ring->head, memory_order_relaxed);
	uint64_t to = ring->at & ~(uint64_t)(RING_PAGE - 1);
	uint64_t offset = from & (ring->size - 1);

	if (ring_used(ring) < ring->piece / 4 &&
	    offset + (to - from) <= ring->size)
		madvise(ring->data + offset, to - from, MADV_DONTNEED);
	atomic_store_explicit(&ring->head, to, memory_order_release);
}

static void
ring_advance(struct ring *ring, uint32_t n)
{
	ring->at += n;
	if (ring->at -
		atomic_load_explicit(&ring->head, memory_order_relaxed) >=
	    ring->piece)
		ring_give_back(ring);
}

const struct record *
ring_get(struct ring *ring)
{
	const struct ring_entry *entry;

	if (ring->at == ring->seen_tail) {
		ring->seen_tail =
		    atomic_load_explicit(&ring->tail, memory_order_acquire);
		if (ring->at == ring->seen_tail)
			return NULL;
	}
	entry = ring_entry(ring, ring->at);
	if (entry->skip) {
		/* the producer publishes a mark with the record behind it */
		ring_advance(ring, entry->bytes);
		entry = ring_entry(ring, ring->at);
	}
	return (const struct record *)(entry + 1);
}

void
ring_release(struct ring *ring)
{
	assert(ring->at != ring->seen_tail);
	ring_advance(ring, ring_entry(ring, ring->at)->bytes);
}

size_t
ring_used(const struct ring *ring)
{
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);

	return (size_t)(tail - ring->at);
}

uint64_t
ring_lost(const struct ring *ring)
{
	return atomic_load_explicit(&ring->lost, memory_order_relaxed);
}
