/* SPDX-License-Identifier: GPL-2.0 */
/* How long whoever is to carry out a set may keep it. */
#ifndef OOMK_PATIENCE_H
#define OOMK_PATIENCE_H

#include <linux/types.h>
#include <linux/oomk.h>

struct oomk_policy;
struct oomk_request_header;

const char *oomk_patience_lost(const struct oomk_request_header *header,
			       const struct oomk_policy *policy,
			       enum oomk_request_state state, u64 *until_ns);

#endif /* OOMK_PATIENCE_H */
