/* SPDX-License-Identifier: GPL-2.0 */
/* The processes of a world of the soak: started, named, looked at. */
#ifndef OOMK_SELFTESTS_SOAK_CAST_H
#define OOMK_SELFTESTS_SOAK_CAST_H

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "door.h"

#define CAST_MAX	16
#define WORDS_MAX	32
#define TASKS_MAX	128
#define READY_MS	120000
#define GROUP		"/sys/fs/cgroup/soak"

static struct cast {
	char name[24];
	char kind[16];
	char utility[16];	/* a number, "-" or "protected" */
	int adj;
	pid_t pid;		/* and process group of all that it forks */
	int out;
	char said[1024];
	size_t fill;
} casts[CAST_MAX];

/* Whoever belongs to a cast, at the last look. */
static struct task {
	const struct cast *cast;
	pid_t pid;
	int adj;
	bool dead;
} tasks[TASKS_MAX];

static unsigned int nr_casts, nr_tasks;
static struct door door;
static unsigned long total_kb;
static char world[16] = "none";

static inline void lost(const char *what, const char *who)
{
	printf("error world %s: %s %s\n", world, what, who);
	fflush(stdout);
	exit(EXIT_FAILURE);
}

/* Splits @text in place. */
static inline unsigned int split(char *text, char **words)
{
	unsigned int nr = 0;
	char *word;

	for (word = strtok(text, " "); word && nr < WORDS_MAX - 1;
	     word = strtok(NULL, " "))
		words[nr++] = word;
	words[nr] = NULL;
	return nr;
}

/* Returns what is in a small file, without line end; NULL: it is gone. */
static inline const char *slurp(const char *path)
{
	static char text[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return NULL;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len < 0)
		return NULL;
	text[len] = 0;
	return text;
}

static inline const char *slurp_of(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return slurp(path);
}

/* A number behind a key, as in /proc/meminfo. */
static inline unsigned long number_of(const char *text, const char *key)
{
	const char *at = text ? strstr(text, key) : NULL;

	return at ? strtoul(at + strlen(key), NULL, 10) : 0;
}

/* Takes memory's share for "@120". */
static inline void size_words(char **words, char (*sizes)[24])
{
	for (; *words; words++) {
		if (**words != '@')
			continue;
		snprintf(*sizes, sizeof(*sizes), "%luK",
			 total_kb * strtoul(*words + 1, NULL, 10) / 1000);
		*words = *sizes++;
	}
}

/* Everybody stops before he becomes his program, and so can be named first. */
static inline void spawn(struct cast *cast, char **words)
{
	char start[] = "rounds_start";
	char sizes[WORDS_MAX][24];
	int ends[2];

	/* PROGRAM ARG... has room for three words before it. */
	words[0] = start;
	size_words(words, sizes);
	if (pipe2(ends, O_CLOEXEC))
		lost("no pipe for", cast->name);
	cast->pid = fork();
	if (!cast->pid) {
		/* As a service or a login has it: a session of its own. */
		setsid();
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		execvp(words[0], words);
		_exit(127);
	}
	if (cast->pid < 0)
		lost("no fork for", cast->name);
	close(ends[1]);
	cast->out = ends[0];
}

/* proc NAME KIND UTILITY EACH USER ADJ PROGRAM ARG... */
static inline void add_cast(char *text)
{
	struct cast *cast = &casts[nr_casts];
	char *words[WORDS_MAX];
	char *user;

	if (nr_casts++ == CAST_MAX || split(text, words) < 7)
		lost("what cast is", text);
	memset(cast, 0, sizeof(*cast));
	snprintf(cast->name, sizeof(cast->name), "%s", words[0]);
	snprintf(cast->kind, sizeof(cast->kind), "%s", words[1]);
	snprintf(cast->utility, sizeof(cast->utility), "%s%s", words[2],
		 *words[3] == '1' ? "+" : "");
	cast->adj = atoi(words[5]);
	user = words[4];
	words[4] = words[5];
	words[5] = user;
	spawn(cast, words + 3);
}

