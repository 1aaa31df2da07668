// SPDX-License-Identifier: GPL-2.0
/*
 * A PSI trigger inside the kernel.
 *
 * Triggers belong to open files: one writes "full THRESHOLD WINDOW" into
 * memory.pressure of a cgroup and polls the file. Nothing of the mechanism
 * underneath can be called by a module, so this file does what a program
 * would do: it opens memory.pressure of the root cgroup, writes the trigger,
 * and hooks the file's wait queue.
 *
 *	psi worker --> wait queue --> psi_wake() --> work --> notify()
 *
 * Mount. The file is opened on a cgroup2 mount of our own, in no namespace.
 * Mounting cgroup2 sets its global options to those given, in the initial
 * cgroup namespace, so the mount is given the ones in force and checked
 * afterwards. All is done from a kernel worker, which always lives in the
 * initial namespaces and has all capabilities: whoever loads the module,
 * from whatever container, the root is the machine's and the trigger is of
 * the kind that is polled as quickly as its window asks for.
 *
 * Wake-ups. Whoever polls the same cgroup file, whatever its trigger, shares
 * the wait queue. So psi_wake() only queues the work, and the work asks
 * vfs_poll() whether our trigger fired: EPOLLPRI. EPOLLERR says that the
 * trigger is gone, because somebody wrote 0 to cgroup.pressure; the file is
 * of no more use then and a new one is opened, after 1 s, 2 s, 4 s and so on
 * up to 64 s, for as long as the module is loaded.
 *
 * Who touches what. Opening, hooking, polling and closing is done by the work
 * alone, which never runs twice at a time, and by init and exit while it
 * cannot run. Readers of the averages share the file with it under
 * psi_file_lock. The work has a queue of its own: opening allocates and starts
 * a kernel thread, which may take long just when the watermarks must not wait.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "psi.h"

#include <linux/cgroup.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/mount.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "trace.h"

#define RETRY_FIRST_MS	1000
#define RETRY_LAST_MS	64000

/**
 * struct psi_wish - what the trigger is to look like
 * @full_percent: full stall, per cent of the window; 0: no trigger
 * @window_ms: the window
 */
struct psi_wish {
	u32 full_percent;
	u32 window_ms;
};

/* What has become of the wish. */
enum psi_state {
	PSI_NONE,	/* not tried yet */
	PSI_ABSENT,	/* this kernel has none, there is no use in trying */
	PSI_LOST,	/* no file, try again later */
	PSI_OPEN,	/* averages only, as wished */
	PSI_ARMED,
};

static struct workqueue_struct *psi_wq;		/* set at init */
static void (*psi_notify)(u64 since_ns);	/* set at init */

static void psi_work_fn(struct work_struct *work);
static DECLARE_DELAYED_WORK(psi_work, psi_work_fn);

static DEFINE_RAW_SPINLOCK(psi_lock);	/* protects next 3 variables */
static struct psi_wish psi_wish;
static u64 psi_wake_ns;			/* first unanswered wake-up, 0: none */
static bool psi_stopping;

static DEFINE_MUTEX(psi_file_lock);	/* protects next 2 variables */
static struct file *psi_file;
static char psi_text[256];

/* The work's own, see the head of this file; psi_state is read by anybody. */
static struct vfsmount *psi_mount;
static struct wait_queue_head *psi_queue;
static struct wait_queue_entry psi_entry;
static poll_table psi_table;
static enum psi_state psi_state;
static struct psi_wish psi_granted;
static unsigned long psi_retry_at;
static u32 psi_retry_ms;

/* Nobody may queue the work after exit has begun to wait for it. */
static void psi_kick(u32 delay_ms)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&psi_lock, flags);
	if (!psi_stopping)
		mod_delayed_work(psi_wq, &psi_work, msecs_to_jiffies(delay_ms));
	raw_spin_unlock_irqrestore(&psi_lock, flags);
}

/* Under the lock of the wait queue, in whatever context the waker is. */
static int psi_wake(struct wait_queue_entry *entry, unsigned int mode,
		    int sync, void *key)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&psi_lock, flags);
	if (!psi_wake_ns)
		psi_wake_ns = ktime_get_ns();
	if (!psi_stopping)
		mod_delayed_work(psi_wq, &psi_work, 0);
	raw_spin_unlock_irqrestore(&psi_lock, flags);
	return 0;
}

