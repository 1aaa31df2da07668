// SPDX-License-Identifier: GPL-2.0
/* How it went: errors on stderr, and the exit status that goes with them. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"
#include "genl.h"

/**
 * oomk_ctl_usage() - say what is wrong with the command line
 * @call: the command line
 * @format: as printf(3)
 *
 * Return: OOMK_CTL_USAGE.
 */
int oomk_ctl_usage(const struct oomk_ctl_call *call, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "oomkctl: %s: ", call->verb->name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\nTry 'oomkctl %s --help'.\n", call->verb->name);
	return OOMK_CTL_USAGE;
}

/**
 * oomk_ctl_refused() - say why the kernel refused
 * @genl: socket, whose sentence is shown; NULL if the kernel was not asked
 * @err: negative errno
 * @format: what was asked, as printf(3)
 *
 * Return: OOMK_CTL_REFUSED.
 */
int oomk_ctl_refused(const struct oomk_genl *genl, int err,
		     const char *format, ...)
{
	const char *sentence = genl ? oomk_genl_extack(genl) : "";
	va_list args;

	fputs("oomkctl: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	if (err == -ENOBUFS && !*sentence)
		sentence = "the answer was lost for want of memory, look whether it was done";
	if (*sentence)
		fprintf(stderr, ": %s (%s)\n", sentence, strerror(-err));
	else
		fprintf(stderr, ": %s\n", strerror(-err));
	return OOMK_CTL_REFUSED;
}

/**
 * oomk_ctl_open() - connect to the module, or say why not
 * @genl: out: the socket
 *
 * Return: OOMK_CTL_DONE or OOMK_CTL_REFUSED.
 */
int oomk_ctl_open(struct oomk_genl **genl)
{
	int err = oomk_genl_open(genl);

	if (!err)
		return OOMK_CTL_DONE;
	if (err != -ENOENT)
		return oomk_ctl_refused(NULL, err, "netlink");
	/* The family is there in the initial network namespace only. */
	if (!access("/sys/module/oomk", F_OK))
		fputs("oomkctl: the oomk module does not answer in this network namespace\n",
		      stderr);
	else
		fputs("oomkctl: the oomk module is not loaded; load it with: modprobe oomk\n",
		      stderr);
	return OOMK_CTL_REFUSED;
}
