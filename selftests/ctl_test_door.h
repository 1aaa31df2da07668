/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel of canned answers behind oomkctl, see ctl_test_door.c. */
#ifndef OOMK_CTL_TEST_DOOR_H
#define OOMK_CTL_TEST_DOOR_H

#include <unistd.h>

#include "genl.h"
#include "types.h"

#define MIB	(1048576 / (u64)sysconf(_SC_PAGESIZE))

bool door_is(const char *what);
int door_tell(struct nl_msg *msg, oomk_genl_reply_t reply, void *arg);
int door_dump_cycle(u64 number, const char **sentence, oomk_genl_reply_t reply,
		    void *arg);
int door_dump_history(oomk_genl_reply_t reply, void *arg);

#endif /* OOMK_CTL_TEST_DOOR_H */
