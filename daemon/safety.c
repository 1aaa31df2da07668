// SPDX-License-Identifier: GPL-2.0
/*
 * The safety net. The module tells of every task in a job and what it had
 * before; each is given what its utility calls for, or its own value back.
 *
 * A value is touched only if it is what was there before, or is ours. Anything
 * else was set by somebody who meant it, and stays, now and later.
 *
 * Whoever writes with CAP_SYS_RESOURCE moves the task's hidden minimum along,
 * below which its owner may not go. So it is written without where that will
 * do, and both are put right at the end: first the minimum, with, and then the
 * value, without.
 *
 * In the moment between the module's answer and our writing tasks fork, and
 * their children inherit what has just been replaced. So after every look that
 * changed something there is another.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "kin.h"
#include "log.h"
#include "procfs.h"
#include "safety.h"

/* A child in the middle of its birth is found by the next search. */
#define SEARCHES_MAX	4
#define ADJ_PROTECTED	(-999)
/* Members between two looks at what else there is to be done. */
#define STRETCH		32
/* Until leaving is done: rounds, and the time between two of them. */
#define ROUNDS_MAX	100
#define ROUND_NS	(20 * 1000 * 1000)

/**
 * oomk_safety_adj() - the oom_score_adj that a utility calls for
 * @utility: 0..1000
 * @default_utility: of what nobody named, 0..1000
 *
 * The inverse of how a task's own oom_score_adj moves the default: falls as
 * the utility rises, and is 0 at the default. Utility 1000 is not exempt.
 *
 * Return: -999..1000.
 */
int oomk_safety_adj(u32 utility, u32 default_utility)
{
	int u = utility, base = default_utility;

	if (u == base)
		return 0;
	if (u < base)
		return (base - u) * 1000 / base;
	return -(u - base) * 999 / (1000 - base);
}

/**
 * oomk_safety_open() - open the record
 * @safety: out
 * @dir: descriptor of the directory it is kept in
 * @ops: surroundings, copied
 *
 * Return: 0; a negative errno, with which nothing will be changed.
 */
int oomk_safety_open(struct oomk_safety *safety, int dir,
		     const struct oomk_safety_ops *ops)
{
	unsigned int i;
	int err;

	memset(safety, 0, sizeof(*safety));
	safety->ops = *ops;
	err = oomk_record_open(&safety->record, dir);
	for (i = 0; i < safety->record.capacity; i++)
		safety->record.entries[i].seen = 0;
	return err;
}

/**
 * oomk_safety_close() - close the record, keep the file
 * @safety: open or not
 */
void oomk_safety_close(struct oomk_safety *safety)
{
	oomk_record_close(&safety->record);
	oomk_claims_free(&safety->claims);
	free(safety->members);
	safety->members = NULL;
	safety->room = 0;
}

/* What the task had is in the entry before it has something else. */
static int write_adj(struct oomk_entry *entry, int fd, int old, int adj)
{
	int err;

	entry->older = old;
	if (adj < entry->min && adj < entry->lowest)
		entry->lowest = adj;
	__atomic_store_n(&entry->ours, adj, __ATOMIC_RELEASE);
	err = oomk_procfs_adj_write(fd, adj);
	if (err == -EACCES)
		err = oomk_procfs_adj_force(fd, adj);
	if (err)
		__atomic_store_n(&entry->ours, old, __ATOMIC_RELEASE);
	return err;
}

/*
 * Value and minimum as they were. @old, what it has now, may be the value
 * already, and the minimum not yet.
 */
static int write_back(struct oomk_entry *entry, int fd, int old)
{
	int err = 0;

	/* What was never below the minimum has not moved it. */
	if (entry->lowest < entry->min && entry->min > OOMK_ADJ_MIN) {
		entry->older = old;
		__atomic_store_n(&entry->ours, entry->min, __ATOMIC_RELEASE);
		err = oomk_procfs_adj_force(fd, entry->min);
		if (!err)
			old = entry->min;
	}
	if (old == entry->before)
		return err;
	err = oomk_procfs_adj_write(fd, entry->before);
	/* It was below its own minimum: so be it the minimum. */
	if (err == -EACCES)
		err = oomk_procfs_adj_force(fd, entry->before);
	return err;
}

static void note(struct oomk_safety *safety, int err)
{
	if (!err)
		safety->changed++;
	else if (err != -ESRCH && !safety->err)
		safety->err = err;
}

