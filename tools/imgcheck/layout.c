/* SPDX-License-Identifier: MIT */
/* The file as loaders see it: laid out as memory, the ways in where they look, no segment W and X.
 */
#include <string.h>
#include "imgcheck.h"

#define MB1_OFFSET 8144 /* arch/x86/boot/headers.S */

static void check_segment(const Elf64_Phdr *ph, u64 base)
{
	if ((ph->p_flags & (PF_W | PF_X)) == (PF_W | PF_X))
		finding("segment %zu (%s) is both writable and executable", ph - file.phdrs,
			where(ph->p_vaddr));
	if (ph->p_type == PT_LOAD &&
	    (ph->p_vaddr - ph->p_paddr != base ||
	     (ph->p_filesz &&
	      (ph->p_filesz != ph->p_memsz ||
	       ph->p_offset - ph->p_paddr != file.phdrs->p_offset - file.phdrs->p_paddr))))
		die("segment %zu (%s) does not lie in the file as in memory: offset %lx, "
		    "physical %lx, expected %lx more and KERNEL_BASE below its address",
		    ph - file.phdrs, where(ph->p_vaddr), ph->p_offset, ph->p_paddr,
		    file.phdrs->p_paddr - file.phdrs->p_offset);
}

void check_layout(void)
{
	u32 mb1[12] = { 0 };
	u64 base = value("KERNEL_BASE"), says[32] = { 0 };
	size_t at, next, name, desc;
	const Elf64_Phdr *ph;
	GElf_Nhdr nh;

	for (ph = file.phdrs; ph < file.phdrs + file.nr_phdrs; ph++) {
		Elf_Data *data = NULL;

		check_segment(ph, base);
		if (ph->p_type == PT_NOTE)
			data = elf_getdata_rawchunk(file.elf, ph->p_offset, ph->p_filesz,
						    ELF_T_NHDR);
		for (at = 0; data && (next = gelf_getnote(data, at, &nh, &name, &desc)); at = next)
			if (nh.n_type < 32 && nh.n_descsz == 8 && nh.n_namesz == 4 &&
			    !memcmp((char *)data->d_buf + name, "Xen", 4))
				memcpy(&says[nh.n_type], (char *)data->d_buf + desc, 8);
	}
	if (says[1] != value("startup_xen") || says[18] != value("startup_pvh") - base)
		finding("Xen's notes ENTRY and PHYS32_ENTRY say %lx and %lx, expected startup_xen "
			"and startup_pvh",
			says[1], says[18]);
	if (file.entry != value("startup_multiboot"))
		finding("the file's entry is %lx, expected startup_multiboot, where a loader that "
			"knows "
			"no header of ours must come",
			file.entry);
	if (file.size >= MB1_OFFSET + sizeof(mb1))
		memcpy(mb1, file.raw + MB1_OFFSET, sizeof(mb1));
	if (mb1[0] != 0x1badb002 || mb1[0] + mb1[1] + mb1[2] ||
	    mb1[3] != value("multiboot1_header") - base)
		finding("no Multiboot 1 header at file offset %d", MB1_OFFSET);
}
