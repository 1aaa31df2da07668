// SPDX-License-Identifier: GPL-2.0
/*
 * soak_stage - live through the worlds of one act, in a guest, and tell of them
 *
 * usage: soak_stage ACT ORDERS
 *
 * ACT is a file of worlds as soak_world.py writes them, ORDERS the fifo of
 * rounds_nurse. A world is cast, pressed until a cycle ran, healed, told of and
 * killed. Marks are moved, so that memory need not be filled to be short; only
 * hogs fill it. Nothing is judged here: every line of output begins with a word
 * that says what it is, and selftests/soak reads them. One process does it all,
 * since under emulation a fork costs more than what is looked at.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "soak_cast.h"
#include "../daemon/record.h"

#define LOOK_US		20000
#define CYCLE_MS	240000
#define HEAL_MS		60000
#define OPEN_LOOKS	50
#define RUN_DIR		"/run/oomk"

static FILE *orders;
static char policy[512], press[64], harm[64];

struct view {
	u64 total, available, cycle;
	unsigned int level, state, executor, jobs, members;
};

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void on_view(struct nlattr **attrs, void *arg)
{
	struct view *view = arg;

	view->total = door_number(attrs, OOMK_A_STATUS_TOTAL_PAGES);
	view->available = door_number(attrs, OOMK_A_STATUS_AVAILABLE_PAGES);
	view->cycle = door_number(attrs, OOMK_A_STATUS_CYCLE);
	view->level = door_number(attrs, OOMK_A_STATUS_LEVEL);
	view->state = door_number(attrs, OOMK_A_STATUS_REQUEST_STATE);
	view->executor = door_number(attrs, OOMK_A_STATUS_EXECUTOR_PID);
	view->jobs = door_number(attrs, OOMK_A_STATUS_JOBS);
	view->members = door_number(attrs, OOMK_A_STATUS_MEMBERS);
}

static struct view look(void)
{
	struct view view = {};

	if (door_ask(&door, door_request(&door, OOMK_CMD_STATUS_GET,
					 NLM_F_ACK), on_view, &view))
		lost("no status", "");
	return view;
}

static bool run(char **argv)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		execvp(argv[0], argv);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

static void set_marks(unsigned int soft, unsigned int hard,
		      unsigned int recovery)
{
	struct nl_msg *msg = door_request(&door, OOMK_CMD_POLICY_SET,
					  NLM_F_ACK);

	nla_put_u32(msg, OOMK_A_POLICY_SOFT_PERCENT, soft);
	nla_put_u32(msg, OOMK_A_POLICY_HARD_PERCENT, hard);
	nla_put_u32(msg, OOMK_A_POLICY_RECOVERY_POINTS, recovery);
	if (door_ask(&door, msg, NULL, NULL))
		lost("marks refused", press);
}

/*
 * press soft|hard NEED: the soft mark goes above what is available, and the
 * recovery mark so far beyond that NEED per mille of RAM are to be freed.
 */
static void press_marks(const char *level, unsigned int need)
{
	struct view view = look();
	unsigned int soft = view.available * 100 / view.total + 2;
	unsigned int all = (view.available * 1000 / view.total + need) / 10;
	unsigned int recovery = all > soft ? all - soft : 0;

	if (soft > 50)
		lost("too much is free:", press);
	set_marks(soft, strcmp(level, "hard") ? 0 : soft - 1,
		  recovery > 50 ? 50 : recovery);
}

static bool hogs_live(void)
{
	unsigned int i;

	for (i = 0; i < nr_casts; i++)
		if (is(&casts[i], "hog") &&
		    waitpid(casts[i].pid, NULL, WNOHANG) == 0)
			return true;
	return false;
}

static void feed_hogs(void)
{
	unsigned int i;

	set_marks(10, 5, 10);
	for (i = 0; i < nr_casts; i++)
		if (is(&casts[i], "hog"))
			kill(casts[i].pid, SIGCONT);
}

static bool cycle_done(u64 first, bool hogs)
{
	struct view view = look();

	return view.cycle > first && view.state == OOMK_REQUEST_IDLE &&
	       !(hogs && hogs_live());
}

static bool calm(void)
{
	struct view view = look();

	return view.level == OOMK_LEVEL_CALM &&
	       view.state == OOMK_REQUEST_IDLE;
}

