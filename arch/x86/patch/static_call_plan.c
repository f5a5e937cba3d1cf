/* SPDX-License-Identifier: MIT */
/* What a static call's site or trampoline holds: pure, for the kernel and for the host's tools. */
#include <static_call.h>

static const u8 nop5[] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 };
static const u8 xor5[] = { 0x2e, 0x2e, 0x2e, 0x31, 0xc0 }; /* cs cs cs xor %eax,%eax */
static const u8 ret8[] = { 0xc3, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc };
static const u8 xor_ret8[] = { 0x31, 0xc0, 0xc3, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc };

unsigned int static_call_plan(u8 *bytes, enum static_call_kind kind, u64 site, u64 func,
			      u64 nop_func, u64 ret0_func)
{
	u8 branch[] = { kind == STATIC_CALL_SITE ? 0xe8 : 0xe9, 0, 0, 0, 0, 0xcc, 0xcc, 0xcc };
	unsigned int len = kind == STATIC_CALL_TRAMP ? 8 : 5, i;
	s64 disp = func - (site + 5);
	const u8 *from = branch;

	if (func == nop_func)
		from = kind == STATIC_CALL_SITE ? nop5 : ret8;
	else if (func == ret0_func)
		from = kind == STATIC_CALL_SITE ? xor5 : xor_ret8;
	else if (disp != (s32)disp)
		return 0;
	for (i = 0; i < 4; i++)
		branch[1 + i] = disp >> 8 * i;
	for (i = 0; i < len; i++)
		bytes[i] = from[i];
	return len;
}
