// SPDX-License-Identifier: GPL-2.0
/*
 * Tasks that inherited an oom_score_adj of ours and that nobody told us of:
 * children of victims, and members of jobs that no module knows any more.
 *
 * They are known by three things together: they have a value that was ours,
 * they are younger than it, and they descend from whom it was given to. Of one
 * whose ancestors died in between, the session has to do; that is a guess,
 * and who called setsid(2) as well is not found.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "kin.h"
#include "procfs.h"

#define GENERATIONS_MAX	1000

/* One task of the picture. */
struct task {
	u64 start_ticks;
	pid_t pid;
	pid_t parent;
	pid_t session;
};

/* All tasks, in ascending order, and who is looked for. */
struct picture {
	struct task *tasks;
	size_t nr, room;
	const struct oomk_kin_root *roots;
	unsigned int nr_roots;
};

static int compare_tasks(const void *a, const void *b)
{
	const struct task *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static int add_task(struct picture *picture, pid_t pid)
{
	struct oomk_procfs_stat stat;
	struct task *tasks;

	/* It may well be gone by now. */
	if (oomk_procfs_stat(pid, &stat))
		return 0;
	if (picture->nr == picture->room) {
		picture->room = 2 * picture->room + 256;
		tasks = reallocarray(picture->tasks, picture->room,
				     sizeof(*tasks));
		if (!tasks)
			return -ENOMEM;
		picture->tasks = tasks;
	}
	picture->tasks[picture->nr++] = (struct task) {
		.start_ticks = stat.start_ticks,
		.pid = pid,
		.parent = stat.parent,
		.session = stat.session,
	};
	return 0;
}

static int take_picture(struct picture *picture)
{
	DIR *dir = oomk_procfs_dir();
	struct dirent *entry;
	int err = 0;

	if (!dir)
		return -errno;
	while (!err && (entry = readdir(dir)))
		if (isdigit((unsigned char)*entry->d_name))
			err = add_task(picture, atoi(entry->d_name));
	closedir(dir);
	if (!err)
		qsort(picture->tasks, picture->nr, sizeof(*picture->tasks),
		      compare_tasks);
	return err;
}

static const struct task *find_task(const struct picture *picture, pid_t pid)
{
	const struct task key = { .pid = pid };

	return bsearch(&key, picture->tasks, picture->nr, sizeof(key),
		       compare_tasks);
}

static bool gave(const struct oomk_kin_root *root, const struct task *task,
		 int adj)
{
	int i;

	if (task->start_ticks < root->since_ticks)
		return false;
	for (i = 0; i < OOMK_KIN_VALUES; i++)
		if (root->values[i] == adj)
			return true;
	return false;
}

/* The root that @at is, if @task could have @adj from it. */
static const struct oomk_kin_root *root_at(const struct picture *picture,
					   const struct task *at,
					   const struct task *task, int adj)
{
	const struct oomk_kin_root *root = picture->roots;
	const struct oomk_kin_root *end = root + picture->nr_roots;

	for (; root < end; root++)
		if (root->pid == at->pid &&
		    root->start_ticks == at->start_ticks &&
		    gave(root, task, adj))
			return root;
	return NULL;
}

static const struct oomk_kin_root *root_of(const struct picture *picture,
					   const struct task *task, int adj)
{
	const struct oomk_kin_root *root;
	const struct task *at = task;
	int i;

	for (i = 0; i < GENERATIONS_MAX && at && at->pid > 1; i++) {
		root = root_at(picture, at, task, adj);
		if (root)
			return root;
		at = find_task(picture, at->parent);
	}
	root = picture->roots;
	for (; root < picture->roots + picture->nr_roots; root++)
		if (root->session && root->session == task->session &&
		    gave(root, task, adj))
			return root;
	return NULL;
}

static bool is_value(const struct picture *picture, int adj)
{
	unsigned int i, j;

	for (i = 0; i < picture->nr_roots; i++)
		for (j = 0; j < OOMK_KIN_VALUES; j++)
			if (picture->roots[i].values[j] == adj)
				return true;
	return false;
}

static bool visit(const struct picture *picture, const struct task *task,
		  oomk_kin_found_t found, void *arg)
{
	const struct oomk_kin_root *root;
	struct oomk_kin kin = {
		.start_ticks = task->start_ticks,
		.pid = task->pid,
		.session = task->session,
	};
	int fd, err;

	fd = oomk_procfs_adj_open(task->pid);
	if (fd < 0)
		return false;
	err = oomk_procfs_adj_read(fd, &kin.adj);
	close(fd);
	if (err || kin.adj == OOMK_ADJ_MIN || !is_value(picture, kin.adj))
		return false;
	root = root_of(picture, task, kin.adj);
	return root && found(&kin, root, arg);
}

/**
 * oomk_kin_search() - look for those who inherited
 * @roots: whose values
 * @nr: how many
 * @found: called for each, the roots included if they have such a value
 * @arg: passed to @found
 *
 * Reads all of /proc, and allocates.
 *
 * Return: how many were put right; -ENOMEM; a negative errno of opendir(3).
 */
int oomk_kin_search(const struct oomk_kin_root *roots, unsigned int nr,
		    oomk_kin_found_t found, void *arg)
{
	struct picture picture = { .roots = roots, .nr_roots = nr };
	int ret = 0;
	size_t i;

	if (!nr)
		return 0;
	ret = take_picture(&picture);
	for (i = 0; ret >= 0 && i < picture.nr; i++)
		ret += visit(&picture, &picture.tasks[i], found, arg);
	free(picture.tasks);
	return ret;
}
