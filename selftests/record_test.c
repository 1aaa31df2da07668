// SPDX-License-Identifier: GPL-2.0
/*
 * What the safety net knows: the record of what was done, which has to be there
 * after a crash, and which values of which job are ours.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "claim.h"
#include "record.h"
#include "safety.h"

static int nr_tests, failures;
static char dir_path[64];
static int dir;

#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			printf("# line %d: %s\n", __LINE__, #condition); \
			failed = true; \
		} \
	} while (0)

static void result(const char *name, bool failed)
{
	printf("%sok %d %s\n", failed ? "not " : "", ++nr_tests, name);
	failures += failed;
}

/* What a task of this oom_score_adj is worth while nobody names it. */
static int worth(int adj, int base)
{
	return adj < 0 ? base + (1000 - base) * -adj / 1000 :
			 base - base * adj / 1000;
}

/*
 * For each default: a greater utility never has a greater value, the default
 * itself has 0, nothing is exempt; and an unnamed task that somebody gave this
 * value counts as much as the named one, to within a rounding.
 */
static void test_mapping(void)
{
	bool failed = false;
	int base, u, adj, last;

	for (base = 0; base <= 1000; base++) {
		last = 1001;
		for (u = 0; u <= 1000; u++) {
			adj = oomk_safety_adj(u, base);
			CHECK(adj <= last && adj >= -999 && adj <= 1000);
			CHECK(u != base || adj == 0);
			CHECK(abs(worth(adj, base) - u) <= 2);
			last = adj;
			if (failed) {
				printf("# default %d utility %d: %d\n", base,
				       u, adj);
				goto out;
			}
		}
	}
	CHECK(oomk_safety_adj(0, 100) == 1000);
	CHECK(oomk_safety_adj(1000, 100) == -999);
	CHECK(oomk_safety_adj(550, 100) == -499);
	CHECK(oomk_safety_adj(50, 100) == 500);
out:
	result("mapping", failed);
}

static void fill(struct oomk_entry *entry, pid_t pid)
{
	memset(entry, 0, sizeof(*entry));
	entry->pid = pid;
	entry->start_ticks = 1000 + pid;
	entry->job_id = pid % 7;
	entry->before = pid % 500;
	entry->ours = -(pid % 900);
}

static bool is_there(struct oomk_record *record, pid_t pid)
{
	struct oomk_entry *entry, want;

	fill(&want, pid);
	entry = oomk_record_find(record, pid, 1000 + pid);
	return entry && !memcmp(entry, &want, sizeof(want));
}

/* Entries come and go at random, the file grows; a table of flags knows. */
static void test_record(void)
{
	static bool model[6000];
	struct oomk_record crashed, record;
	struct oomk_entry entry, *added;
	bool failed = false;
	unsigned int i, nr = 0;
	pid_t pid;

	CHECK(!oomk_record_open(&record, dir));
	srand(1);
	for (i = 0; i < 40000 && !failed; i++) {
		pid = 1 + rand() % 5999;
		fill(&entry, pid);
		CHECK(is_there(&record, pid) == model[pid]);
		if (!model[pid]) {
			CHECK(!oomk_record_add(&record, &entry, &added));
			CHECK(added->pid == pid);
			nr++;
		} else if (rand() % 3 == 0) {
			oomk_record_drop(&record,
					 oomk_record_find(&record, pid,
							  1000 + pid));
			nr--;
		} else {
			continue;
		}
		model[pid] = !model[pid];
		CHECK(record.nr == nr);
	}
	CHECK(record.capacity > 1024 && record.capacity <= 8192);
	result("entries come and go", failed);

	/* A crash: nothing is closed, the next one reads what is there. */
	failed = false;
	crashed = record;
	CHECK(!oomk_record_open(&record, dir));
	CHECK(record.nr == nr);
	for (pid = 1; pid < 6000; pid++)
		CHECK(is_there(&record, pid) == model[pid]);
	CHECK(!oomk_record_find(&record, 17, 1));
	oomk_record_close(&record);
	CHECK(!oomk_record_find(&record, 17, 1017));
	fill(&entry, 17);
	CHECK(oomk_record_add(&record, &entry, &added) == -EBADF);
	oomk_record_close(&crashed);
	result("they are there after a crash", failed);
}

/* Without room nothing can be added, and what is there stays. */
static void test_no_room(void)
{
	struct rlimit limit;
	struct oomk_record record;
	struct oomk_entry entry, *added;
	bool failed = false;
	rlim_t old;
	pid_t pid;
	int err = 0;

	unlinkat(dir, "members", 0);
	CHECK(!oomk_record_open(&record, dir));
	getrlimit(RLIMIT_FSIZE, &limit);
	old = limit.rlim_cur;
	limit.rlim_cur = record.capacity * sizeof(entry);
	setrlimit(RLIMIT_FSIZE, &limit);
	for (pid = 1; pid < 6000 && !err; pid++) {
		fill(&entry, pid);
		err = oomk_record_add(&record, &entry, &added);
	}
	CHECK(err == -EFBIG);
	CHECK(pid - 2 == (pid_t)record.capacity);
	CHECK(is_there(&record, 1) && is_there(&record, pid - 2));
	limit.rlim_cur = old;
	setrlimit(RLIMIT_FSIZE, &limit);
	CHECK(!oomk_record_add(&record, &entry, &added));
	oomk_record_close(&record);
	result("without room nothing is added", failed);
}

static void test_claims(void)
{
	struct oomk_claims claims = { 0 };
	const u64 jobs[] = { 5, 9 };
	bool failed = false;
	int i;

	CHECK(!oomk_claims_have(&claims, 5, -888));
	for (i = 0; i < 300; i++) {
		oomk_claims_add(&claims, 5, -888);
		oomk_claims_add(&claims, 7, 1000 - i);
		oomk_claims_add(&claims, 9, 44);
	}
	oomk_claims_sort(&claims);
	CHECK(claims.nr == 302);
	CHECK(oomk_claims_have(&claims, 5, -888));
	CHECK(!oomk_claims_have(&claims, 5, 44));
	CHECK(oomk_claims_have(&claims, 7, 701));
	CHECK(!oomk_claims_have(&claims, 7, 700));
	/* Of a job that was given nothing, anything that anybody was. */
	CHECK(oomk_claims_have(&claims, 6, -888));
	CHECK(!oomk_claims_have(&claims, 6, -887));
	oomk_claims_keep(&claims, jobs, 2);
	CHECK(claims.nr == 2);
	CHECK(oomk_claims_have(&claims, 9, 44));
	CHECK(!oomk_claims_have(&claims, 9, -888));
	CHECK(oomk_claims_have(&claims, 7, -888));
	oomk_claims_free(&claims);
	result("claims", failed);
}

int main(void)
{
	signal(SIGXFSZ, SIG_IGN);
	strcpy(dir_path, "/tmp/oomk-record-XXXXXX");
	if (!mkdtemp(dir_path))
		return 1;
	dir = open(dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	puts("TAP version 13\n1..5");
	test_mapping();
	test_record();
	test_no_room();
	test_claims();
	unlinkat(dir, "members", 0);
	rmdir(dir_path);
	return failures != 0;
}
