/* SPDX-License-Identifier: MIT */
/* Which machine is this? One line for each platform, asked in this order. */
#include <boot_info.h>
#include <cmdline.h>
#include <platform.h>
#include <printk.h>
#include <selftest.h>
#include <string.h>
#include <asm/cpufeature.h>
#include <asm/paravirt.h>

extern const struct platform platform_xen_pv, platform_kvm, platform_native;

static const struct platform *const platforms[] = {
	&platform_xen_pv, /* by its way in: an instruction too many and it ends us */
	&platform_kvm,	  /* by CPUID signature */
};

const struct platform *platform __ro_after_init;

static const struct platform *probe(const struct boot_info *bi)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(platforms); i++)
		if (platforms[i]->probe(bi))
			return platforms[i];
	return &platform_native; /* nobody says that it is theirs */
}

bool platform_take_word(const char *word)
{
	const struct pv_word *w;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(platforms); i++)
		for (w = platforms[i]->words; w && w->word; w++)
			if (!strcmp(w->word, word)) {
				setup_clear_cpu_cap(w->feature);
				return true;
			}
	return false;
}

void platform_show_words(void)
{
	const struct pv_word *w;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(platforms); i++)
		for (w = platforms[i]->words; w && w->word; w++)
			printk("  %-10s %s, on %s\n", w->word, w->help, platforms[i]->name);
}

void platform_probe(const struct boot_info *bi)
{
	cmdline_parse(bi); /* a word may be about features */
	platform = probe(bi);
	setup_force_cpu_cap(X86_FEATURE_ALWAYS);
	setup_force_cpu_cap(X86_FEATURE_TEST_ON);
	platform->init_features();
	platform_overlay(platform);
}

void machine_exit(enum exit_code code)
{
	/* A panic in one of them ends here again, and goes on with the next. */
	static unsigned int step;

	arch_local_irq_disable();
	if (step == 0) {
		step = 1;
		if (platform && platform->exit_cpu)
			platform->exit_cpu(code == EXIT_PANIC);
	}
	if (step == 1) {
		step = 2;
		if (platform && platform->leave_verdict)
			platform->leave_verdict(code);
	}
	verdict(code);
	if (step == 2) {
		step = 3;
		(platform ? platform : &platform_native)->exit(code);
	}
	printk("the machine has no way to end: halted\n");
	verdict(code);
	for (;;)
		halt();
}
