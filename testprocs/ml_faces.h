/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pictures of two faces, drawn by rule: the data set of the training.
 */
#ifndef TESTPROCS_ML_FACES_H
#define TESTPROCS_ML_FACES_H

#include <stddef.h>

/**
 * struct ml_faces - many grey pictures of two persons
 * @width: of a picture, and its height, in pixels
 * @nr: pictures of each person
 * @pictures: of person A and person B, one after the other, 0.0 to 1.0
 */
struct ml_faces {
	unsigned long width;
	unsigned long nr;
	float *pictures[2];
};

void ml_faces_draw(struct ml_faces *faces, unsigned long width, size_t bytes,
		   unsigned long long *rng);
void ml_faces_pick(const struct ml_faces *faces, int side, unsigned long batch,
		   float *in, float *target, unsigned long long *rng);

#endif /* TESTPROCS_ML_FACES_H */