static void order(const char *what)
{
	fprintf(orders, "%s\n", what);
	fflush(orders);
}

static void play(u64 first)
{
	long long until = now_ms() + CYCLE_MS;
	char level[8] = "";
	unsigned int need = 0;
	bool hogs;

	order(harm);
	/* Harm that is done now is to come before the cycle. */
	if (strstr(harm, " now 0 "))
		usleep(100000);
	if (sscanf(press, "%7s %u", level, &need) < 1)
		lost("what is", press);
	hogs = !strcmp(level, "hog");
	if (hogs)
		feed_hogs();
	else
		press_marks(level, need);
	for (; !cycle_done(first, hogs); usleep(LOOK_US))
		if (now_ms() > until)
			lost("no end after", press);
	set_marks(2, 0, 5);
	for (; !calm(); usleep(LOOK_US))
		if (now_ms() > until)
			lost("no calm after", press);
}

static bool seated(void)
{
	unsigned int pid = look().executor;
	const char *comm = pid ? slurp_of(pid, "comm") : NULL;

	return comm && !strcmp(comm, "oomkd\n");
}

/* Blocks of victims' old values: of an executor that is done, all are 0. */
static unsigned int raised(void)
{
	static const char none[4096];
	FILE *file = fopen(RUN_DIR "/adjusted", "r");
	static char block[4096];
	unsigned int used = 0;
	size_t len;

	while (file && (len = fread(block, 1, sizeof(block), file)) > 0)
		used += memcmp(block, none, len) != 0;
	if (file)
		fclose(file);
	return used;
}

/* Entries of the record of members that are in use. */
static unsigned int recorded(void)
{
	struct oomk_entry entry;
	unsigned int used = 0;
	FILE *file = fopen(RUN_DIR "/members", "r");

	while (file && fread(&entry, sizeof(entry), 1, file) == 1)
		used += entry.pid > 0;
	if (file)
		fclose(file);
	return used;
}

/* Those who live on from world to world have what is due to them. */
static bool healed(unsigned int members, bool safety_net)
{
	const struct task *task;

	look_at_tasks();
	for (task = tasks; task < tasks + nr_tasks; task++)
		if (!task->dead && task->adj != task->cast->adj)
			return false;
	return look().members == members && !raised() &&
	       recorded() == (safety_net ? members : 0);
}

/* Everybody is forgotten, and is to be as he was before. */
static void heal(unsigned int members, bool safety_net)
{
	long long until = now_ms() + HEAL_MS;
	const struct task *task;

	order("rest");
	for (; !seated(); usleep(LOOK_US))
		if (now_ms() > until)
			lost("the executor is not back", "");
	look_at_tasks();
	for (task = tasks; task < tasks + nr_tasks; task++) {
		if (task->dead || *task->cast->utility == '-')
			continue;
		/* Who shares a job with one before is in none any more. */
		if (*task->cast->utility == 'p')
			door_job(&door, OOMK_CMD_JOB_CLEAR, task->pid,
				 DOOR_NO_UTILITY, DOOR_PROTECTED);
		door_job(&door, OOMK_CMD_JOB_CLEAR, task->pid, DOOR_NO_UTILITY,
			 0);
	}
	while (!healed(members, safety_net) && now_ms() < until)
		usleep(LOOK_US);
}

static unsigned int nr_files(const char *path, bool tell)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	unsigned int nr = 0;

	while (dir && (entry = readdir(dir))) {
		if (*entry->d_name == '.')
			continue;
		nr++;
		if (tell)
			printf("run %s\n", entry->d_name);
	}
	if (dir)
		closedir(dir);
	return nr;
}

static void tell_open(const char *path)
{
	char name[PATH_MAX], to[PATH_MAX];
	DIR *dir = opendir(path);
	struct dirent *entry;
	ssize_t len;

	while (dir && (entry = readdir(dir))) {
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		len = readlink(name, to, sizeof(to) - 1);
		if (len > 0)
			printf("open %s %.*s\n", entry->d_name, (int)len, to);
	}
	if (dir)
		closedir(dir);
}

/*
 * What an executor has open for a moment is not left open: if they are not as
 * many as after the world before, there are more looks, and then their names.
 */