static bool is_ours(const struct oomk_safety *safety,
		    const struct oomk_member *member,
		    const struct oomk_entry *entry, int adj)
{
	if (member->before == OOMK_ADJ_MIN)
		return false;
	if (entry)
		return adj == entry->ours ||
		       (adj == entry->older && adj != entry->before);
	/* Of a victim it descends from, or of one just being restored. */
	if ((adj == OOMK_ADJ_MAX && safety->raised) ||
	    (adj == member->min && member->cleared))
		return true;
	return oomk_claims_have(&safety->claims, member->job_id, adj);
}

/* Its entry, made if need be; NULL: there is no room for one. */
static struct oomk_entry *entry_of(struct oomk_safety *safety,
				   const struct oomk_member *member,
				   struct oomk_entry *entry, pid_t session,
				   int adj)
{
	const struct oomk_entry new = {
		.start_ticks = oomk_procfs_ticks(member->start_ns),
		.job_id = member->job_id,
		.pid = member->pid,
		.session = session,
		.before = member->before,
		.min = member->min,
		.ours = adj,
		.older = adj,
		/* What was inherited may have moved the minimum before. */
		.lowest = adj == member->before ? OOMK_ADJ_MAX :
						  ADJ_PROTECTED,
		.seen = safety->generation,
	};
	int err;

	if (entry)
		return entry;
	err = oomk_record_add(&safety->record, &new, &entry);
	if (!err)
		return entry;
	note(safety, err);
	return NULL;
}

/* @entry is that of @member, or NULL; @adj is what it has. */
static void steer(struct oomk_safety *safety, const struct oomk_member *member,
		  struct oomk_entry *entry, int fd, int adj, pid_t session)
{
	if (adj != member->before && !is_ours(safety, member, entry, adj)) {
		if (entry)
			oomk_record_drop(&safety->record, entry);
		return;
	}
	if (adj == member->target && (entry || adj == member->before))
		return;
	entry = entry_of(safety, member, entry, session, adj);
	if (entry && adj != member->target)
		note(safety, write_adj(entry, fd, adj, member->target));
}

static void restore(struct oomk_safety *safety,
		    const struct oomk_member *member, struct oomk_entry *entry,
		    int fd, int adj, pid_t session)
{
	bool back = adj == member->before;
	int err = 0;

	/* Its owner may have gone back himself, below the old minimum now. */
	if (back ? !!entry : is_ours(safety, member, entry, adj)) {
		entry = entry_of(safety, member, entry, session, adj);
		if (!entry)
			return;
		err = write_back(entry, fd, adj);
		note(safety, err);
	}
	if (entry && (!err || err == -ESRCH))
		oomk_record_drop(&safety->record, entry);
}

static void visit(struct oomk_safety *safety, const struct oomk_member *member,
		  bool on)
{
	u64 start_ticks = oomk_procfs_ticks(member->start_ns);
	struct oomk_procfs_stat stat;
	struct oomk_entry *entry;
	int fd, adj, err;

	entry = oomk_record_find(&safety->record, member->pid, start_ticks);
	if (entry) {
		entry->seen = safety->generation;
		entry->job_id = member->job_id;
	}
	fd = oomk_procfs_adj_checked(member->pid, start_ticks, &stat);
	err = fd < 0 ? fd : oomk_procfs_adj_read(fd, &adj);
	if (err == -ESRCH && entry)
		oomk_record_drop(&safety->record, entry);
	if (err < 0)
		note(safety, err);
	else if (adj == OOMK_ADJ_MIN)
		;	/* neither written nor overwritten */
	else if (on && !member->cleared)
		steer(safety, member, entry, fd, adj, stat.session);
	else
		restore(safety, member, entry, fd, adj, stat.session);
	if (fd >= 0)
		close(fd);
}

static int on_member(int cmd, struct nlattr **attrs, void *arg)
{
	struct oomk_safety *safety = arg;
	struct oomk_member *members, *member;
	u32 pid, before, min, utility;

	if (safety->nr == safety->room) {
		members = reallocarray(safety->members, 2 * safety->room + 256,
				       sizeof(*members));
		if (!members)
			return -ENOMEM;
		safety->members = members;
		safety->room = 2 * safety->room + 256;
	}
	member = &safety->members[safety->nr];
	memset(member, 0, sizeof(*member));
	if (!oomk_genl_u32(attrs, OOMK_A_MEMBER_PID, &pid) || !pid ||
	    !oomk_genl_u64(attrs, OOMK_A_MEMBER_START_NS, &member->start_ns) ||
	    !oomk_genl_u64(attrs, OOMK_A_MEMBER_JOB_ID, &member->job_id) ||
	    !oomk_genl_u32(attrs, OOMK_A_MEMBER_ADJ_BEFORE, &before) ||
	    !oomk_genl_u32(attrs, OOMK_A_MEMBER_MIN_BEFORE, &min))
		return -EBADMSG;
	member->pid = pid;
	member->before = (s32)before;
	member->min = (s32)min;
	member->cleared = attrs[OOMK_A_MEMBER_CLEARED];
	if (attrs[OOMK_A_MEMBER_PROTECTED])
		member->target = ADJ_PROTECTED;
	else if (oomk_genl_u32(attrs, OOMK_A_MEMBER_UTILITY, &utility))
		member->target = oomk_safety_adj(utility,
						 safety->default_utility);
	safety->nr++;
	return 0;
}

