/* SPDX-License-Identifier: MIT */
/*
 * A platform: the machine as somebody provides it. One folder under arch/x86/pv and one structure
 * each; pv/platform.c has the list and the order of probing.
 */
#ifndef PLATFORM_H
#define PLATFORM_H

#include <types.h>

/* What the machine's end tells the outside; on QEMU's debug exit the status is 2 * value + 1. */
enum exit_code {
	EXIT_PASS = 0x10,  /* every chosen self-test passed or was skipped with a reason */
	EXIT_FAIL = 0x11,  /* a self-test failed, or the plan did not come out */
	EXIT_PANIC = 0x12, /* the kernel gave up */
	EXIT_USAGE = 0x13, /* a word on the command line that it does not know */
};

/* Ops that this platform provides if `feature` is there: a slot that is not NULL overrides. */
struct pv_overlay {
	u16 feature; /* X86_FEATURE_*; ALWAYS for what needs nothing more */
	u16 offset;  /* of the group in pv_ops */
	u16 size;
	const void *ops; /* a constant struct pv_*_ops, most of it NULL perhaps */
};
#define PV_OVERLAY(feature_, group, table)                                                      \
	{                                                                                       \
		.feature = feature_, .offset = offsetof(struct paravirt_patch_template, group), \
		.size = sizeof(((struct paravirt_patch_template *)0)->group), .ops = &table,    \
	}

/* A static call's target on this platform, if `feature` is there. */
struct static_call_key;
struct pv_static_call {
	u16 feature;
	struct static_call_key *key;
	void *func;
};
#define PV_STATIC_CALL(feature_, name, function)                                            \
	{                                                                                   \
		.feature = feature_, .key = &STATIC_CALL_KEY(name),                         \
		.func = __builtin_choose_expr(                                              \
			__builtin_types_compatible_p(__typeof__(&(function)),               \
						     __typeof__(&STATIC_CALL_TRAMP(name))), \
			(void *)(function), (void)0),                                       \
	}

/* A word on the command line that turns one of the platform's features off. */
struct pv_word {
	const char *word;
	u16 feature;
	const char *help;
};

struct boot_info;

struct platform {
	const char *name;
	unsigned int kernel_rpl;
	/* Addresses that the hypervisor keeps for itself in every address space; both 0 for none.
	 */
	u64 reserved_start, reserved_end;
	/* Is it this one? Not asked of the bare machine, which is what is left. Boot CPU, nothing
	 * initialised but the console and boot_info. */
	bool (*probe)(const struct boot_info *bi);
	/* Set the synthetic features and words that CPUID's own leafs don't carry. */
	void (*init_features)(void);
	/* Ended by .ops == NULL. Constant, so that a tool can read it from the file. */
	const struct pv_overlay *overlays;
	/* Ended by .key == NULL, constant as well; NULL for none. */
	const struct pv_static_call *static_calls;
	/* Ended by .word == NULL; NULL for none. Other platforms take them too, and do nothing. */
	const struct pv_word *words;
	/* A line or two about what was found. Console up, features known. */
	void (*report)(void);
	/* Devices that must be quiet before interrupts may be on. After the overlay. */
	void (*init_irq)(void);
	/* Clocks and the one-shot timer. After init_irq; interrupts off, for about 20 ms. */
	void (*init_time)(void);
	/* Build or narrow the kernel's page tables: image W^X from here on, text not yet. */
	void (*init_mm)(void);
	/* NULL or drivers that need threads. After smp_init(). */
	void (*init_drivers)(void);
	/*
	 * Other CPUs (smp.h). How many CPUs there are; start those of the mask at secondary_stack()
	 * each, and give which can't be; NULL or start those once more that show no sign of life;
	 * NULL or see to it that those don't come later; NULL or print what the machine calls them;
	 * on that CPU, all that init_irq, init_mm and init_time do of a CPU; NULL or what it shares
	 * with the host, back, on one that goes down and on who ends the machine, where in a panic
	 * others may hold any lock; stop this one, until it is started again; NULL or let another
	 * virtual CPU run.
	 */
	u32 (*smp_prepare)(void);
	u64 (*start_cpus)(u64 mask);
	void (*nudge_cpus)(u64 mask);
	void (*forget_cpus)(u64 mask);
	void (*print_cpu_ids)(u64 mask);
	void (*init_secondary)(void);
	void (*exit_cpu)(bool panic);
	void (*play_dead)(void);
	void (*yield)(void);
	/* NULL or tell somebody beside the consoles what came of it: before their last line.
	 * Interrupts off, the last CPU; in a panic others may hold any lock. */
	void (*leave_verdict)(enum exit_code code);
	/* End the machine with a result; returns only if the machine has no way to. */
	void (*exit)(enum exit_code code);
};

extern const struct platform *platform;

/* Probe in order and take the first that says yes; the bare machine always does. */
void platform_probe(const struct boot_info *bi);
/* A word of any platform's: remember its feature. False: it is nobody's. Before the probe. */
bool platform_take_word(const char *word);
void platform_show_words(void);
/*
 * Copy the overlays whose feature is there into pv_ops, and set the static calls. Before the boot
 * patch only; again when CPUID's features are known.
 */
void platform_overlay(const struct platform *p);

/* The verdict on every console, and the end of the machine by whatever works: the platform's exit,
 * a halt. */
void machine_exit(enum exit_code code) __noreturn;

#endif
