/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The state of a training in a file that is either the old one or the new one,
 * whenever the machine or the killer stops it.
 */
#ifndef TESTPROCS_ML_CHECKPOINT_H
#define TESTPROCS_ML_CHECKPOINT_H

#include "ml_net.h"

/**
 * struct ml_progress - where a training stands, beside its parameters
 * @epoch: the last one that was finished
 * @rng: state of the generator after it
 */
struct ml_progress {
	unsigned long epoch;
	unsigned long long rng;
};

int ml_checkpoint_save(const char *path, const struct ml_net *net,
		       const struct ml_progress *progress);
int ml_checkpoint_load(const char *path, struct ml_net *net,
		       struct ml_progress *progress);

#endif /* TESTPROCS_ML_CHECKPOINT_H */
