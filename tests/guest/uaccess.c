/* SPDX-License-Identifier: MIT */
/* Words and bytes of a program's memory: up to where it ends, and nothing of the kernel's. */
#include "mm_test.h"
#include <page_alloc.h>
#include <uaccess.h>
#include <asm/sysret.h>

#define END (USER_VA + PAGE_SIZE) /* of the one page that is mapped */

SELFTEST(user, memory_access)
{
	u64 pa = alloc_page(), last = alloc_page(), words[2] = { 1, 2 }, *page = __va(pa);
	struct mm *mm = enter_mm(t);

	if (!mm)
		return;
	CHECK(t, !mm_map(mm, USER_VA, pa, RW_NX), "mm_map failed");
	page[PTRS_PER_TABLE - 1] = 0x1122334455667788;
	CHECK(t, !get_user(&words[0], (void *)(END - 8)) && words[0] == 0x1122334455667788,
	      "the last word is %lx", words[0]);
	CHECK(t, get_user(&words[1], (void *)(END - 4)) == -EFAULT && words[1] == 2,
	      "a word that is half there is %lx", words[1]);
	CHECK(t, get_user(&words[1], (void *)USER_END) == -EFAULT, "a word above all programs'");
	CHECK(t, get_user(&words[1], page) == -EFAULT && words[1] == 2, "the kernel's word");

	CHECK(t, copy_from_user(words, (void *)(END - 8), 16) == 8, "eight bytes are there");
	CHECK(t, copy_from_user(words, page, 8) == 8, "the kernel's bytes were read");
	CHECK(t, copy_to_user((void *)(END - 8), words, 16) == 8, "eight bytes can be written");
	CHECK(t, copy_to_user(page, words, 8) == 8, "the kernel's bytes were written");
	/* All or nothing of what goes on behind the last byte that a program may have. */
	CHECK(t, !mm_map(mm, TASK_SIZE_MAX - PAGE_SIZE, last, RW_NX), "mm_map failed");
	CHECK(t, !copy_from_user(words, (void *)(TASK_SIZE_MAX - 8), 8), "a program's last word");
	words[0] = 3;
	CHECK(t, copy_from_user(words, (void *)(TASK_SIZE_MAX - 8), 16) == 16 && words[0] == 3,
	      "more than a program's last word: %lx", words[0]);
	CHECK(t,
	      copy_to_user((void *)(TASK_SIZE_MAX - 8), words, 16) == 16 &&
		      !((u64 *)__va(last))[PTRS_PER_TABLE - 1],
	      "a program's last word was written");
	CHECK(t, copy_from_user(words, (void *)(TASK_SIZE_MAX - 8), ~0UL) == ~0UL, "all there is");
	CHECK(t, !mm_protect(mm, USER_VA, _PAGE_NX), "mm_protect failed");
	CHECK(t, copy_to_user((void *)USER_VA, words, 8) == 8, "a read-only page was written");
	CHECK(t, !copy_from_user(words, (void *)USER_VA, 8), "a read-only page can't be read");
	leave_mm(mm);
}
