/* SPDX-License-Identifier: MIT */
/* The list of consoles, and which of them speak. Behind printk.c's lines. */
#include <console.h>
#include <printk.h>
#include <smp.h>
#include <spinlock.h>
#include <string.h>

#define PATIENCE  1000000 /* looks at a lock that its holder can't let go of */
#define EARLY_LOG 2048

/* What can be asked for, on whatever machine: one that is not there is told, and no error. */
static const char *const console_names[] = { "com1", "com2", "vga", "e9" };

static struct console *consoles;
static DEFINE_SPINLOCK(console_lock);
static u32 busted; /* + 1: on this CPU a panic prints; whoever holds the lock may be stopped */
static bool chosen;

/* Lines from before the command line was read, for a console that it turns on. */
static char early[EARLY_LOG];
static size_t early_len;

static void write_all(const char *s, size_t len)
{
	const struct console *con;

	for (con = consoles; con; con = con->next)
		if (con->enabled)
			con->write(s, len);
}

void console_write(const char *s, size_t len)
{
	if (busted == smp_processor_id() + 1)
		return write_all(s, len);
	spin_lock(&console_lock);
	if (!chosen && len <= EARLY_LOG - early_len) {
		memcpy(early + early_len, s, len);
		early_len += len;
	}
	write_all(s, len);
	spin_unlock(&console_lock);
}

void console_bust(void)
{
	unsigned int tries;

	for (tries = 0; tries < PATIENCE && !spin_trylock(&console_lock); tries++)
		rep_nop();
	busted = smp_processor_id() + 1;
}

void register_console(struct console *console)
{
	struct console **p = &consoles;

	while (*p && strcmp((*p)->name, console->name))
		p = &(*p)->next;
	if (*p == console)
		return;
	console->next = NULL;
	if (*p) {
		console->enabled = (*p)->enabled;
		console->next = (*p)->next;
	}
	*p = console;
}

static struct console *find(const char *name)
{
	struct console *con = consoles;

	while (con && strcmp(con->name, name))
		con = con->next;
	return con;
}

void console_choose(u32 names)
{
	u32 i, there = 0;

	if (chosen)
		return;
	for (i = 0; i < ARRAY_SIZE(console_names); i++) {
		struct console *con = names & BIT(i) ? find(console_names[i]) : NULL;

		if (con && (con->enabled || !con->setup || con->setup()))
			there |= BIT(i);
	}
	for (i = 0; there && i < ARRAY_SIZE(console_names); i++) {
		struct console *con = find(console_names[i]);

		if (con && there & BIT(i) && !con->enabled)
			con->write(early, early_len);
		if (con)
			con->enabled = there & BIT(i);
	}
	chosen = true;
	for (i = 0; i < ARRAY_SIZE(console_names); i++)
		if (names & ~there & BIT(i))
			printk("console=%s: there is none on this machine\n", console_names[i]);
}

u32 console_bits(const char *names)
{
	u32 bits = 0, i;

	while (*names) {
		size_t len = 0;

		while (names[len] && names[len] != ',')
			len++;
		for (i = 0; i < ARRAY_SIZE(console_names); i++)
			if (strlen(console_names[i]) == len &&
			    !memcmp(console_names[i], names, len))
				break;
		if (i == ARRAY_SIZE(console_names))
			return 0;
		bits |= BIT(i);
		names += len;
		if (*names == ',' && !*++names)
			return 0;
	}
	return bits;
}
