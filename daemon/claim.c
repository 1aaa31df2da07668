// SPDX-License-Identifier: GPL-2.0
/*
 * Which oom_score_adj values of which jobs are ours.
 *
 * A child inherits its parent's value before anybody tells of the child, and
 * may be met long after the parent got another one or died. So what a job's
 * members were given is known for as long as the job is. A task that was taken
 * out into a job of its own, and whose new job was given nothing yet, may have
 * any value that anybody was ever given.
 */
#include <errno.h>
#include <stdlib.h>

#include "claim.h"
#include "procfs.h"

static int compare(const void *a, const void *b)
{
	const struct oomk_claim *x = a, *y = b;

	if (x->job_id != y->job_id)
		return x->job_id < y->job_id ? -1 : 1;
	return (x->adj > y->adj) - (x->adj < y->adj);
}

static int compare_jobs(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/**
 * oomk_claims_add() - a member of a job was given a value
 * @claims: sorted or not
 * @job_id: the job
 * @adj: -1000..1000
 *
 * Return: 0 or -ENOMEM.
 */
int oomk_claims_add(struct oomk_claims *claims, u64 job_id, int adj)
{
	struct oomk_claim *more;
	size_t room;

	claims->ever[adj - OOMK_ADJ_MIN] = true;
	if (claims->nr == claims->room) {
		room = 2 * claims->room + 64;
		more = reallocarray(claims->claims, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		claims->claims = more;
		claims->room = room;
	}
	claims->claims[claims->nr++] = (struct oomk_claim) {
		.job_id = job_id,
		.adj = adj,
	};
	return 0;
}

/**
 * oomk_claims_sort() - to be called before oomk_claims_have()
 * @claims: any
 */
void oomk_claims_sort(struct oomk_claims *claims)
{
	size_t i, nr = 0;

	if (!claims->nr)
		return;
	qsort(claims->claims, claims->nr, sizeof(*claims->claims), compare);
	for (i = 1; i < claims->nr; i++)
		if (compare(&claims->claims[i], &claims->claims[nr]))
			claims->claims[++nr] = claims->claims[i];
	claims->nr = nr + 1;
}

/**
 * oomk_claims_keep() - forget about jobs that are no more
 * @claims: any
 * @jobs: those that are, in ascending order
 * @nr: how many
 */
void oomk_claims_keep(struct oomk_claims *claims, const u64 *jobs, size_t nr)
{
	size_t i, kept = 0;

	for (i = 0; i < claims->nr; i++)
		if (nr && bsearch(&claims->claims[i].job_id, jobs, nr,
				  sizeof(*jobs), compare_jobs))
			claims->claims[kept++] = claims->claims[i];
	claims->nr = kept;
}

/* The first claim of a job, or where it would be. */
static size_t first_of(const struct oomk_claims *claims, u64 job_id)
{
	size_t low = 0, high = claims->nr, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (claims->claims[middle].job_id < job_id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/**
 * oomk_claims_have() - whether a member may have a value from us
 * @claims: sorted
 * @job_id: its job
 * @adj: its oom_score_adj, -1000..1000
 *
 * Return: true if a member of this job was given it, or if none of this job was
 * given any and somebody else was given this one.
 */
bool oomk_claims_have(const struct oomk_claims *claims, u64 job_id, int adj)
{
	const struct oomk_claim key = { .job_id = job_id, .adj = adj };
	size_t first = first_of(claims, job_id);

	if (first == claims->nr || claims->claims[first].job_id != job_id)
		return claims->ever[adj - OOMK_ADJ_MIN];
	return bsearch(&key, claims->claims, claims->nr, sizeof(key), compare);
}

/**
 * oomk_claims_free() - forget all
 * @claims: any
 */
void oomk_claims_free(struct oomk_claims *claims)
{
	free(claims->claims);
	*claims = (struct oomk_claims) { 0 };
}
