/* SPDX-License-Identifier: MIT */
/*
 * Makes a small core of a domain that ran an image, as xl dump-core would, without Xen: two virtual
 * CPUs, of which the first has panicked. tests/host/coredump.t reads it, and the fuzzer damages it.
 *
 *   mkcore IMAGE CORE
 *
 * The domain has the pages from the image's first to its last, its tables behind them, and machine
 * frames that run backwards by threes.
 */
#include <err.h>
#include <gelf.h>
#include <stdio.h>
#include <string.h>
#include "../../tools/image.h"
#include <crash_note.h>
#include <xen/xen.h>

#define NR_PAGES  512 /* of KERNEL_BASE's first two MiB; the image begins in the middle */
#define NR_TABLES 4   /* behind them: root, two below it, one that maps pages */
#define MFN(pfn)  (0x30000 - 3 * (u64)(pfn))
#define NR_VCPUS  2
#define ENTRY	  (_PAGE_PRESENT | _PAGE_RW | _PAGE_USER)
#define NAMES	  "\0.shstrtab\0.note.Xen\0.xen_prstatus\0.xen_p2m\0.xen_pages"

static u64 tables[NR_TABLES][512];
static struct vcpu_guest_context vcpus[NR_VCPUS];

static void put_word(u64 at, u64 word)
{
	memcpy(image_at(at, sizeof(word)), &word, sizeof(word));
}

/* Two frames on the boot stack; where the second was called from, somebody began at 0. */
static u64 make_stack(void)
{
	u64 bp = image_symbol("boot_stack_top") - 256;

	put_word(bp, bp + 64);
	put_word(bp + 8, image_symbol("selftest_run") + 9);
	put_word(bp + 64, 0);
	put_word(bp + 72, image_symbol("start_kernel") + 7);
	return bp;
}

static void make_domain(void)
{
	struct crash_note note = { .set = 1, .cpu = 0, .reason = "this core is made up" };
	u64 bp = make_stack(), i;

	note.regs = (struct pt_regs){
		.ip = image_symbol("panic") + 1,
		.bp = bp,
		.ax = 0x1234,
		.r15 = 0x5678,
		.cs = 0xe030,
		.ss = 0xe02b,
		.sp = bp - 64,
	};
	memcpy(image_at(image_symbol("crash_note"), sizeof(note)), &note, sizeof(note));
	tables[0][511] = MFN(NR_PAGES + 1) << PAGE_SHIFT | ENTRY;
	tables[1][510] = MFN(NR_PAGES + 2) << PAGE_SHIFT | ENTRY;
	tables[2][0] = MFN(NR_PAGES + 3) << PAGE_SHIFT | ENTRY;
	for (i = 0; i < NR_PAGES; i++)
		tables[3][i] = MFN(i) << PAGE_SHIFT | ENTRY;
	for (i = 0; i < NR_VCPUS; i++) {
		vcpus[i].ctrlreg[3] = MFN(NR_PAGES) << PAGE_SHIFT;
		vcpus[i].user_regs.cs = 0xe030;
		vcpus[i].user_regs.ip = image_symbol("startup_xen") + 4;
		vcpus[i].user_regs.bp = i ? 0xffff888000000008 : 0;
	}
}

static FILE *out;

static void put(const void *p, size_t size)
{
	if (fwrite(p, size, 1, out) != 1)
		err(1, "can't write");
}

static void put_note(u32 type, const u64 *words, u32 nr)
{
	u32 head[] = { 4, nr * 8, type };

	put(head, sizeof(head));
	put("Xen", 4);
	put(words, nr * 8);
}

int main(int argc, char **argv)
{
	static const u64 header[] = { 0xf00febed, NR_VCPUS, NR_PAGES + NR_TABLES, PAGE_SIZE };
	static const u64 version[] = { 4, 17 };
	u64 size[] = { 0,
		       sizeof(NAMES),
		       2 * 16 + sizeof(header) + sizeof(version),
		       sizeof(vcpus),
		       (NR_PAGES + NR_TABLES) * 16,
		       (NR_PAGES + NR_TABLES) * PAGE_SIZE };
	u64 at = sizeof(Elf64_Ehdr) + sizeof(size) / 8 * sizeof(Elf64_Shdr), p2m[2], i;
	Elf64_Ehdr eh = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_CORE,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_shoff = sizeof(Elf64_Ehdr),
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = sizeof(size) / 8,
		.e_shstrndx = 1,
	};
	const char *name = NAMES;

	if (argc != 3)
		errx(2, "usage: mkcore IMAGE CORE");
	image_load(argv[1]);
	make_domain();
	out = fopen(argv[2], "w");
	if (!out)
		err(1, "can't write %s", argv[2]);
	put(&eh, sizeof(eh));
	for (i = 0; i < eh.e_shnum; i++) {
		Elf64_Shdr sh = { .sh_name = name - NAMES,
				  .sh_offset = at,
				  .sh_size = size[i],
				  .sh_type = i == 0   ? SHT_NULL
					     : i == 1 ? SHT_STRTAB
						      : SHT_PROGBITS };

		put(&sh, sizeof(sh));
		name += strlen(name) + 1;
		at += size[i];
	}
	put(NAMES, sizeof(NAMES));
	put_note(0x2000001, header, 4);
	put_note(0x2000002, version, 2);
	put(vcpus, sizeof(vcpus));
	for (i = 0; i < NR_PAGES + NR_TABLES; i++) {
		p2m[0] = i;
		p2m[1] = MFN(i);
		put(p2m, sizeof(p2m));
	}
	put(image, NR_PAGES * PAGE_SIZE);
	put(tables, sizeof(tables));
	if (fclose(out))
		err(1, "can't write %s", argv[2]);
	return 0;
}
