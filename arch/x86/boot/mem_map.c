/* SPDX-License-Identifier: MIT */
/* The memory map of the way in, made of steps (mem_map.h). */
#include "mem_map.h"
#include <string.h>

/* The step that begins at `at`, which is made where there is none. */
static u32 step_at(struct mem_map *map, u64 at)
{
	u32 i = map->nr;

	while (map->steps[i - 1].start > at)
		i--;
	if (map->steps[i - 1].start == at)
		return i - 1;
	memmove(&map->steps[i + 1], &map->steps[i], (map->nr - i) * sizeof(*map->steps));
	map->nr++;
	map->steps[i] = (struct mem_step){ at, map->steps[i - 1].type };
	return i;
}

/* Neighbours of one type are one: among the steps from `from` up to `to`. */
static void tidy(struct mem_map *map, u32 from, u32 to)
{
	u32 i, nr = max(from, 1U);

	for (i = nr; i <= to; i++)
		if (map->steps[i].type != map->steps[nr - 1].type)
			map->steps[nr++] = map->steps[i];
	if (nr == i)
		return;
	memmove(&map->steps[nr], &map->steps[i], (map->nr - i) * sizeof(*map->steps));
	map->nr -= i - nr;
}

/*
 * What joining a step with the next may cost: the bytes that could have been used. Free memory
 * becomes a hole, and a hole that may yet be free becomes what is reserved beside it.
 */
static u64 cost(const struct mem_step *step)
{
	u64 first = step[1].start - step[0].start, second = step[2].start - step[1].start;
	u32 a = step[0].type, b = step[1].type;

	if (a > MEM_USABLE && b > MEM_USABLE)
		return 0;
	if (b > MEM_USABLE || (a == MEM_USABLE && !b))
		return first;
	return second;
}

/* Two steps become one: the cheapest. The last stays, type 0. */
static void join(struct mem_map *map)
{
	u32 i, best = 0;

	for (i = 1; i + 2 < map->nr; i++)
		if (cost(&map->steps[i]) < cost(&map->steps[best]))
			best = i;
	i = max(map->steps[best].type, map->steps[best + 1].type);
	map->steps[best].type = map->steps[best + 1].type = i == MEM_USABLE ? 0 : i;
	map->joined++;
	tidy(map, best, best + 2);
}

void mem_map_raise(struct mem_map *map, u64 start, u64 end, u32 type)
{
	u32 first, i, last;

	if (!map->nr)
		map->steps[map->nr++] = (struct mem_step){ 0, 0 };
	while (map->nr + 2 > BOOT_MAX_REGIONS)
		join(map);
	first = step_at(map, start);
	last = step_at(map, end);
	for (i = first; i < last; i++)
		map->steps[i].type = max(map->steps[i].type, type);
	tidy(map, first, last);
}

u32 mem_map_regions(const struct mem_map *map, struct mem_region *regions)
{
	u32 i, nr = 0;

	for (i = 0; i + 1 < map->nr; i++) {
		const struct mem_step *step = &map->steps[i];

		if (step->type)
			regions[nr++] =
				(struct mem_region){ step->start, step[1].start - step->start,
						     step->type };
	}
	return nr;
}
