/* SPDX-License-Identifier: MIT */
/* Between the files of this folder. */
#ifndef ARCH_SMP_SMP_H
#define ARCH_SMP_SMP_H

#include <types.h>

/* ipi.c: handlers, once, on the boot CPU; on a CPU that comes up, and on one that goes down. */
void ipi_init(void);
void ipi_open(void);
void ipi_close(void);
/* For a wait with interrupts off: what others ask meanwhile. */
void ipi_serve(void);

#endif
