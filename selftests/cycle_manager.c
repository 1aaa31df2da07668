// SPDX-License-Identifier: GPL-2.0
/*
 * A service manager for tests: prints what is sent to it by sd_notify(3).
 *
 * usage: cycle_manager PATH; "ready PID" when it listens there.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char text[4096];
	ssize_t length;
	int fd;

	if (argc != 2 || strlen(argv[1]) >= sizeof(address.sun_path)) {
		fprintf(stderr, "usage: %s PATH\n", argv[0]);
		return 2;
	}
	strcpy(address.sun_path, argv[1]);
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address))) {
		perror(argv[1]);
		return 1;
	}
	printf("ready %d\n", getpid());
	fflush(stdout);
	while ((length = read(fd, text, sizeof(text) - 1)) >= 0) {
		text[length] = '\0';
		puts(text);
		fflush(stdout);
	}
	return 1;
}
