// SPDX-License-Identifier: GPL-2.0
/*
 * The record of what was done to oom_score_adj of tasks in jobs. It is a file
 * in memory, so that it outlives the executor, however that ends: an entry is
 * complete before the value of its task is changed, and goes after the value
 * was put right.
 *
 * The file is mapped and is itself the table. Its blocks are reserved when it
 * grows, or an entry in a full file system would be the end of us.
 */
#define _GNU_SOURCE		/* mremap */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record.h"

#define RECORD_NAME	"members"
#define CAPACITY_MIN	1024U
/* No machine has more tasks. */
#define CAPACITY_MAX	4194304U

static u32 *head_of(struct oomk_record *record, pid_t pid)
{
	return &record->heads[(u32)pid % OOMK_RECORD_HEADS];
}

/* Into its bucket, or to the free ones. */
static void index_entry(struct oomk_record *record, u32 i)
{
	const struct oomk_entry *entry = &record->entries[i];
	u32 *head = entry->pid ? head_of(record, entry->pid) : &record->free;

	record->next[i] = *head;
	*head = i + 1;
	record->nr += !!entry->pid;
}

static int grow(struct oomk_record *record, unsigned int capacity)
{
	size_t old_bytes = record->capacity * sizeof(*record->entries);
	size_t bytes = capacity * sizeof(*record->entries);
	struct oomk_entry *entries;
	u32 *next;
	u32 i;
	int err;

	if (capacity > CAPACITY_MAX)
		return -ENOSPC;
	next = realloc(record->next, capacity * sizeof(*next));
	if (!next)
		return -ENOMEM;
	record->next = next;
	err = posix_fallocate(record->fd, 0, bytes);
	if (err)
		return -err;
	if (record->entries)
		entries = mremap(record->entries, old_bytes, bytes,
				 MREMAP_MAYMOVE);
	else
		entries = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
			       record->fd, 0);
	if (entries == MAP_FAILED)
		return -errno;
	record->entries = entries;
	for (i = capacity; i-- > record->capacity;)
		index_entry(record, i);
	record->capacity = capacity;
	return 0;
}

/**
 * oomk_record_open() - open the record
 * @record: out
 * @dir: descriptor of the directory it is kept in
 *
 * What an executor before left in it is there.
 *
 * Return: 0; a negative errno, with which nothing can be added.
 */
int oomk_record_open(struct oomk_record *record, int dir)
{
	unsigned int capacity;
	struct stat st;
	int err;

	memset(record, 0, sizeof(*record));
	record->fd = openat(dir, RECORD_NAME,
			    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (record->fd < 0)
		return -errno;
	err = fstat(record->fd, &st) ? -errno : 0;
	if (!err) {
		capacity = st.st_size / sizeof(*record->entries);
		err = grow(record, capacity < CAPACITY_MIN ? CAPACITY_MIN :
							     capacity);
	}
	if (err)
		oomk_record_close(record);
	return err;
}

/**
 * oomk_record_close() - close the record, keep the file
 * @record: open or not
 */
void oomk_record_close(struct oomk_record *record)
{
	if (record->entries)
		munmap(record->entries,
		       record->capacity * sizeof(*record->entries));
	free(record->next);
	if (record->fd >= 0)
		close(record->fd);
	memset(record, 0, sizeof(*record));
	record->fd = -1;
}

/**
 * oomk_record_find() - look up a task
 * @record: open or not
 * @pid: thread group
 * @start_ticks: its start time
 *
 * Return: its entry, valid until one is added; or NULL.
 */
struct oomk_entry *oomk_record_find(struct oomk_record *record, pid_t pid,
				    u64 start_ticks)
{
	struct oomk_entry *entry;
	u32 i;

	if (!record->entries)
		return NULL;
	for (i = *head_of(record, pid); i; i = record->next[i - 1]) {
		entry = &record->entries[i - 1];
		if (entry->pid == pid && entry->start_ticks == start_ticks)
			return entry;
	}
	return NULL;
}

/**
 * oomk_record_add() - write down what is to be done to a task
 * @record: open or not
 * @entry: of a task that has none yet
 * @added: out: where it is now, valid until the next one is added
 *
 * Return: 0; -EBADF: there is no record; -ENOSPC; -ENOMEM. After a failure
 * the task must not be changed.
 */
int oomk_record_add(struct oomk_record *record, const struct oomk_entry *entry,
		    struct oomk_entry **added)
{
	u32 *head = head_of(record, entry->pid);
	struct oomk_entry blank = *entry;
	int err;
	u32 i;

	if (!record->entries)
		return -EBADF;
	if (!record->free) {
		err = grow(record, 2 * record->capacity);
		if (err)
			return err;
	}
	i = record->free - 1;
	*added = &record->entries[i];
	record->free = record->next[i];
	/* The pid makes it valid, so it comes last, whenever we are killed. */
	blank.pid = 0;
	**added = blank;
	__atomic_store_n(&(*added)->pid, entry->pid, __ATOMIC_RELEASE);
	record->next[i] = *head;
	*head = i + 1;
	record->nr++;
	return 0;
}

/**
 * oomk_record_drop() - forget a task, nothing is left to be put right
 * @record: open
 * @entry: of this record
 */
void oomk_record_drop(struct oomk_record *record, struct oomk_entry *entry)
{
	u32 i = entry - record->entries;
	u32 *link = head_of(record, entry->pid);

	while (*link != i + 1)
		link = &record->next[*link - 1];
	*link = record->next[i];
	__atomic_store_n(&entry->pid, 0, __ATOMIC_RELEASE);
	record->next[i] = record->free;
	record->free = i + 1;
	record->nr--;
}
