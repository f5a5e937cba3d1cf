/* SPDX-License-Identifier: MIT */
/* Benchmarks in the kernel: tests/guest/bench.c. Figures only; no test asserts on them. */
#ifndef BENCH_H
#define BENCH_H

/*
 * Count, in TSC ticks (instructions under QEMU's -icount), each op as the compiler left it, as a
 * direct call and as patched here; then the patcher on tables of 100 to 100,000 sites. Lines of
 * "bench: " and tab-separated fields. Boot CPU, interrupts off, text sealed.
 */
void bench_run(void);
/* How often CPUs get a lock that all want. With all of them up, interrupts off. */
void bench_locks(void);
/* What the host counts of KVM's features. With all up, interrupts off before and after. */
void bench_kvm(void);

#endif