static inline void name_cast(const struct cast *cast)
{
	int ret = 0;

	if (isdigit(*cast->utility))
		ret = door_job(&door, OOMK_CMD_JOB_SET, cast->pid,
			       atoi(cast->utility),
			       strchr(cast->utility, '+') ? DOOR_EACH : 0);
	else if (*cast->utility == 'p')
		ret = door_job(&door, OOMK_CMD_JOB_SET, cast->pid,
			       DOOR_NO_UTILITY, DOOR_PROTECTED);
	if (ret)
		lost("refused to name", cast->name);
}

static inline void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		lost("cannot write", path);
	close(fd);
}

static inline bool is(const struct cast *cast, const char *kind)
{
	return !strcmp(cast->kind, kind);
}

static inline void stop_of(const struct cast *cast)
{
	int status;

	if (waitpid(cast->pid, &status, WUNTRACED) != cast->pid ||
	    !WIFSTOPPED(status))
		lost("does not stop:", cast->name);
}

/* Until it said that it has its memory. */
static inline void await_ready(struct cast *cast, const char *word)
{
	struct pollfd poll_out = { .fd = cast->out, .events = POLLIN };
	ssize_t len;

	while (!strstr(cast->said, word)) {
		if (poll(&poll_out, 1, READY_MS) <= 0)
			lost("is not ready:", cast->name);
		len = read(cast->out, cast->said + cast->fill,
			   sizeof(cast->said) - 1 - cast->fill);
		if (len <= 0)
			lost("ended:", cast->name);
		cast->fill += len;
		cast->said[cast->fill] = 0;
	}
}

static inline void set_stage(void)
{
	struct cast *cast;
	char pid[16];

	for (cast = casts; cast < casts + nr_casts; cast++) {
		stop_of(cast);
		if (is(cast, "group")) {
			snprintf(pid, sizeof(pid), "%d", cast->pid);
			put(GROUP "/cgroup.procs", pid);
		}
		name_cast(cast);
		if (!is(cast, "hog"))
			kill(cast->pid, SIGCONT);
	}
	for (cast = casts; cast < casts + nr_casts; cast++) {
		if (is(cast, "hog"))
			continue;
		await_ready(cast, is(cast, "full") ? "full" : "ready");
		if (!is(cast, "stopped"))
			continue;
		kill(cast->pid, SIGSTOP);
		stop_of(cast);
	}
}

/* The state letter, and the process group; 0 if it is gone. */
static inline char state_of(pid_t pid, pid_t *group)
{
	const char *text = slurp_of(pid, "stat");
	char state;

	/* The name in parentheses may itself hold one. */
	text = text ? strrchr(text, ')') : NULL;
	if (!text || sscanf(text, ") %c %*d %d", &state, group) != 2)
		return 0;
	return state;
}

static inline const struct cast *cast_of(pid_t group)
{
	unsigned int i;

	for (i = 0; i < nr_casts; i++)
		if (casts[i].pid == group)
			return &casts[i];
	return NULL;
}

/* A zombie with threads that live is a leader who left. */
static inline bool only_leader(pid_t pid)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	return stat(path, &st) || st.st_nlink <= 3;
}

static inline void look_at_tasks(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	const char *text;
	struct task *task;
	pid_t pid, group;
	char state;

	nr_tasks = 0;
	while (proc && (entry = readdir(proc)) && nr_tasks < TASKS_MAX) {
		pid = atoi(entry->d_name);
		state = pid > 0 ? state_of(pid, &group) : 0;
		task = &tasks[nr_tasks];
		task->cast = state ? cast_of(group) : NULL;
		if (!task->cast)
			continue;
		task->pid = pid;
		task->dead = state == 'X' || (state == 'Z' && only_leader(pid));
		text = slurp_of(pid, "oom_score_adj");
		task->adj = text ? atoi(text) : INT_MIN;
		nr_tasks++;
	}
	closedir(proc);
}

static inline void tell_tasks(const char *word)
{
	const struct task *task;

	look_at_tasks();
	for (task = tasks; task < tasks + nr_tasks; task++)
		if (!task->dead)
			printf("%s %s %d %d\n", word, task->cast->name,
			       task->pid, task->adj);
}

#endif /* OOMK_SELFTESTS_SOAK_CAST_H */