/* Called back by vfs_poll() with the queue that belongs to the file. */
static void psi_hook(struct file *file, struct wait_queue_head *queue,
		     poll_table *table)
{
	psi_queue = queue;
	add_wait_queue(queue, &psi_entry);
}

#ifdef CONFIG_CGROUPS
static const struct {
	unsigned int flag;
	const char *name;
} psi_options[] = {
	{ CGRP_ROOT_NS_DELEGATE, "nsdelegate" },
	{ CGRP_ROOT_FAVOR_DYNMODS, "favordynmods" },
	{ CGRP_ROOT_MEMORY_LOCAL_EVENTS, "memory_localevents" },
	{ CGRP_ROOT_MEMORY_RECURSIVE_PROT, "memory_recursiveprot" },
	{ OOMK_CGRP_MEMORY_HUGETLB_ACCOUNTING, "memory_hugetlb_accounting" },
	{ OOMK_CGRP_PIDS_LOCAL_EVENTS, "pids_localevents" },
};

/*
 * The global options in force, as mount would write them; false if there is
 * one that this list does not know and that the mount would clear.
 */
static bool psi_options_print(char *text, size_t size, unsigned int flags)
{
	size_t len = 0;
	int i;

	text[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(psi_options); i++) {
		if (!(flags & psi_options[i].flag))
			continue;
		len += scnprintf(text + len, size - len, "%s%s",
				 len ? "," : "", psi_options[i].name);
		flags &= ~psi_options[i].flag;
	}
	return !flags;
}

static int psi_mount_get(void)
{
	unsigned int flags = READ_ONCE(cgrp_dfl_root.flags);
	struct file_system_type *type;
	struct vfsmount *mount;
	char options[160];

	if (psi_mount)
		return 0;
	/* Built in: the reference pins no module and needs no put. */
	type = get_fs_type("cgroup2");
	if (!type)
		return -EOPNOTSUPP;
	if (!psi_options_print(options, sizeof(options), flags)) {
		pr_info("cgroup2 is mounted with options unknown to oomk\n");
		return -EOPNOTSUPP;
	}
	mount = vfs_kern_mount(type, SB_KERNMOUNT, "cgroup2", options);
	if (IS_ERR(mount))
		return PTR_ERR(mount);
	if (READ_ONCE(cgrp_dfl_root.flags) != flags)
		pr_warn("cgroup2 options were %#x and are %#x now\n", flags,
			READ_ONCE(cgrp_dfl_root.flags));
	psi_mount = mount;
	return 0;
}
#else
static int psi_mount_get(void)
{
	return -EOPNOTSUPP;
}
#endif /* CONFIG_CGROUPS */

static struct file *psi_open(const char *name, int flags)
{
	int err = psi_mount_get();

	if (err)
		return ERR_PTR(err);
	return file_open_root_mnt(psi_mount, name, flags, 0);
}

/*
 * memory.pressure is missing both where there is no PSI (a parameter, a
 * kernel configuration) and where somebody has switched it off for the time
 * being. In the second case the switch is still there.
 */
static bool psi_hidden(void)
{
	struct file *file = psi_open("cgroup.pressure", O_RDONLY);

	if (IS_ERR(file))
		return false;
	fput(file);
	return true;
}

static int psi_trigger_write(struct file *file, const struct psi_wish *wish)
{
	char text[48];
	loff_t pos = 0;
	ssize_t done;
	int len;

	len = scnprintf(text, sizeof(text), "full %u %u",
			wish->full_percent * wish->window_ms * 10,
			wish->window_ms * 1000);
	done = kernel_write(file, text, len, &pos);
	if (done < 0)
		return done;
	return done == len ? 0 : -EIO;
}

static int psi_averages_read(struct file *file, struct oomk_psi *psi)
{
	unsigned int whole, hundredths;
	unsigned long long total_us;
	const char *line;
	loff_t pos = 0;
	ssize_t len;

	lockdep_assert_held(&psi_file_lock);
	len = kernel_read(file, psi_text, sizeof(psi_text) - 1, &pos);
	if (len < 0)
		return len;
	psi_text[len] = '\0';
	line = strstr(psi_text, "full ");
	if (!line || sscanf(line,
			    "full avg10=%u.%u avg60=%*s avg300=%*s total=%llu",
			    &whole, &hundredths, &total_us) != 3)
		return -EIO;
	psi->total_us = total_us;
	psi->avg10 = whole * 100 + hundredths;
	return 0;
}

