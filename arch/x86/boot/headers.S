/* SPDX-License-Identifier: MIT */
/*
 * What a loader looks for in the file: one header or note for each way in.
 *
 *   loader            finds                             enters
 *   GRUB multiboot    the header at file offset 8144    startup_multiboot, 32 bit, eax 2badb002
 *   GRUB multiboot2   the header at the file's start    startup_multiboot, 32 bit, eax 36d76289
 *   QEMU -kernel      the note PHYS32_ENTRY (PVH)       startup_pvh, 32 bit
 *   Xen, PV           the notes ENTRY, VIRT_BASE ...    startup_xen, 64 bit, paging on
 *
 * QEMU takes Multiboot 1 before PVH wherever it finds it, and PVH tells more (memory map, RSDP):
 * linker.ld puts that header one step behind where QEMU stops looking.
 */
#include <asm/page.h>

#define PHYS(x) (x - KERNEL_BASE)

/* Multiboot Specification 0.6.96, 3.1: flags 0 page-align modules, 1 memory map, 16 addresses. */
#define MB1_MAGIC 0x1badb002
#define MB1_FLAGS 0x00010003

	.section .head.mb1, "ax"
	.balign 4
	.globl multiboot1_header
multiboot1_header:
	.long MB1_MAGIC
	.long MB1_FLAGS
	.long -(MB1_MAGIC + MB1_FLAGS)
	.long PHYS(multiboot1_header)
	.long PHYS(_image_start)
	.long PHYS(_file_end)
	.long PHYS(_image_end)
	.long PHYS(startup_multiboot)
multiboot1_end:

/* Multiboot2 Specification 2.0, 3.1: tags are 8-aligned, flag 1 = the loader may ignore it. */
	.section .head.mb2, "ax"
	.balign 8
mb2_header:
	.long 0xe85250d6
	.long 0				/* i386 protected mode */
	.long mb2_end - mb2_header
	.long -(0xe85250d6 + (mb2_end - mb2_header))
	.balign 8			/* information request */
	.short 1, 1
	.long 28
	.long 1, 3, 6, 14, 15		/* command line, modules, memory map, RSDP v1, RSDP v2 */
	.balign 8			/* entry address */
	.short 3, 0
	.long 12
	.long PHYS(startup_multiboot)
	.balign 8			/* modules on page boundaries */
	.short 6, 1
	.long 8
	.balign 8			/* end */
	.short 0, 0
	.long 8
mb2_end:

/*
 * Xen's ELF notes (xen/include/public/elfnote.h). QEMU reads PHYS32_ENTRY as a native word, so
 * it is 8 bytes long here.
 */
.macro XEN_NOTE type, directive, value:vararg
	.balign 4
	.long 4				/* name: "Xen" */
	.long 9f - 8f
	.long \type
	.asciz "Xen"
8:	\directive \value
9:	.balign 4
.endm

	.section .note.anole, "a", @note
	XEN_NOTE 1, .quad, startup_xen			/* ENTRY */
	XEN_NOTE 3, .quad, KERNEL_BASE			/* VIRT_BASE */
	XEN_NOTE 4, .quad, 0				/* PADDR_OFFSET */
	XEN_NOTE 5, .asciz, "xen-3.0"			/* XEN_VERSION */
	XEN_NOTE 6, .asciz, "Anole"			/* GUEST_OS */
	XEN_NOTE 7, .asciz, "1"				/* GUEST_VERSION */
	XEN_NOTE 8, .asciz, "generic"			/* LOADER */
	XEN_NOTE 10, .asciz, "!writable_page_tables|pae_pgdir_above_4gb" /* FEATURES */
	XEN_NOTE 13, .quad, _PAGE_PRESENT, _PAGE_PRESENT /* L1_MFN_VALID: mask, value */
	XEN_NOTE 14, .long, 1				/* SUSPEND_CANCEL */
	XEN_NOTE 16, .long, 1				/* MOD_START_PFN */
	XEN_NOTE 17, .long, (1 << 4) | (1 << 11)	/* SUPPORTED_FEATURES: pae_pgdir.., dom0 */
	XEN_NOTE 18, .quad, PHYS(startup_pvh)		/* PHYS32_ENTRY */
