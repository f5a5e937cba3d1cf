/* SPDX-License-Identifier: MIT */
/*
 * Xen's interface to a 64-bit PV guest, as far as this kernel uses it. Numbers and layouts are
 * those of xen/include/public/xen.h, arch-x86/xen.h, arch-x86/xen-x86_64.h, callback.h, sched.h,
 * vcpu.h, event_channel.h, physdev.h and version.h, Xen 4.17.
 */
#ifndef XEN_XEN_H
#define XEN_XEN_H

/* Hypercall numbers (xen.h). */
#define __HYPERVISOR_set_trap_table    0
#define __HYPERVISOR_mmu_update	       1
#define __HYPERVISOR_set_gdt	       2
#define __HYPERVISOR_stack_switch      3
#define __HYPERVISOR_fpu_taskswitch    5
#define __HYPERVISOR_multicall	       13
#define __HYPERVISOR_update_va_mapping 14
#define __HYPERVISOR_xen_version       17
#define __HYPERVISOR_console_io	       18
#define __HYPERVISOR_grant_table_op    20
#define __HYPERVISOR_vm_assist	       21
#define __HYPERVISOR_iret	       23
#define __HYPERVISOR_vcpu_op	       24
#define __HYPERVISOR_set_segment_base  25
#define __HYPERVISOR_mmuext_op	       26
#define __HYPERVISOR_sched_op	       29
#define __HYPERVISOR_callback_op       30
#define __HYPERVISOR_event_channel_op  32
#define __HYPERVISOR_physdev_op	       33

/* The selectors that every PV guest has (xen-x86_64.h). */
#define FLAT_KERNEL_CS 0xe033
#define FLAT_KERNEL_DS 0xe02b

/* In vcpu_guest_context.flags: it starts in kernel mode (xen.h). */
#define VGCF_in_kernel 4

/* Where a guest may read Xen's machine-to-physical table: one u64 for each machine frame. */
#define HYPERVISOR_VIRT_START 0xffff800000000000
#define HYPERVISOR_VIRT_END   0xffff880000000000
#define MACH2PHYS_VIRT_START  0xffff800000000000

#ifndef __ASSEMBLER__
#include <types.h>
#include <asm/pvclock.h>

#define DOMID_SELF 0x7ff0

#define CONSOLEIO_write 0

#define UVMF_INVLPG 2
#define UVMF_ALL    4 /* on every CPU of the domain */

#define MMUEXT_PIN_L1_TABLE	0
#define MMUEXT_PIN_L2_TABLE	1
#define MMUEXT_PIN_L3_TABLE	2
#define MMUEXT_PIN_L4_TABLE	3
#define MMUEXT_UNPIN_TABLE	4
#define MMUEXT_NEW_BASEPTR	5
#define MMUEXT_TLB_FLUSH_LOCAL	6
#define MMUEXT_INVLPG_LOCAL	7
#define MMUEXT_TLB_FLUSH_MULTI	8
#define MMUEXT_INVLPG_MULTI	9
#define MMUEXT_NEW_USER_BASEPTR 15

struct mmuext_op {
	u32 cmd;
	u64 arg1; /* mfn or linear address */
	u64 arg2; /* _MULTI: address of a mask of virtual CPUs */
};
_Static_assert(sizeof(struct mmuext_op) == 24, "xen.h");

/* ptr's low bits: what to do. */
#define MMU_NORMAL_PT_UPDATE	  0
#define MMU_MACHPHYS_UPDATE	  1 /* the frame number that the m2p has for ptr's frame */
#define MMU_PT_UPDATE_PRESERVE_AD 2 /* keeps the accessed and dirty bits that are set by then */

struct mmu_update {
	u64 ptr; /* machine address of the entry */
	u64 val;
};

struct multicall_entry {
	u64 op;
	s64 result;
	u64 args[6];
};
_Static_assert(sizeof(struct multicall_entry) == 64, "xen.h");

#define SCHEDOP_yield	  0
#define SCHEDOP_block	  1
#define SCHEDOP_shutdown  2
#define SCHEDOP_poll	  3
#define SHUTDOWN_poweroff 0
#define SHUTDOWN_reboot	  1
#define SHUTDOWN_suspend  2
#define SHUTDOWN_crash	  3

/* Of channels none of which it is waits until one has an event; 0 = for ever. */
struct sched_poll {
	u32 *ports;
	u32 nr_ports;
	u64 timeout;
};

#define VCPUOP_initialise		     0
#define VCPUOP_up			     1
#define VCPUOP_down			     2
#define VCPUOP_is_up			     3
#define VCPUOP_get_runstate_info	     4
#define VCPUOP_register_runstate_memory_area 5
#define VCPUOP_stop_periodic_timer	     7
#define VCPUOP_set_singleshot_timer	     8
#define VCPUOP_stop_singleshot_timer	     9
#define VCPUOP_register_vcpu_info	     10
#define VCPUOP_send_nmi			     11

struct vcpu_register_vcpu_info {
	u64 mfn;
	u32 offset, rsvd;
};

#define RUNSTATE_running  0
#define RUNSTATE_runnable 1 /* could run, but does not: stolen */
#define RUNSTATE_blocked  2
#define RUNSTATE_offline  3

/* In state_entry_time while Xen writes, if the domain has turned that on. */
#define XEN_RUNSTATE_UPDATE		 BIT(63)
#define VMASST_CMD_enable		 0
#define VMASST_TYPE_runstate_update_flag 5

