/* SPDX-License-Identifier: MIT */
/*
 * In lane xen-domu's dom0: maps a page that a domain has granted, says what text begins it, writes
 * another into its second half, and keeps it until a file is there.
 *
 *   gntmap DOMID REF TEXT FILE
 *
 * Exit: 0; 1 it can't be mapped; 2 a wrong command line; 3 no file in five minutes.
 */
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* Which the header takes for granted. */
typedef uint32_t grant_ref_t;
typedef uint16_t domid_t;
#include <xen/gntdev.h>

#define PAGE	 4096
#define PATIENCE 3000 /* of a tenth of a second */

int main(int argc, char **argv)
{
	struct ioctl_gntdev_map_grant_ref map = { .count = 1 };
	struct ioctl_gntdev_unmap_grant_ref unmap = { .count = 1 };
	char *page;
	int fd, i;

	if (argc != 5 || strlen(argv[3]) >= PAGE / 2)
		errx(2, "usage: gntmap DOMID REF TEXT FILE");
	fd = open("/dev/xen/gntdev", O_RDWR);
	if (fd < 0)
		err(1, "/dev/xen/gntdev");
	map.refs[0].domid = atoi(argv[1]);
	map.refs[0].ref = atoi(argv[2]);
	if (ioctl(fd, IOCTL_GNTDEV_MAP_GRANT_REF, &map))
		err(1, "gntdev takes no grant");
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, map.index);
	if (page == MAP_FAILED)
		err(1, "grant %s of domain %s can't be mapped", argv[2], argv[1]);
	printf("reads: %.*s\n", PAGE / 2, page);
	fflush(stdout);
	strcpy(page + PAGE / 2, argv[3]);
	for (i = 0; access(argv[4], F_OK); i++) {
		if (i == PATIENCE)
			errx(3, "%s did not come", argv[4]);
		usleep(100000);
	}
	unmap.index = map.index;
	if (munmap(page, PAGE) || ioctl(fd, IOCTL_GNTDEV_UNMAP_GRANT_REF, &unmap))
		err(1, "grant %s of domain %s can't be given back", argv[2], argv[1]);
	printf("given back\n");
	return 0;
}
