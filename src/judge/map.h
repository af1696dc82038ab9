/* A map from 64-bit keys (hashes already) to 32-bit indices, open-addressed.
 * The judge's only index. */
#ifndef JUDGE_MAP_H
#define JUDGE_MAP_H

#include <stdint.h>

#define MAP_NONE UINT32_MAX

struct map {
	struct map_slot {
		uint64_t key;
		uint32_t value;
	} * slots;
	uint32_t n, mask;
};

/* Zeroed is an empty map; map_clear frees. */
void map_clear(struct map *m);
/* Where the value of key stands, MAP_NONE when new. Valid until the next call.
 */
uint32_t *map_at(struct map *m, uint64_t key);
/* The value, or MAP_NONE. */
uint32_t map_get(const struct map *m, uint64_t key);

#endif
