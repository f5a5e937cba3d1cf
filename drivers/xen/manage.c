/* SPDX-License-Identifier: MIT */
/*
 * What dom0's toolstack asks of this domain, through xenstore
 * (xen/docs/misc/xenstore-paths.pandoc):
 *
 *   control/shutdown       poweroff, halt, reboot, suspend; "" says that it was read
 *   memory/target          KiB that the domain should have; told, and no more
 *   cpu/N/availability     online, offline
 *
 * and what it finds there: data/anole/verdict.
 */
#include <preempt.h>
#include <printk.h>
#include <selftest.h>
#include <smp.h>
#include <string.h>
#include <time.h>
#include <asm/paravirt.h>
#include <xen/grant_table.h>
#include <xen/manage.h>
#include <xen/suspend.h>
#include <xen/xen.h>
#include <xen/xenstore.h>

static s32 asked_reason = -1; /* SHUTDOWN_* */

static void asked_to_end(const char *what, u32 reason)
{
	printk("dom0 asks for %s, with %u self-tests that have not passed\n", what,
	       selftest_not_passed);
	asked_reason = reason;
	machine_exit(EXIT_FAIL);
}

static void tell_features(void)
{
	static const char *const features[] = { "control/feature-poweroff",
						"control/feature-reboot",
						"control/feature-suspend" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(features); i++)
		xenstore_write(features[i], "1"); /* of which older toolstacks know nothing */
}

/*
 * The other CPUs go down, each thread where it may be preempted, and come back; who waits for
 * xenstored has his answer first, since another one would not know the question.
 */
static void do_suspend(void)
{
	enum suspend_result result = SUSPEND_CANCELLED;
	u64 cpus, flags;

	preempt_disable();
	cpus = smp_quiesce();
	flags = arch_local_irq_save();
	xenstore_poll(true);
	if (!xenstore_drain()) {
		printk("suspend: xenstored does not answer\n");
	} else if (gnttab_suspend()) {
		printk("suspend: pages of other domains are mapped\n");
	} else {
		result = xen_suspend();
		gnttab_resume();
	}
	xenstore_poll(false);
	hrtimers_resume();
	arch_local_irq_restore(flags);
	smp_resume(cpus);
	preempt_enable();
	xenstore_watch_again();
	if (result == SUSPEND_RESTORED)
		tell_features();
}

static void on_shutdown(const char *path)
{
	char what[32];
	int error;

	error = xenstore_read(path, what, sizeof(what));
	if (error < 0 && error != -ENOENT)
		printk("%s: can't be read: %s\n", path, xenstore_error(error));
	if (error <= 0) /* nothing is asked */
		return;
	error = xenstore_write(path, "");
	if (error)
		printk("%s: can't be acknowledged: %s\n", path, xenstore_error(error));
	if (!strcmp(what, "poweroff") || !strcmp(what, "halt"))
		asked_to_end(what, SHUTDOWN_poweroff);
	if (!strcmp(what, "reboot"))
		asked_to_end(what, SHUTDOWN_reboot);
	if (!strcmp(what, "suspend"))
		do_suspend();
	else
		printk("%s: '%s' is nothing that this kernel does\n", path, what);
}

/*
 * xl says it of all CPUs each time, of those too that stay as they are, and a restored domain hears
 * all again: only what is another word than the last is a request.
 */
static void on_cpus(const char *path)
{
	static u64 offline; /* as dom0 said last; at first all come up */
	char node[40], what[16];
	u32 cpu;
	int error;

	(void)path;
	for (cpu = 1; cpu < nr_cpu_ids; cpu++) {
		bool wanted;

		snprintf(node, sizeof(node), "cpu/%u/availability", cpu);
		if (xenstore_read(node, what, sizeof(what)) < 0)
			continue;
		wanted = !strcmp(what, "online");
		if (wanted == !(offline >> cpu & 1))
			continue;
		offline ^= BIT(cpu);
		if (wanted == cpu_online(cpu))
			continue;
		error = wanted ? cpu_up(cpu) : cpu_down(cpu);
		if (error)
			printk("dom0 says that CPU %u shall be %s: error %d\n", cpu, what, error);
		else
			printk("CPU %u is %s, as dom0 says\n", cpu, what);
	}
}

static void on_target(const char *path)
{
	char kib[32];

	if (xenstore_read(path, kib, sizeof(kib)) > 0)
		printk("dom0 gives this domain %s KiB of memory\n", kib);
}

static const struct {
	const char *path;
	void (*fn)(const char *path);
} watched[] = {
	{ "control/shutdown", on_shutdown },
	{ "memory/target", on_target },
	{ "cpu", on_cpus },
};

void xen_manage_init(void)
{
	size_t i;
	int error;

	if (!xenstore_connected())
		return;
	xenstore_listen();
	for (i = 0; i < ARRAY_SIZE(watched); i++) {
		error = xenstore_watch(watched[i].path, watched[i].fn);
		if (error)
			printk("xenstore: can't watch %s: %s\n", watched[i].path,
			       xenstore_error(error));
	}
	tell_features();
}

u32 xen_shutdown_reason(u32 otherwise)
{
	return asked_reason < 0 ? otherwise : (u32)asked_reason;
}

void xen_leave_verdict(enum exit_code code)
{
	char verdict[32] = "pass";
	int error;

	if (!xenstore_connected())
		return;
	if (code == EXIT_PANIC)
		return xenstore_write_in_panic("data/anole/verdict", "panic");
	if (code == EXIT_USAGE)
		strlcpy(verdict, "usage", sizeof(verdict));
	else if (code != EXIT_PASS)
		snprintf(verdict, sizeof(verdict), "fail %u", selftest_not_passed);
	xenstore_poll(true);
	error = xenstore_write("data/anole/verdict", verdict);
	if (error)
		printk("data/anole/verdict can't be written: %s\n", xenstore_error(error));
}