static unsigned int nr_left_open(pid_t pid)
{
	static unsigned int before;
	static pid_t whose;
	unsigned int i, nr;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	nr = nr_files(path, false);
	for (i = 0; i < OPEN_LOOKS && pid == whose && nr != before; i++) {
		usleep(LOOK_US);
		nr = nr_files(path, false);
	}
	if (i == OPEN_LOOKS)
		tell_open(path);
	whose = pid;
	before = nr;
	return nr;
}

static void tell_of_executor(void)
{
	struct view view = look();
	unsigned long rss_kb;

	rss_kb = number_of(slurp_of(view.executor, "status"), "VmRSS:");
	printf("oomkd %u %lu %u\n", view.executor, rss_kb,
	       nr_left_open(view.executor));
	printf("rest %u %u %u %u %u\n", view.state, view.jobs, view.members,
	       recorded(), raised());
	nr_files(RUN_DIR, true);
}

static void tell_of_cycles(u64 cycle, u64 last)
{
	char ctl[] = "oomkctl", show[] = "show", json[] = "--json";
	char number[24];
	char *argv[5] = { ctl, show, number, json };

	while (cycle++ < last) {
		snprintf(number, sizeof(number), "%llu",
			 (unsigned long long)cycle);
		printf("record %s\n", number);
		/* Of many that were infeasible in a row most are forgotten. */
		if (!run(argv))
			printf("gone %s\n", number);
		printf("endrecord\n");
	}
}

static void end_world(void)
{
	unsigned int i;

	for (i = 0; i < nr_casts; i++) {
		kill(-casts[i].pid, SIGKILL);
		close(casts[i].out);
	}
	while (waitpid(-1, NULL, 0) > 0)
		;
	nr_casts = 0;
}

static void live_through(void)
{
	char ctl[] = "oomkctl", verb[] = "policy", set[] = "set";
	char *argv[WORDS_MAX + 3] = { ctl, verb, set };
	unsigned long kills = number_of(slurp("/proc/vmstat"), "oom_kill ");
	long long from = now_ms();
	struct view view = look();
	bool safety_net = !strstr(policy, "safety_net=off");

	split(policy, argv + 3);
	if (!run(argv))
		lost("policy refused", "");
	set_stage();
	tell_tasks("is");
	play(view.cycle);
	heal(view.members, safety_net);
	tell_of_cycles(view.cycle, look().cycle);
	tell_tasks("lives");
	tell_of_executor();
	printf("oom_kill %lu\n",
	       number_of(slurp("/proc/vmstat"), "oom_kill ") - kills);
	end_world();
	printf("end %s %lld\n", world, now_ms() - from);
	fflush(stdout);
}

static void be_told(char *line)
{
	char *rest = strchr(line, ' ');

	if (rest)
		*rest++ = 0;
	if (!strcmp(line, "go"))
		live_through();
	else if (!rest)
		lost("what is", line);
	else if (!strcmp(line, "proc"))
		add_cast(rest);
	else if (!strcmp(line, "policy"))
		snprintf(policy, sizeof(policy), "%s", rest);
	else if (!strcmp(line, "press"))
		snprintf(press, sizeof(press), "%s", rest);
	else if (!strcmp(line, "harm"))
		snprintf(harm, sizeof(harm), "harm %s", rest);
	else if (!strcmp(line, "world") && printf("world %s\n", rest) > 0)
		snprintf(world, sizeof(world), "%s", rest);
	else
		lost("what is", line);
}

int main(int argc, char **argv)
{
	char line[1024];
	FILE *act;

	if (argc != 3)
		errx(2, "usage: soak_stage ACT ORDERS");
	act = fopen(argv[1], "re");
	orders = fopen(argv[2], "we");
	if (!act || !orders || door_open(&door))
		err(EXIT_FAILURE, "cannot set up");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	total_kb = number_of(slurp("/proc/meminfo"), "MemTotal:");
	if (mkdir(GROUP, 0755) && errno != EEXIST)
		err(EXIT_FAILURE, GROUP);
	put(GROUP "/memory.oom.group", "1");
	while (fgets(line, sizeof(line), act)) {
		line[strcspn(line, "\n")] = 0;
		be_told(line);
	}
	return 0;
}
