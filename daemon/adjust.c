// SPDX-License-Identifier: GPL-2.0
/*
 * A victim's oom_score_adj is raised for as long as it may take to die, so
 * that the kernel's own killer, should it fire meanwhile, takes the same task.
 * One that is spared gets its old value back, also from the next executor if
 * this one is killed: what was found is written down before it is changed.
 *
 * Children that it forks meanwhile inherit the value. They are looked for when
 * the victims' fate is known and has been told, whatever it is; until then what
 * was found stays written down.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "adjust.h"
#include "procfs.h"

#define RECORD_NAME	"adjusted"
/* A child in the middle of its birth is found by the next search. */
#define SEARCHES_MAX	4

/**
 * struct record - one slot of the file
 * @pid: thread group; 0: the slot is free
 * @adj: value found
 * @start_ticks: tells the task from a later one with its pid
 * @since_ticks: when it was raised
 * @session: that the task was in
 * @over: the task is done with, its children are not
 */
struct record {
	u32 pid;
	s32 adj;
	u64 start_ticks;
	u64 since_ticks;
	s32 session;
	u32 over;
};

/**
 * oomk_adjust_open() - open the record
 * @adjust: out
 * @dir: descriptor of the directory it is kept in
 * @slots: number of slots to reserve; a later one may fail for want of space
 *
 * What an executor before left in it stays until oomk_adjust_recover().
 *
 * Return: 0; a negative errno of openat(2) or posix_fallocate(3), with which
 * nothing will be raised.
 */
