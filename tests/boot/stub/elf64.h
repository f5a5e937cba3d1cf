/* SPDX-License-Identifier: MIT */
/* ELF64 as the stub loader needs it (System V ABI, Object Files): 32-bit code has no <elf.h>. */
#ifndef ELF64_H
#define ELF64_H

#include <stdint.h>

typedef struct {
	uint8_t e_ident[16];
	uint16_t e_type, e_machine;
	uint32_t e_version;
	uint64_t e_entry, e_phoff, e_shoff;
	uint32_t e_flags;
	uint16_t e_ehsize, e_phentsize, e_phnum, e_shentsize, e_shnum, e_shstrndx;
} Elf64_Ehdr;
_Static_assert(sizeof(Elf64_Ehdr) == 64, "ELF64");

typedef struct {
	uint32_t p_type, p_flags;
	uint64_t p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align;
} Elf64_Phdr;
_Static_assert(sizeof(Elf64_Phdr) == 56, "ELF64");

typedef struct {
	uint32_t n_namesz, n_descsz, n_type;
} Elf64_Nhdr;

#define ELFMAG	   "\177ELF"
#define EI_CLASS   4
#define ELFCLASS64 2
#define PT_LOAD	   1
#define PT_NOTE	   4

#endif