/* Lets go of the file; afterwards no wake-up can arrive. */
static void psi_close(void)
{
	struct file *file;

	if (psi_queue) {
		/* Waits for a wake-up that is just being delivered. */
		remove_wait_queue(psi_queue, &psi_entry);
		psi_queue = NULL;
	}
	mutex_lock(&psi_file_lock);
	file = psi_file;
	psi_file = NULL;
	mutex_unlock(&psi_file_lock);
	/*
	 * Closing destroys the trigger. It happens later: in a worker of the
	 * kernel's, or when the task that unloads us returns to userspace.
	 * Neither comes back to code or data of ours.
	 */
	if (file)
		fput(file);
}

/* Opens, arms and hooks a new file. Events that came at once are in @events. */
static int psi_try(const struct psi_wish *wish, __poll_t *events)
{
	struct oomk_psi first;
	struct file *file;
	int err;

	file = psi_open("memory.pressure", O_RDWR);
	if (IS_ERR(file))
		return PTR_ERR(file);
	/* The first read allocates a buffer, which the file keeps. */
	mutex_lock(&psi_file_lock);
	err = psi_averages_read(file, &first);
	if (!err)
		psi_file = file;
	mutex_unlock(&psi_file_lock);
	if (err) {
		fput(file);
		return err;
	}
	if (!wish->full_percent)
		return 0;
	/* There the queue goes when somebody writes 0 to cgroup.pressure. */
	if (!oomk_compat_psi_queue_stays())
		return -EOPNOTSUPP;

	err = psi_trigger_write(file, wish);
	if (err)
		return err;
	init_waitqueue_func_entry(&psi_entry, psi_wake);
	init_poll_funcptr(&psi_table, psi_hook);
	*events = vfs_poll(file, &psi_table);
	if (!psi_queue || (*events & EPOLLERR))
		return -ENODEV;
	return 0;
}

/* Says once why there is no trigger, and when to try again, if ever. */
static void psi_failed(int err)
{
	bool told = psi_state == PSI_LOST;

	psi_close();
	if (err == -EOPNOTSUPP || (err == -ENOENT && !psi_hidden())) {
		pr_info("no PSI in this kernel, watermarks alone decide\n");
		WRITE_ONCE(psi_state, PSI_ABSENT);
		return;
	}
	if (!told) {
		pr_warn("no PSI trigger for now (error %d), watermarks alone decide\n",
			err);
		psi_retry_ms = RETRY_FIRST_MS;
	} else {
		psi_retry_ms = min_t(u32, psi_retry_ms * 2, RETRY_LAST_MS);
	}
	WRITE_ONCE(psi_state, PSI_LOST);
	psi_retry_at = jiffies + msecs_to_jiffies(psi_retry_ms);
	psi_kick(psi_retry_ms);
}

/* Returns the events that came while the trigger was being hooked. */
static __poll_t psi_renew(const struct psi_wish *wish)
{
	__poll_t events = 0;
	int err;

	psi_close();
	psi_granted = *wish;
	err = psi_try(wish, &events);
	if (err) {
		psi_failed(err);
		return 0;
	}
	if (psi_state == PSI_LOST)
		pr_info("PSI is back\n");
	WRITE_ONCE(psi_state, wish->full_percent ? PSI_ARMED : PSI_OPEN);
	return events;
}