static int read_members(struct oomk_safety *safety, struct oomk_genl *genl)
{
	struct nl_msg *msg = oomk_genl_request(genl, OOMK_CMD_MEMBER_GET);

	safety->nr = 0;
	if (!msg)
		return -ENOBUFS;
	return oomk_genl_dump(genl, msg, on_member, safety);
}

static int compare_jobs(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Of the jobs that there are, what is known and what the record adds to it. */
static int collect_claims(struct oomk_safety *safety)
{
	struct oomk_record *record = &safety->record;
	const struct oomk_member *member;
	const struct oomk_entry *entry;
	u64 *jobs = calloc(safety->nr + 1, sizeof(*jobs));
	int err = 0;
	size_t i;

	if (!jobs)
		return -ENOMEM;
	for (i = 0; i < safety->nr; i++)
		jobs[i] = safety->members[i].job_id;
	qsort(jobs, safety->nr, sizeof(*jobs), compare_jobs);
	for (i = 0; i < record->capacity && !err; i++) {
		entry = &record->entries[i];
		if (!entry->pid)
			continue;
		err = oomk_claims_add(&safety->claims, entry->job_id,
				      entry->ours);
		if (!err && entry->older != entry->before)
			err = oomk_claims_add(&safety->claims, entry->job_id,
					      entry->older);
	}
	/* Who was taken out into another job may have children there. */
	for (i = 0; i < safety->nr && !err; i++) {
		member = &safety->members[i];
		entry = oomk_record_find(record, member->pid,
					 oomk_procfs_ticks(member->start_ns));
		if (entry && entry->job_id != member->job_id)
			err = oomk_claims_add(&safety->claims, member->job_id,
					      entry->ours);
	}
	oomk_claims_keep(&safety->claims, jobs, safety->nr);
	oomk_claims_sort(&safety->claims);
	free(jobs);
	return err;
}

/* What @entry has for its task, which the module does not know: 0 if done. */
static int restore_stray(struct oomk_safety *safety, struct oomk_entry *entry)
{
	int fd, adj, err;

	fd = oomk_procfs_adj_checked(entry->pid, entry->start_ticks, NULL);
	err = fd < 0 ? fd : oomk_procfs_adj_read(fd, &adj);
	if (!err && (adj == entry->ours || adj == entry->older ||
		     adj == entry->before))
		err = write_back(entry, fd, adj);
	note(safety, err);
	if (fd >= 0)
		close(fd);
	return err;
}

static bool put_right(const struct oomk_kin *kin,
		      const struct oomk_kin_root *root, void *arg)
{
	struct oomk_safety *safety = arg;
	unsigned int changed = safety->changed;
	const struct oomk_member member = {
		.start_ns = oomk_procfs_ns(kin->start_ticks),
		.pid = kin->pid,
		.before = root->before,
		.min = root->min,
	};
	struct oomk_entry *entry;
	int fd, err;

	if (oomk_record_find(&safety->record, kin->pid, kin->start_ticks))
		return false;
	entry = entry_of(safety, &member, NULL, kin->session, kin->adj);
	if (!entry)
		return false;
	fd = oomk_procfs_adj_checked(kin->pid, kin->start_ticks, NULL);
	err = fd < 0 ? fd : write_back(entry, fd, kin->adj);
	note(safety, err);
	if (fd >= 0)
		close(fd);
	if (!err || err == -ESRCH)
		oomk_record_drop(&safety->record, entry);
	return safety->changed != changed;
}

static void add_root(struct oomk_kin_root *root, const struct oomk_entry *entry)
{
	const int values[OOMK_KIN_VALUES] = { entry->ours, entry->older };
	int i;

	*root = (struct oomk_kin_root) {
		.start_ticks = entry->start_ticks,
		.since_ticks = entry->start_ticks,
		.pid = entry->pid,
		.session = entry->session,
		.before = entry->before,
		.min = entry->min,
	};
	/* Who has what was there before is not to be put right. */
	for (i = 0; i < OOMK_KIN_VALUES; i++)
		root->values[i] = values[i] == entry->before ? OOMK_ADJ_MIN :
							       values[i];
}

/*
 * Entries that the module told nothing of: their jobs are forgotten and their
 * members settled, or it was loaded anew. They get what they had, and so do
 * their children, whom nobody knows; also those of the dead, if @all.
 */
static void restore_strays(struct oomk_safety *safety, bool all)
{
	struct oomk_record *record = &safety->record;
	struct oomk_kin_root *roots;
	struct oomk_entry *entry;
	unsigned int i, nr = 0;
	int err, found = 1;

	roots = calloc(record->nr + 1, sizeof(*roots));
	for (i = 0; roots && i < record->capacity; i++) {
		entry = &record->entries[i];
		if (!entry->pid || entry->seen == safety->generation)
			continue;
		add_root(&roots[nr], entry);
		err = restore_stray(safety, entry);
		nr += all || err != -ESRCH;
		if (!err || err == -ESRCH)
			oomk_record_drop(record, entry);
	}
	for (i = 0; roots && i < SEARCHES_MAX && found > 0; i++)
		found = oomk_kin_search(roots, nr, put_right, safety);
	free(roots);
}

static void begin(struct oomk_safety *safety)
{
	safety->generation = safety->generation % 30000 + 1;
	safety->changed = 0;
	safety->err = 0;
}

static void complain(struct oomk_safety *safety)
{
	if (safety->err && !safety->complained)
		oomk_log(LOG_WARNING, "safety net: oom_score_adj of some tasks not set: %s",
			 oomk_log_reason(-safety->err));
	safety->complained = safety->err;
	if (safety->changed)
		oomk_log(LOG_DEBUG, "safety net: oom_score_adj of %u tasks set",
			 safety->changed);
}

/**
 * oomk_safety_follow() - give every member what it is to have
 * @safety: open; without a record nothing is changed
 * @genl: socket that did not subscribe
 * @default_utility: of what nobody named
 * @on: follow the utility; false: restore what there was
 *
 * Return: how many tasks were written to: after some, look again in a second;
 * -EINTR: something more urgent waits; what oomk_genl_dump() returns; -ENOMEM.
 */
int oomk_safety_follow(struct oomk_safety *safety, struct oomk_genl *genl,
		       u32 default_utility, bool on)
{
	bool first = !safety->generation;
	size_t i;
	int err;

	begin(safety);
	safety->default_utility = default_utility;
	err = read_members(safety, genl);
	if (!err)
		err = collect_claims(safety);
	for (i = 0; i < safety->nr && !err; i++) {
		if (i % STRETCH == 0 && safety->ops.interrupted &&
		    safety->ops.interrupted(safety->ops.arg))
			err = -EINTR;
		else
			visit(safety, &safety->members[i], on);
	}
	if (!err)
		restore_strays(safety, first);
	if (err && err != -EINTR)
		note(safety, err);
	complain(safety);
	return err ? err : (int)safety->changed;
}

/**
 * oomk_safety_recover() - restore what the record knows of, without the module
 * @safety: open
 *
 * Return: how many tasks were restored.
 */
unsigned int oomk_safety_recover(struct oomk_safety *safety)
{
	begin(safety);
	restore_strays(safety, true);
	complain(safety);
	return safety->changed;
}

/**
 * oomk_safety_leave() - leave every task as it was found
 * @safety: open; nothing interrupts this
 * @genl: socket that did not subscribe, or NULL: the module is gone
 *
 * Ends when there was nothing more to be done, which is soon, unless tasks fork
 * faster than they can be looked at.
 */
void oomk_safety_leave(struct oomk_safety *safety, struct oomk_genl *genl)
{
	const struct timespec pause = { .tv_nsec = ROUND_NS };
	int quiet = 0, rounds, ret = genl ? 0 : -ENODEV;

	safety->ops.interrupted = NULL;
	for (rounds = 0; rounds < ROUNDS_MAX && quiet < 2; rounds++) {
		if (rounds)
			nanosleep(&pause, NULL);
		if (ret >= 0)
			ret = oomk_safety_follow(safety, genl,
						 safety->default_utility,
						 false);
		if (ret < 0)
			quiet = oomk_safety_recover(safety) ? 0 : 2;
		else
			quiet = ret ? 0 : quiet + 1;
	}
}
