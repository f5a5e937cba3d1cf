/* SPDX-License-Identifier: MIT */
/* The 16550 at COM1, output only. */
#ifndef SERIAL_H
#define SERIAL_H

#include <types.h>

/* 115200 8n1, FIFO on, no interrupts. Any state. */
void serial_init(void);
void serial_write(const char *s, size_t len);

#endif
