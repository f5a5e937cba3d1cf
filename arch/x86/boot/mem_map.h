/* SPDX-License-Identifier: MIT */
/*
 * The memory map while it is made, as steps: from each step's start on the memory is of its type,
 * up to the next step's. So regions ascend and can't overlap, whatever a loader says.
 *
 *   type   0    usable  reserved  usable    0
 *          |----|-------|---------|---------|---->
 *   step   0    1       2         3         4
 *
 * Of two claims on a byte the greater type counts: reserved wins over usable. Each entry adds two
 * steps at the most; where there is no room for them, neighbours are joined so that no byte that is
 * not usable becomes so. Pure: no memory but the map's, on the host too.
 */
#ifndef MEM_MAP_H
#define MEM_MAP_H

#include <boot_info.h>

#define MEM_MAP_END (1UL << 52) /* physical addresses have no more bits */

struct mem_step {
	u64 start;
	u32 type; /* enum mem_type, or 0: nothing is known to be there */
};

struct mem_map {
	u32 nr; /* 0: nothing was added yet. The last step is of type 0 */
	u32 joined;
	struct mem_step steps[BOOT_MAX_REGIONS];
};

/* [start, end) is of this type at least; start < end <= MEM_MAP_END. */
void mem_map_raise(struct mem_map *map, u64 start, u64 end, u32 type);
/* The steps that are not 0, to regions[BOOT_MAX_REGIONS]; how many. */
u32 mem_map_regions(const struct mem_map *map, struct mem_region *regions);

#endif
