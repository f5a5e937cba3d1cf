/* SPDX-License-Identifier: MIT */
/*
 * \_S5 out of AML without an interpreter. It is a name for a package of constants, which compilers
 * of AML write in one way (ACPI 6.4, 20.2.2 to 20.2.5, and 7.4.2.6 for what is in it):
 *
 *   08 [5c] "_S5_"  12 length  count  element element ...
 *   Name  \         Package           00, 01, ff, 0a byte, 0b word, 0c dword, 0e qword
 *
 * A package of one element has both values in it, PM1b's in the second byte, as ACPI 1.0 has it.
 */
#include <acpi_poweroff.h>

enum {
	AML_ZERO = 0x00,
	AML_ONE = 0x01,
	AML_NAME = 0x08,
	AML_BYTE = 0x0a,
	AML_WORD = 0x0b,
	AML_DWORD = 0x0c,
	AML_QWORD = 0x0e,
	AML_PACKAGE = 0x12,
	AML_ROOT = 0x5c,
	AML_ONES = 0xff,
};
#define SLP_TYP_MAX 7 /* three bits */

/* What is left to read. */
struct aml {
	const u8 *p;
	size_t len;
};

static bool take(struct aml *a, u8 *byte)
{
	if (!a->len)
		return false;
	*byte = *a->p++;
	a->len--;
	return true;
}

/* Narrows `a` to what the length says: bits 7 and 6 of its first byte count the bytes that follow.
 */
static bool take_length(struct aml *a)
{
	size_t before = a->len, length, i;
	u8 lead, byte;

	if (!take(a, &lead))
		return false;
	length = lead >> 6 ? lead & 0x0f : lead & 0x3f;
	for (i = 0; i < (size_t)(lead >> 6); i++) {
		if (!take(a, &byte))
			return false;
		length |= (size_t)byte << (4 + 8 * i);
	}
	if (length > before || length < before - a->len)
		return false;
	a->len = length - (before - a->len);
	return true;
}

static bool take_integer(struct aml *a, u64 *value)
{
	unsigned int bytes, i;
	u8 op, byte;

	*value = 0;
	if (!take(a, &op))
		return false;
	switch (op) {
	case AML_ZERO:
	case AML_ONE:
		*value = op;
		return true;
	case AML_ONES:
		*value = ~0UL;
		return true;
	case AML_BYTE:
		bytes = 1;
		break;
	case AML_WORD:
		bytes = 2;
		break;
	case AML_DWORD:
		bytes = 4;
		break;
	case AML_QWORD:
		bytes = 8;
		break;
	default:
		return false;
	}
	for (i = 0; i < bytes; i++) {
		if (!take(a, &byte))
			return false;
		*value |= (u64)byte << (8 * i);
	}
	return true;
}

/* Behind the name. */
static bool take_s5(struct aml a, u8 slp_typ[2])
{
	u64 first, second;
	u8 op, count;

	if (!take(&a, &op) || op != AML_PACKAGE || !take_length(&a) || !take(&a, &count) ||
	    !count || !take_integer(&a, &first))
		return false;
	second = first >> 8;
	if (count == 1)
		first &= 0xff;
	else if (!take_integer(&a, &second))
		return false;
	if (first > SLP_TYP_MAX || second > SLP_TYP_MAX)
		return false;
	slp_typ[0] = first;
	slp_typ[1] = second;
	return true;
}

bool acpi_find_s5(const u8 *aml, size_t len, u8 slp_typ[2])
{
	size_t i;

	for (i = 1; i + 4 <= len; i++) {
		const u8 *p = aml + i;
		bool named = p[-1] == AML_NAME || (i > 1 && p[-1] == AML_ROOT && p[-2] == AML_NAME);

		if (named && p[0] == '_' && p[1] == 'S' && p[2] == '5' && p[3] == '_' &&
		    take_s5((struct aml){ p + 4, len - i - 4 }, slp_typ))
			return true;
	}
	return false;
}
