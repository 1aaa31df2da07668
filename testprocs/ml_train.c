// SPDX-License-Identifier: GPL-2.0
/*
 * ml_train - a training worth keeping alive: an autoencoder with one encoder
 * and two decoders learns to draw two faces, in the shape of a face swap.
 */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "args.h"
#include "ml_checkpoint.h"
#include "ml_faces.h"
#include "ml_net.h"

#define THREADS		"OPENBLAS_NUM_THREADS"

static struct {
	struct ml_shape shape;
	unsigned long width;
	size_t size;
	unsigned long batches;
	unsigned long epochs;
	unsigned long seed;
	unsigned long rate_millionths;
	unsigned long pace_ms;
	bool sgd;
	bool stamp;
	const char *checkpoint;
	unsigned long save_every;
} opt = {
	.shape = { .hidden = 192, .latent = 32, .batch = 32 },
	.width = 24,
	.size = 8 << 20,
	.batches = 8,
	.seed = 1,
	.rate_millionths = 300,
	.save_every = 50,
};

static const struct args_option options[] = {
	{ "size", ARGS_SIZE, &opt.size, "SIZE",
	  "memory for the pictures, 8M by default" },
	{ "epochs", ARGS_COUNT, &opt.epochs, "N",
	  "leave after N; 0, the default: never" },
	{ "batches", ARGS_COUNT, &opt.batches, "N",
	  "an epoch is N batches of each face, 8 by default" },
	{ "batch", ARGS_COUNT, &opt.shape.batch, "N",
	  "a batch is N pictures, 32 by default" },
	{ "width", ARGS_COUNT, &opt.width, "N",
	  "pictures of N x N pixels, 24 by default" },
	{ "hidden", ARGS_COUNT, &opt.shape.hidden, "N",
	  "width of the hidden layers, 192 by default" },
	{ "latent", ARGS_COUNT, &opt.shape.latent, "N",
	  "width of the bottleneck, 32 by default" },
	{ "rate", ARGS_COUNT, &opt.rate_millionths, "N",
	  "learning rate in millionths, 300 by default" },
	{ "sgd", ARGS_FLAG, &opt.sgd, NULL,
	  "plain gradient descent instead of Adam" },
	{ "seed", ARGS_COUNT, &opt.seed, "N",
	  "repeat the run that N gave, 1 by default" },
	{ "checkpoint", ARGS_TEXT, &opt.checkpoint, "FILE",
	  "resume from FILE if it is there, and write it" },
	{ "save-every", ARGS_COUNT, &opt.save_every, "N",
	  "write it every N epochs, 50 by default" },
	{ "pace", ARGS_COUNT, &opt.pace_ms, "MS",
	  "take at least MS milliseconds for an epoch" },
	{ "stamp", ARGS_FLAG, &opt.stamp, NULL,
	  "add \", ms: N\" of the monotonic clock to each line" },
	{ }
};

static atomic_bool stop;

static void on_term(int sig)
{
	(void)sig;
	atomic_store(&stop, true);
}

/*
 * OpenBLAS reads the variable before main() and starts a thread a processor
 * without it. Start again with it set; by the real path, not /proc/self/exe,
 * which would be this process's name from then on.
 */
static void limit_threads(char **argv)
{
	char path[4096];
	ssize_t len;

	if (getenv(THREADS))
		return;
	len = readlink("/proc/self/exe", path, sizeof(path) - 1);
	if (len < 0 || setenv(THREADS, "1", 1))
		return;
	path[len] = '\0';
	execv(path, argv);
	warn("%s", path);
}

static void check_options(void)
{
	const struct ml_shape *shape = &opt.shape;

	if (!opt.width || opt.width > 1024 || !shape->hidden ||
	    shape->hidden > 65536 || !shape->latent || shape->latent > 65536 ||
	    !shape->batch || shape->batch > 65536 || !opt.batches ||
	    !opt.save_every)
		errx(2, "a number of the network's shape is 0 or too large");
	opt.shape.pixels = opt.width * opt.width;
}

static void resume(struct ml_net *net, struct ml_progress *progress)
{
	int ret = ml_checkpoint_load(opt.checkpoint, net, progress);

	if (ret && ret != -ENOENT)
		errx(EXIT_FAILURE, "%s: no checkpoint of this training: %s",
		     opt.checkpoint, strerror(-ret));
	if (!ret)
		printf("resumed: epoch %lu\n", progress->epoch);
}

static void save(const struct ml_net *net, const struct ml_progress *progress)
{
	int ret = ml_checkpoint_save(opt.checkpoint, net, progress);

	if (ret)
		warnx("%s: %s", opt.checkpoint, strerror(-ret));
}

static unsigned long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000UL + now.tv_nsec / 1000000;
}

static void report(unsigned long epoch, const double *losses)
{
	printf("epoch: %lu, lossA: %.6f, lossB: %.6f", epoch,
	       losses[0] / opt.batches, losses[1] / opt.batches);
	if (opt.stamp)
		printf(", ms: %lu", now_ms());
	putchar('\n');
	fflush(stdout);
}

static void train_epoch(struct ml_net *net, const struct ml_faces *faces,
			float *target, struct ml_progress *progress)
{
	double losses[ML_SIDES] = { 0 };
	unsigned long i;
	int side;

	for (i = 0; i < opt.batches; i++) {
		for (side = 0; side < ML_SIDES; side++) {
			ml_faces_pick(faces, side, opt.shape.batch,
				      net->values[0], target, &progress->rng);
			losses[side] += ml_net_learn(net, side, target);
		}
		ml_net_update(net, opt.rate_millionths / 1e6f, opt.sgd);
	}
	progress->epoch++;
	report(progress->epoch, losses);
}

static void train(struct ml_net *net, const struct ml_faces *faces,
		  struct ml_progress *progress)
{
	float *target = calloc(opt.shape.batch * opt.shape.pixels,
			       sizeof(*target));
	unsigned long start_ms, passed_ms;

	if (!target)
		err(EXIT_FAILURE, "no memory for a batch");
	while (!atomic_load(&stop) && (!opt.epochs || progress->epoch < opt.epochs)) {
		start_ms = now_ms();
		train_epoch(net, faces, target, progress);
		if (opt.checkpoint && progress->epoch % opt.save_every == 0)
			save(net, progress);
		passed_ms = now_ms() - start_ms;
		if (passed_ms < opt.pace_ms && !atomic_load(&stop))
			usleep((opt.pace_ms - passed_ms) * 1000);
	}
	if (opt.checkpoint)
		save(net, progress);
	free(target);
}

int main(int argc, char **argv)
{
	struct ml_progress progress = { 0 };
	struct ml_faces faces;
	struct ml_net net;

	limit_threads(argv);
	args_parse(argc, argv,
		   "Train an autoencoder on two synthetic faces. Prints \"ready PID\" when\n"
		   "the pictures are drawn, then a line an epoch. SIGTERM lets it finish\n"
		   "the epoch and write its checkpoint.", options);
	check_options();
	signal(SIGTERM, on_term);
	/* Any seed gives a state that is not 0. */
	progress.rng = opt.seed * 2 + 0x9e3779b97f4a7c15ULL;
	ml_faces_draw(&faces, opt.width, opt.size, &progress.rng);
	ml_net_init(&net, &opt.shape, &progress.rng);
	if (opt.checkpoint)
		resume(&net, &progress);
	args_ready();
	train(&net, &faces, &progress);
	return 0;
}