int oomk_adjust_open(struct oomk_adjust *adjust, int dir, unsigned int slots)
{
	int err;

	adjust->nr_roots = 0;
	adjust->nr_over = 0;
	adjust->raised = false;
	adjust->fd = openat(dir, RECORD_NAME,
			    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (adjust->fd < 0)
		return -errno;
	err = posix_fallocate(adjust->fd, 0,
			      (off_t)slots * sizeof(struct record));
	if (err)
		oomk_adjust_close(adjust);
	return -err;
}

/**
 * oomk_adjust_close() - close the record
 * @adjust: record, closed already or not
 */
void oomk_adjust_close(struct oomk_adjust *adjust)
{
	if (adjust->fd >= 0)
		close(adjust->fd);
	adjust->fd = -1;
}

static int put_record(struct oomk_adjust *adjust, unsigned int slot,
		      const struct record *record)
{
	ssize_t n = pwrite(adjust->fd, record, sizeof(*record),
			   (off_t)slot * sizeof(*record));

	if (n < 0)
		return -errno;
	return n == sizeof(*record) ? 0 : -ENOSPC;
}

static bool get_record(struct oomk_adjust *adjust, unsigned int slot,
		       struct record *record)
{
	return pread(adjust->fd, record, sizeof(*record),
		     (off_t)slot * sizeof(*record)) == sizeof(*record);
}

static void clear_record(struct oomk_adjust *adjust, unsigned int slot)
{
	const struct record none = { 0 };

	put_record(adjust, slot, &none);
}

/* Its children will be looked for; of too many victims, those of the last. */
static void note_root(struct oomk_adjust *adjust, const struct record *record)
{
	struct oomk_kin_root *root;

	adjust->raised = true;
	root = &adjust->roots[adjust->nr_roots++ % OOMK_ADJUST_ROOTS];
	root->pid = record->pid;
	root->start_ticks = record->start_ticks;
	root->since_ticks = record->since_ticks;
	root->session = record->session;
	root->before = record->adj;
	root->values[0] = OOMK_ADJ_MAX;
	root->values[1] = OOMK_ADJ_MAX;
}

/* The task itself needs its record no more. */
static void finish(struct oomk_adjust *adjust, unsigned int slot,
		   struct record *record)
{
	note_root(adjust, record);
	record->over = 1;
	put_record(adjust, slot, record);
	if (adjust->nr_over <= slot)
		adjust->nr_over = slot + 1;
}

/**
 * oomk_adjust_raise() - make a task the first choice of the kernel's killer
 * @adjust: record
 * @slot: where to write down what was found; a free one
 * @pid: thread group
 * @start_ticks: its start time
 *
 * A task that the killer is to leave alone, or that is its first choice
 * already, stays as it is.
 *
 * Return: 1: raised; 0: left as it was; -ESRCH: the task is dead; a negative
 * errno of what failed, the task being left as it was.
 */
int oomk_adjust_raise(struct oomk_adjust *adjust, unsigned int slot, pid_t pid,
		      u64 start_ticks)
{
	struct record record = { .pid = pid, .start_ticks = start_ticks };
	struct oomk_procfs_stat stat;
	int fd, err;

	if (adjust->fd < 0)
		return 0;
	fd = oomk_procfs_adj_checked(pid, start_ticks, &stat);
	if (fd < 0)
		return fd;
	record.session = stat.session;
	record.since_ticks = oomk_procfs_now_ticks();
	err = oomk_procfs_adj_read(fd, &record.adj);
	if (!err && record.adj > OOMK_ADJ_MIN && record.adj < OOMK_ADJ_MAX) {
		err = put_record(adjust, slot, &record);
		if (!err)
			err = oomk_procfs_adj_write(fd, OOMK_ADJ_MAX);
		if (err) {
			clear_record(adjust, slot);
		} else {
			adjust->raised = true;
			err = 1;
		}
	}
	close(fd);
	return err;
}

/* A value that is not ours any more was set by somebody who meant it. */
static int write_back(pid_t pid, u64 start_ticks, int before)
{
	int fd, adj, err;

	fd = oomk_procfs_adj_checked(pid, start_ticks, NULL);
	if (fd < 0)
		return fd == -ESRCH ? 0 : fd;
	err = oomk_procfs_adj_read(fd, &adj);
	if (!err && adj == OOMK_ADJ_MAX) {
		err = oomk_procfs_adj_write(fd, before);
		/* It was below its own minimum: so be it the minimum. */
		if (err == -EACCES)
			err = oomk_procfs_adj_force(fd, before);
	}
	close(fd);
	if (err)
		return err == -ESRCH ? 0 : err;
	return adj == OOMK_ADJ_MAX;
}

static bool in_use(struct oomk_adjust *adjust, unsigned int slot,
		   struct record *record)
{
	return adjust->fd >= 0 && get_record(adjust, slot, record) &&
	       record->pid && !record->over;
}

/**
 * oomk_adjust_restore() - give a task its old value back
 * @adjust: record
 * @slot: as given to oomk_adjust_raise(); may be used again, unless it failed
 *
 * Return: 1: restored; 0: nothing to restore, the slot was not used, the task is
 * dead, or somebody else set another value meanwhile; a negative errno.
 */
int oomk_adjust_restore(struct oomk_adjust *adjust, unsigned int slot)
{
	struct record record;
	int ret;

	if (!in_use(adjust, slot, &record))
		return 0;
	ret = write_back(record.pid, record.start_ticks, record.adj);
	if (ret >= 0)
		finish(adjust, slot, &record);
	return ret;
}

/**
 * oomk_adjust_forget() - a task is dead or dies, and needs its slot no more
 * @adjust: record
 * @slot: any slot
 */
void oomk_adjust_forget(struct oomk_adjust *adjust, unsigned int slot)
{
	struct record record;

	if (in_use(adjust, slot, &record))
		finish(adjust, slot, &record);
}

static bool put_right(const struct oomk_kin *kin,
		      const struct oomk_kin_root *root, void *arg)
{
	/* The victim itself is not its own child. */
	if (kin->pid == root->pid)
		return false;
	return write_back(kin->pid, kin->start_ticks, root->before) > 0;
}

/**
 * oomk_adjust_dismiss() - whoever is done with has left no children
 * @adjust: record; their slots are free afterwards
 */
void oomk_adjust_dismiss(struct oomk_adjust *adjust)
{
	struct record record;
	unsigned int slot;

	for (slot = 0; slot < adjust->nr_over; slot++)
		if (get_record(adjust, slot, &record) && record.over)
			clear_record(adjust, slot);
	adjust->nr_over = 0;
	adjust->nr_roots = 0;
}

/**
 * oomk_adjust_settle() - put children right that inherited what victims had
 * @adjust: record
 *
 * Of all victims that were restored or forgotten since they were dismissed; a
 * child in the midst of its birth is found the next time. Reads all of /proc,
 * so not while victims wait for a signal.
 *
 * Return: how many tasks were put right; a negative errno of oomk_kin_search():
 * there may be more.
 */
int oomk_adjust_settle(struct oomk_adjust *adjust)
{
	unsigned int nr = adjust->nr_roots;
	int i, found = 1, total = 0;

	if (nr > OOMK_ADJUST_ROOTS)
		nr = OOMK_ADJUST_ROOTS;
	for (i = 0; i < SEARCHES_MAX && found > 0; i++) {
		found = oomk_kin_search(adjust->roots, nr, put_right, NULL);
		if (found > 0)
			total += found;
	}
	return found < 0 ? found : total;
}

/**
 * oomk_adjust_recover() - give every task of the record its old value back
 * @adjust: record
 *
 * And its children.
 *
 * Return: how many tasks were restored.
 */
unsigned int oomk_adjust_recover(struct oomk_adjust *adjust)
{
	unsigned int slot, restored = 0;
	struct record record;
	int found;

	if (adjust->fd < 0)
		return 0;
	for (slot = 0; get_record(adjust, slot, &record); slot++) {
		if (record.over)
			finish(adjust, slot, &record);
		else if (oomk_adjust_restore(adjust, slot) > 0)
			restored++;
	}
	found = oomk_adjust_settle(adjust);
	if (found >= 0)
		oomk_adjust_dismiss(adjust);
	return restored + (found > 0 ? found : 0);
}