struct vcpu_runstate_info {
	s32 state;
	u64 state_entry_time;
	u64 time[4]; /* ns in each state */
};
_Static_assert(sizeof(struct vcpu_runstate_info) == 48, "vcpu.h");

struct vcpu_set_singleshot_timer {
	u64 timeout_abs_ns; /* by the system time of pvclock */
	u32 flags;
};

/* event_channel.h; the port is the answer. */
#define EVTCHNOP_bind_virq 1
#define EVTCHNOP_send	   4
#define EVTCHNOP_bind_ipi  7
#define EVTCHNOP_unmask	   9
#define VIRQ_TIMER	   0

struct evtchn_bind_virq {
	u32 virq, vcpu, port;
};

struct evtchn_bind_ipi {
	u32 vcpu, port;
};

struct evtchn_send {
	u32 port;
};

struct evtchn_unmask {
	u32 port;
};

#define SEGBASE_FS	    0
#define SEGBASE_GS_USER	    1
#define SEGBASE_GS_KERNEL   2
#define SEGBASE_GS_USER_SEL 3

#define PHYSDEVOP_set_iopl 6

#define CALLBACKOP_register   0
#define CALLBACKTYPE_event    0
#define CALLBACKTYPE_failsafe 1
#define CALLBACKF_mask_events 1 /* events are masked on the way in */
#define CALLBACKTYPE_syscall  2

struct callback_register {
	u16 type, flags;
	u64 address;
};
_Static_assert(sizeof(struct callback_register) == 16, "callback.h");

#define XENVER_version 0

/* An entry of the trap table; address 0 ends it. */
struct trap_info {
	u8 vector;
	u8 flags; /* 0-3: the DPL; 4: mask events on the way in */
	u16 cs;
	u64 address;
};
_Static_assert(sizeof(struct trap_info) == 16, "arch-x86/xen.h");
#define TI_MASK_EVENTS 4

/* How a virtual CPU begins: xen.h, and xen-x86_64.h for the registers. */
struct vcpu_guest_context {
	u8 fpu_ctxt[512];
	u64 flags;
	struct {
		u64 r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di;
		u32 error_code, entry_vector;
		u64 ip, cs, flags, sp, ss, es, ds, fs, gs;
	} user_regs;
	struct trap_info trap_ctxt[256];
	u64 ldt_base, ldt_ents;
	u64 gdt_frames[16], gdt_ents;
	u64 kernel_ss, kernel_sp;
	u64 ctrlreg[8];
	u64 debugreg[8];
	u64 event_callback_eip, failsafe_callback_eip, syscall_callback_eip;
	u64 vm_assist;
	u64 fs_base, gs_base_kernel, gs_base_user;
};
_Static_assert(sizeof(struct vcpu_guest_context) == 5168, "xen.h");
_Static_assert(offsetof(struct vcpu_guest_context, user_regs.ip) == 648, "xen-x86_64.h");

/*
 * What Xen and one virtual CPU share. Xen delivers an upcall when pending is set and mask is
 * clear, and sets mask on the way in.
 */
struct vcpu_info {
	u8 evtchn_upcall_pending;
	u8 evtchn_upcall_mask;
	u64 evtchn_pending_sel; /* a bit for each word of evtchn_pending */
	u64 cr2;		/* arch.cr2: the faulting address */
	u64 arch_pad;
	struct pvclock_vcpu_time_info time;
};
_Static_assert(sizeof(struct vcpu_info) == 64, "xen.h");
_Static_assert(offsetof(struct vcpu_info, cr2) == 16, "xen.h");

struct shared_info {
	struct vcpu_info vcpu_info[32]; /* dead: each has one of its own, in per-CPU data */
	u64 evtchn_pending[64];
	u64 evtchn_mask[64];
	u32 wc_version, wc_sec, wc_nsec, wc_sec_hi;
	/* arch: how many frames of ours there are, and where their machine frames are */
	u64 max_pfn, pfn_to_mfn_frame_list_list, nmi_reason;
	u64 p2m_cr3, p2m_vaddr, p2m_generation; /* the same in another way; p2m_cr3 0: not so */
};
_Static_assert(offsetof(struct shared_info, evtchn_pending) == 2048, "xen.h");
_Static_assert(offsetof(struct shared_info, wc_version) == 3072, "xen.h");
_Static_assert(offsetof(struct shared_info, p2m_cr3) == 3112, "arch-x86/xen.h");

struct start_info {
	char magic[32]; /* "xen-3.0-x86_64" */
	u64 nr_pages;
	u64 shared_info; /* machine address */
	u32 flags;
	u64 store_mfn;
	u32 store_evtchn;
	u64 console_mfn;
	u32 console_evtchn;
	u64 pt_base; /* virtual */
	u64 nr_pt_frames;
	u64 mfn_list;  /* virtual: machine frame of each of our frames */
	u64 mod_start; /* a frame number if SIF_MOD_START_PFN, else virtual; 0 = none */
	u64 mod_len;
	char cmd_line[1024];
	u64 first_p2m_pfn, nr_p2m_frames;
};
_Static_assert(offsetof(struct start_info, pt_base) == 88, "xen.h");
_Static_assert(offsetof(struct start_info, cmd_line) == 128, "xen.h");
#define SIF_PRIVILEGED	  1
#define SIF_INITDOMAIN	  2
#define SIF_MOD_START_PFN 8

#endif
#endif
