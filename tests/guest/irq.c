/* SPDX-License-Identifier: MIT */
#include <selftest.h>
#include <asm/paravirt.h>

/* Off after disable, on after enable, and the flag itself agrees each time. */
SELFTEST(irq, disable_enable)
{
	arch_local_irq_enable();
	CHECK(t, !arch_irqs_disabled_flags(arch_local_save_flags()), "off after irq_enable");
	arch_local_irq_disable();
	CHECK(t, arch_irqs_disabled_flags(arch_local_save_flags()), "on after irq_disable");
}
