/* SPDX-License-Identifier: MIT */
/*
 * In lane xen-domu's dom0: what comes on standard input goes to the host, by QEMU's ivshmem-plain,
 * a PCI device whose third region is a file of the host's.
 *
 * Exit: 0; 1 there is no such device, or what came is larger.
 */
#include <err.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEVICES	       "/sys/bus/pci/devices/*"
#define IVSHMEM_VENDOR 0x1af4 /* QEMU's docs/specs/pci-ids */
#define IVSHMEM_DEVICE 0x1110

static unsigned int number(const char *folder, const char *name)
{
	char path[256];
	unsigned int n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "r");
	if (f && fscanf(f, "%x", &n) != 1)
		n = 0;
	if (f)
		fclose(f);
	return n;
}

int main(void)
{
	char path[256];
	size_t at = 0, i;
	struct stat st;
	ssize_t n = 1;
	glob_t all;
	char *to;
	int fd;

	if (glob(DEVICES, 0, NULL, &all))
		errx(1, "there are no PCI devices");
	for (i = 0; i < all.gl_pathc; i++)
		if (number(all.gl_pathv[i], "vendor") == IVSHMEM_VENDOR &&
		    number(all.gl_pathv[i], "device") == IVSHMEM_DEVICE)
			break;
	if (i == all.gl_pathc)
		errx(1, "QEMU has no ivshmem-plain");
	snprintf(path, sizeof(path), "%s/enable", all.gl_pathv[i]);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, "1", 1) != 1)
		err(1, "%s", path);
	close(fd);
	snprintf(path, sizeof(path), "%s/resource2", all.gl_pathv[i]);
	fd = open(path, O_RDWR);
	if (fd < 0 || fstat(fd, &st))
		err(1, "%s", path);
	to = mmap(NULL, st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (to == MAP_FAILED)
		err(1, "%s can't be mapped", path);
	for (; n > 0 && at < (size_t)st.st_size; at += n) {
		n = read(0, to + at, st.st_size - at);
		if (n < 0)
			err(1, "standard input");
	}
	if (n > 0)
		errx(1, "more than %zu bytes", at);
	return 0;
}
