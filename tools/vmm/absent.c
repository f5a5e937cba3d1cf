/* SPDX-License-Identifier: MIT */
/*
 * Guest pages that are not there for a while, as if the host had swapped them out: so that a guest
 * sees asynchronous page faults whenever it wants to.
 *
 * The pages move away (mremap, at once: no store gets lost) and leave a hole that a userfaultfd
 * watches. A first use of one is answered `hold` later, or when the guest wants all of them back.
 * The VMM may end, or be killed, with faults under way, of its own and of KVM's threads: tried.
 *
 * ioctl_userfaultfd(2), Documentation/admin-guide/mm/userfaultfd.rst.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "vmm.h"

#define PAGE 4096ull

enum { ABSENT, PRESENT = 1 }; /* any other due[] is when a page that is wanted comes back */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int uffd = -1;
static uint8_t *hole, *saved;
static uint64_t pages, hold, used, due[WITNESS_MAX_PAGES];

/* The page may be there already, when two vCPUs wanted it: then they only have to be woken. */
static void bring_back(uint64_t page)
{
	uintptr_t to = (uintptr_t)hole + page * PAGE;
	struct uffdio_copy copy = { .dst = to, .src = (uintptr_t)saved + page * PAGE, .len = PAGE };
	struct uffdio_range range = { to, PAGE };

	if (ioctl(uffd, UFFDIO_COPY, &copy))
		ioctl(uffd, UFFDIO_WAKE, &range);
	due[page] = PRESENT;
}

/* A message may be older than the hole that there is now. */
static void wanted(uint64_t address)
{
	struct uffdio_range range = { address & -PAGE, PAGE };
	uint64_t page = (address - (uintptr_t)hole) / PAGE;

	if (page < pages && due[page] == ABSENT) {
		due[page] = microseconds() + hold;
		used++;
	} else if (page >= pages || due[page] == PRESENT) {
		ioctl(uffd, UFFDIO_WAKE, &range);
	}
}

static void *serve(void *unused)
{
	struct pollfd fd = { .fd = uffd, .events = POLLIN };
	struct uffd_msg message;
	uint64_t page, now, next;

	for (;;) {
		pthread_mutex_lock(&lock);
		while (read(uffd, &message, sizeof(message)) == sizeof(message))
			if (message.event == UFFD_EVENT_PAGEFAULT)
				wanted(message.arg.pagefault.address);
		now = microseconds();
		next = UINT64_MAX;
		for (page = 0; page < pages; page++) {
			if (due[page] > PRESENT && due[page] <= now)
				bring_back(page);
			else if (due[page] > PRESENT && due[page] < next)
				next = due[page];
		}
		pthread_mutex_unlock(&lock);
		poll(&fd, 1, next == UINT64_MAX ? -1 : (int)((next - now) / 1000 + 1));
	}
	return unused;
}

static int open_uffd(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	pthread_t thread;
	int fd, error;

	fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return errno;
	if (ioctl(fd, UFFDIO_API, &api)) {
		error = errno;
		close(fd);
		return error;
	}
	uffd = fd;
	return pthread_create(&thread, NULL, serve, NULL);
}

static int remove_pages(void)
{
	struct uffdio_register area = { .range = { (uintptr_t)hole, pages * PAGE },
					.mode = UFFDIO_REGISTER_MODE_MISSING };
	int error;

	if (ioctl(uffd, UFFDIO_REGISTER, &area))
		return errno;
	/* With this flag it takes a new address too, here wherever there is room. */
	saved = mremap(hole, pages * PAGE, pages * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
	if (saved != MAP_FAILED)
		return 0;
	error = errno;
	ioctl(uffd, UFFDIO_UNREGISTER, &area.range);
	return error;
}

int absent_begin(struct vm *vm, uint64_t address, uint64_t count, uint64_t ms)
{
	uint64_t page;
	int error = 0;

	if (address % PAGE || !count || count > WITNESS_MAX_PAGES || ms > WITNESS_MAX_MS ||
	    !guest_ram(vm, address, count * PAGE))
		return EINVAL;
	pthread_mutex_lock(&lock);
	if (pages)
		error = EBUSY;
	else if (uffd < 0)
		error = open_uffd();
	if (!error) {
		hole = guest_ram(vm, address, count * PAGE);
		pages = count;
		hold = ms * 1000;
		for (page = used = 0; page < pages; page++)
			due[page] = ABSENT;
		error = remove_pages();
		pages = error ? 0 : count;
	}
	pthread_mutex_unlock(&lock);
	return error;
}

int absent_end(uint64_t *count)
{
	struct uffdio_range range;
	uint64_t page;

	pthread_mutex_lock(&lock);
	range = (struct uffdio_range){ (uintptr_t)hole, pages * PAGE };
	for (page = 0; page < pages; page++)
		if (due[page] != PRESENT)
			bring_back(page);
	if (pages) {
		ioctl(uffd, UFFDIO_UNREGISTER, &range);
		munmap(saved, pages * PAGE);
	}
	pages = 0;
	*count = used;
	pthread_mutex_unlock(&lock);
	return 0;
}
