/* SPDX-License-Identifier: MIT */
/*
 * Formatting, and the line buffers in front of the console: each CPU gathers a line of its own, so
 * that lines come out whole. Any state, but not in NMIs and machine checks.
 */
#include <console.h>
#include <printk.h>
#include <smp.h>
#include <string.h>
#include <symbols.h>
#include <asm/paravirt.h>
#include <asm/percpu.h>

#define LINE_SIZE 512

static DEFINE_PER_CPU(char, line[LINE_SIZE]);
static DEFINE_PER_CPU(size_t, line_len);

struct out {
	char *buf;
	size_t size, len;
};

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void put_field(struct out *o, const char *s, size_t len, int width, bool left, char pad)
{
	int fill = width - (int)len;

	while (!left && fill-- > 0)
		put(o, pad);
	while (len--)
		put(o, *s++);
	while (left && fill-- > 0)
		put(o, ' ');
}

static size_t number(char *buf, size_t size, u64 value, unsigned int base)
{
	char *p = buf + size;

	do
		*--p = "0123456789abcdef"[value % base];
	while (value /= base);
	memmove(buf, p, buf + size - p);
	return buf + size - p;
}

static void put_pointer(struct out *o, u64 value, char kind, int width, bool left)
{
	char digits[24];
	const char *name = NULL;
	u64 offset;
	size_t len;

	if (kind) /* B: behind a call there may be another function already */
		name = symbol_name(value - (kind == 'B'), &offset);
	if (name && kind == 'B')
		offset++;
	if (name) {
		put_field(o, name, strlen(name), width, left, ' ');
		if (kind != 's' && offset) {
			put_field(o, "+0x", 3, 0, false, ' ');
			put_field(o, digits, number(digits, sizeof(digits), offset, 16), 0, false,
				  ' ');
		}
		return;
	}
	len = number(digits, sizeof(digits), value, 16);
	put_field(o, digits, len, max(width, 16), left, '0');
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out o = { buf, size, 0 };

	for (; *fmt; fmt++) {
		bool left = false, wide = false;
		char pad = ' ', digits[24], c;
		const char *s;
		int width = 0;
		s64 value;

		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		for (fmt++; *fmt == '-' || *fmt == '0'; fmt++) {
			if (*fmt == '-')
				left = true;
			else
				pad = '0';
		}
		if (*fmt == '*') {
			width = va_arg(args, int);
			fmt++;
		}
		for (; *fmt >= '0' && *fmt <= '9'; fmt++)
			width = width * 10 + *fmt - '0';
		for (; *fmt == 'l' || *fmt == 'z'; fmt++)
			wide = true;
		switch (*fmt) {
		case 's':
			s = va_arg(args, const char *);
			if (!s)
				s = "(null)";
			put_field(&o, s, strlen(s), width, left, ' ');
			break;
		case 'c':
			c = va_arg(args, int);
			put_field(&o, &c, 1, width, left, ' ');
			break;
		case 'd':
			value = wide ? va_arg(args, s64) : va_arg(args, int);
			if (value < 0)
				put(&o, '-');
			put_field(&o, digits,
				  number(digits, sizeof(digits),
					 value < 0 ? -(u64)value : (u64)value, 10),
				  width, left, pad);
			break;
		case 'u':
		case 'x':
			value = wide ? va_arg(args, u64) : va_arg(args, unsigned int);
			put_field(&o, digits,
				  number(digits, sizeof(digits), value, *fmt == 'u' ? 10 : 16),
				  width, left, pad);
			break;
		case 'p':
			c = fmt[1] == 'S' || fmt[1] == 's' || fmt[1] == 'B' ? *++fmt : 0;
			put_pointer(&o, (u64)va_arg(args, void *), c, width, left);
			break;
		case '%':
			put(&o, '%');
			break;
		default: /* a mistake in the format: show it */
			put(&o, '%');
			put(&o, *fmt ? *fmt : *--fmt);
		}
	}
	if (size)
		buf[o.len < size ? o.len : size - 1] = 0;
	return o.len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(buf, size, fmt, args);
	va_end(args);
	return len;
}

/* Interrupts off. */
static void flush(char *text, size_t len)
{
	text[len] = '\n';
	console_write(text, len + 1);
}

static void gather(const char *prefix, const char *s)
{
	u64 flags = arch_local_irq_save();
	char *text = *this_cpu_ptr(&line);
	size_t *len = this_cpu_ptr(&line_len);

	for (; *s; s++) {
		if (!*len) {
			*len = strlen(prefix);
			memcpy(text, prefix, *len);
		}
		if (*s == '\n') {
			flush(text, *len);
			*len = 0;
		} else if (*len < LINE_SIZE - 1) {
			text[(*len)++] = *s;
		}
	}
	arch_local_irq_restore(flags);
}

void printk_flush(void)
{
	if (this_cpu_read(line_len))
		gather("", "\n");
}

void printk(const char *fmt, ...)
{
	char text[LINE_SIZE];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	gather("# ", text);
}

void tap_printk(const char *fmt, ...)
{
	char text[LINE_SIZE];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	gather("", text);
}
