/* SPDX-License-Identifier: GPL-2.0 */
/* A process that talks to the family as one persona. */
#ifndef OOMK_SELFTESTS_FUZZ_WORKER_H
#define OOMK_SELFTESTS_FUZZ_WORKER_H

#include "fuzz_world.h"
#include "genl_raw.h"

pid_t fuzz_worker_start(int persona, const struct raw *raw);

#endif /* OOMK_SELFTESTS_FUZZ_WORKER_H */
