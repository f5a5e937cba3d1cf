/* SPDX-License-Identifier: MIT */
/*
 * Physical memory that somebody else filled: a loader, the firmware. Whoever reads it asks for the
 * bytes first, since an address in there may be any number.
 */
#ifndef PHYS_H
#define PHYS_H

#include <types.h>

/*
 * The len bytes at a physical address, to read; NULL where they do not lie below 4 GiB, which is
 * what every machine has mapped from the way in on. Any phase of the boot, any CPU.
 */
const void *phys_map(u64 pa, u64 len);

#endif