static void psi_work_fn(struct work_struct *work)
{
	struct psi_wish wish;
	struct oomk_psi psi = {};
	__poll_t events = 0;
	unsigned long now;
	u64 since_ns;

	raw_spin_lock_irq(&psi_lock);
	wish = psi_wish;
	since_ns = psi_wake_ns;
	psi_wake_ns = 0;
	raw_spin_unlock_irq(&psi_lock);

	if (psi_state == PSI_ABSENT)
		return;
	now = jiffies;
	if (psi_state == PSI_LOST && time_before(now, psi_retry_at)) {
		psi_kick(jiffies_to_msecs(psi_retry_at - now));
		return;
	}
	if (psi_state == PSI_ARMED)
		events = vfs_poll(psi_file, NULL);
	if (events & EPOLLERR) {
		psi_failed(-ENODEV);
		return;
	}
	if (psi_state == PSI_NONE || psi_state == PSI_LOST ||
	    wish.full_percent != psi_granted.full_percent ||
	    wish.window_ms != psi_granted.window_ms)
		events |= psi_renew(&wish);
	if (!(events & EPOLLPRI))
		return;
	oomk_psi_read(&psi);
	trace_oomk_psi_wake(psi.total_us, psi.avg10);
	psi_notify(since_ns ?: ktime_get_ns());
}

/**
 * oomk_psi_read - read the stall time and its average
 * @psi: where to; left alone on failure
 *
 * Context: process; does not allocate.
 * Return: whether there is a PSI to read.
 */
bool oomk_psi_read(struct oomk_psi *psi)
{
	int err = -ENODEV;
	bool lost;

	mutex_lock(&psi_file_lock);
	if (psi_file)
		err = psi_averages_read(psi_file, psi);
	lost = psi_file && err;
	mutex_unlock(&psi_file_lock);
	/* The work finds out what is the matter. */
	if (lost)
		psi_kick(0);
	return !err;
}

/**
 * oomk_psi_armed - whether the trigger is in place
 *
 * Context: any.
 * Return: true if stalls will be told to the callback.
 */
bool oomk_psi_armed(void)
{
	return READ_ONCE(psi_state) == PSI_ARMED;
}

/**
 * oomk_psi_arm - say what the trigger is to look like from now on
 * @full_percent: full stall, per cent of the window; 0: no trigger
 * @window_ms: the window, 500 to 10000
 *
 * A trigger cannot be altered, so a change means a new file; that is the
 * work's business and done soon. Nothing happens if nothing changed.
 *
 * Context: any.
 */
void oomk_psi_arm(u32 full_percent, u32 window_ms)
{
	struct psi_wish wish = { full_percent, window_ms };
	unsigned long flags;
	bool changed;

	raw_spin_lock_irqsave(&psi_lock, flags);
	changed = wish.full_percent != psi_wish.full_percent ||
		  wish.window_ms != psi_wish.window_ms;
	psi_wish = wish;
	raw_spin_unlock_irqrestore(&psi_lock, flags);
	if (changed)
		psi_kick(0);
}

/**
 * oomk_psi_init - arm the trigger
 * @notify: called, in process context, when the trigger fired; @since_ns is
 *	the time (ktime_get_ns()) of the wake-up
 * @full_percent: as for oomk_psi_arm()
 * @window_ms: likewise
 *
 * Waits until it is known whether there is a PSI; if there is none, says so
 * in the kernel log, and oomk_psi_read() and oomk_psi_armed() return false.
 *
 * Context: process, may sleep.
 * Return: 0, also without PSI, or -ENOMEM.
 */
int oomk_psi_init(void (*notify)(u64 since_ns), u32 full_percent,
		  u32 window_ms)
{
	psi_wq = alloc_workqueue("oomk_psi",
				 WQ_MEM_RECLAIM | WQ_HIGHPRI | WQ_UNBOUND, 1);
	if (!psi_wq)
		return -ENOMEM;
	psi_notify = notify;
	oomk_psi_arm(full_percent, window_ms);
	psi_kick(0);
	flush_delayed_work(&psi_work);
	return 0;
}

/**
 * oomk_psi_exit - disarm and forget
 *
 * Description: First nobody may queue the work any more; then it is waited
 * for; then the wait queue is left, after which no wake-up runs; then the file
 * goes.
 *
 * Context: process, may sleep; after the last reader. The callback is not
 * called any more when this returns.
 */
void oomk_psi_exit(void)
{
	raw_spin_lock_irq(&psi_lock);
	psi_stopping = true;
	raw_spin_unlock_irq(&psi_lock);
	cancel_delayed_work_sync(&psi_work);
	psi_close();
	destroy_workqueue(psi_wq);
	if (psi_mount)
		mntput(psi_mount);
	WRITE_ONCE(psi_state, PSI_NONE);
}
