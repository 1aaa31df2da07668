/* SPDX-License-Identifier: GPL-2.0 */
/* The executor's command line. */
#ifndef OOMK_OPTIONS_H
#define OOMK_OPTIONS_H

#include "types.h"

/**
 * struct oomk_options - what the command line asks for
 * @run_dir: where lock and record are
 * @dry_run: signal nobody
 * @verbose: log debug lines
 */
struct oomk_options {
	const char *run_dir;
	bool dry_run;
	bool verbose;
};

int oomk_options_parse(struct oomk_options *options, int argc, char **argv);

#endif /* OOMK_OPTIONS_H */
