// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "ml_checkpoint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAGIC	"ml_train 1\n"

/* On disk in front of the parameters and their moments. */
struct header {
	char magic[16];
	struct ml_shape shape;
	unsigned long nr_steps;
	struct ml_progress progress;
	unsigned long long sum;
};

static unsigned long long checksum(const struct ml_net *net)
{
	unsigned long long sum = 0;
	unsigned int word;
	size_t i;

	for (i = 0; i < 3 * net->nr_params; i++) {
		memcpy(&word, net->params + i, sizeof(word));
		sum = (sum << 7 | sum >> 57) ^ word;
	}
	return sum;
}

static int write_file(FILE *file, const struct ml_net *net,
		      const struct header *header)
{
	size_t count = 3 * net->nr_params;

	if (fwrite(header, sizeof(*header), 1, file) != 1 ||
	    fwrite(net->params, sizeof(float), count, file) != count ||
	    fflush(file) || fsync(fileno(file)))
		return -errno;
	return 0;
}

/**
 * ml_checkpoint_save() - write a checkpoint in place of an older one
 * @path: of the checkpoint; "@path.new" holds it until it is complete
 * @net: of which everything that learning changed is kept
 * @progress: kept too
 *
 * Return: 0 or the negative errno of what failed; then the older one stands.
 */
int ml_checkpoint_save(const char *path, const struct ml_net *net,
		       const struct ml_progress *progress)
{
	struct header header = {
		.magic = MAGIC,
		.shape = net->shape,
		.nr_steps = net->nr_steps,
		.progress = *progress,
		.sum = checksum(net),
	};
	char *new_path;
	FILE *file;
	int ret;

	if (asprintf(&new_path, "%s.new", path) < 0)
		return -ENOMEM;
	file = fopen(new_path, "w");
	if (file) {
		ret = write_file(file, net, &header);
		if (fclose(file) && !ret)
			ret = -errno;
		if (!ret && rename(new_path, path))
			ret = -errno;
		if (ret)
			unlink(new_path);
	} else {
		ret = -errno;
	}
	free(new_path);
	return ret;
}

static int read_file(FILE *file, struct ml_net *net, struct header *header)
{
	size_t count = 3 * net->nr_params;

	if (fread(header, sizeof(*header), 1, file) != 1 ||
	    memcmp(header->magic, MAGIC, sizeof(MAGIC)) ||
	    memcmp(&header->shape, &net->shape, sizeof(net->shape)))
		return -EINVAL;
	if (fread(net->params, sizeof(float), count, file) != count ||
	    header->sum != checksum(net))
		return -EIO;
	return 0;
}

/**
 * ml_checkpoint_load() - go on where a checkpoint was written
 * @path: of the checkpoint
 * @net: set up in the same shape as the one that was kept
 * @progress: what was kept
 *
 * Return: 0, -ENOENT if there is none, -EINVAL if it is one of another shape
 * or no checkpoint, -EIO if it is damaged (@net is worthless then), or the
 * negative errno of a failed open.
 */
int ml_checkpoint_load(const char *path, struct ml_net *net,
		       struct ml_progress *progress)
{
	struct header header;
	FILE *file = fopen(path, "r");
	int ret;

	if (!file)
		return -errno;
	ret = read_file(file, net, &header);
	fclose(file);
	if (ret)
		return ret;
	net->nr_steps = header.nr_steps;
	*progress = header.progress;
	return 0;
}
