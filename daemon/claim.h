/* SPDX-License-Identifier: GPL-2.0 */
/* Which oom_score_adj values of which jobs are ours. */
#ifndef OOMK_CLAIM_H
#define OOMK_CLAIM_H

#include "types.h"

/**
 * struct oomk_claim - a value that members of a job were given
 * @job_id: the job
 * @adj: the value
 */
struct oomk_claim {
	u64 job_id;
	s32 adj;
};

/**
 * struct oomk_claims - all of them
 * @claims: in order, each one once, after oomk_claims_sort()
 * @nr: how many
 * @room: how many there is room for
 * @ever: values, from -1000 on, that anybody was ever given
 */
struct oomk_claims {
	struct oomk_claim *claims;
	size_t nr;
	size_t room;
	bool ever[2001];
};

int oomk_claims_add(struct oomk_claims *claims, u64 job_id, int adj);
void oomk_claims_sort(struct oomk_claims *claims);
void oomk_claims_keep(struct oomk_claims *claims, const u64 *jobs, size_t nr);
bool oomk_claims_have(const struct oomk_claims *claims, u64 job_id, int adj);
void oomk_claims_free(struct oomk_claims *claims);

#endif /* OOMK_CLAIM_H */
