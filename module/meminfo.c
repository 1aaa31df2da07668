// SPDX-License-Identifier: GPL-2.0
/*
 * Neither the amount of swap nor that of huge pages can be asked for by a
 * module, but /proc/meminfo shows both. It is opened once, on a mount of our
 * own: whoever loads the module may sit in a chroot, in a mount namespace
 * without /proc, or in an initramfs. That mount hangs in no namespace, so
 * nobody sees it and nobody can unmount it.
 *
 * The file allocates its buffer at the first read and keeps it; therefore
 * that read is made at load, and later ones need no memory.
 */
#include "meminfo.h"

#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mount.h>
#include <linux/mutex.h>

static DEFINE_MUTEX(meminfo_lock);	/* protects next 2 variables */
static struct file *meminfo_file;
static char meminfo_text[4096];

static struct vfsmount *meminfo_mount;	/* init and exit only */

/* The figure on the line that begins with @label, 0 if there is none. */
static u64 line_pages(const char *label)
{
	const char *line = strstr(meminfo_text, label);
	unsigned long long kib;

	if (!line || sscanf(line + strlen(label), " %llu kB", &kib) != 1)
		return 0;
	return kib >> (PAGE_SHIFT - 10);
}

/**
 * oomk_meminfo_read - read both figures
 * @meminfo: where to; left alone on failure
 *
 * A line that the kernel does not show counts as 0: one without huge pages
 * or without swap leaves it out.
 *
 * Context: process; does not allocate.
 * Return: 0, -ENODEV before oomk_meminfo_init(), or what kernel_read() says.
 */
int oomk_meminfo_read(struct oomk_meminfo *meminfo)
{
	loff_t pos = 0;
	ssize_t len;

	mutex_lock(&meminfo_lock);
	len = -ENODEV;
	if (meminfo_file)
		len = kernel_read(meminfo_file, meminfo_text,
				  sizeof(meminfo_text) - 1, &pos);
	if (len >= 0) {
		meminfo_text[len] = '\0';
		meminfo->total_swap_pages = line_pages("\nSwapTotal:");
		meminfo->hugetlb_pages = line_pages("\nHugetlb:");
	}
	mutex_unlock(&meminfo_lock);
	return len < 0 ? len : 0;
}

/**
 * oomk_meminfo_init - open the file and read it once
 *
 * Context: process, may sleep.
 * Return: 0, -ENODEV without procfs, or why the file could not be read.
 */
int oomk_meminfo_init(void)
{
	struct oomk_meminfo first;
	struct file_system_type *proc;
	struct file *file;
	int err;

	/* Built in: the reference pins no module and needs no put. */
	proc = get_fs_type("proc");
	if (!proc)
		return -ENODEV;
	meminfo_mount = vfs_kern_mount(proc, SB_KERNMOUNT, "proc", NULL);
	if (IS_ERR(meminfo_mount))
		return PTR_ERR(meminfo_mount);

	file = file_open_root_mnt(meminfo_mount, "meminfo", O_RDONLY, 0);
	if (IS_ERR(file)) {
		mntput(meminfo_mount);
		return PTR_ERR(file);
	}
	mutex_lock(&meminfo_lock);
	meminfo_file = file;
	mutex_unlock(&meminfo_lock);

	err = oomk_meminfo_read(&first);
	if (err)
		oomk_meminfo_exit();
	return err;
}

/**
 * oomk_meminfo_exit - close the file
 *
 * Description: The last reference to file and mount may be dropped a little
 * later, when the task that unloads us returns to userspace. Only code and
 * data of the kernel proper are involved then.
 *
 * Context: process, may sleep; after the last reader.
 */
void oomk_meminfo_exit(void)
{
	mutex_lock(&meminfo_lock);
	fput(meminfo_file);
	meminfo_file = NULL;
	mutex_unlock(&meminfo_lock);
	mntput(meminfo_mount);
}
