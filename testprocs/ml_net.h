/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One encoder shared by two decoders: what both faces have in common goes into
 * the encoder, what makes each of them itself into its decoder.
 */
#ifndef TESTPROCS_ML_NET_H
#define TESTPROCS_ML_NET_H

#include <stdbool.h>
#include <stddef.h>

#define ML_SIDES	2	/* A and B */
#define ML_LAYERS	6	/* two of the encoder, two of each decoder */
#define ML_DEPTH	4	/* layers that one picture passes */

/**
 * struct ml_shape - everything that the size of the network follows from
 * @pixels: of a picture, in and out
 * @hidden: width of the layers between
 * @latent: width of the bottleneck
 * @batch: pictures a step
 */
struct ml_shape {
	unsigned long pixels;
	unsigned long hidden;
	unsigned long latent;
	unsigned long batch;
};

/**
 * struct ml_layer - a full connection from @in to @out values
 * @in: values in
 * @out: values out
 * @weights: offset of @out rows of @in weights among the parameters
 * @biases: offset of @out biases likewise
 */
struct ml_layer {
	unsigned long in;
	unsigned long out;
	size_t weights;
	size_t biases;
};

/**
 * struct ml_net - a network and what its training needs
 * @shape: as given to ml_net_init()
 * @layers: encoder, decoder A, decoder B
 * @nr_params: how many parameters there are in all
 * @params: the parameters, followed by their two moments (3 x @nr_params): all
 *	that a checkpoint has to keep
 * @grads: their gradients
 * @values: the values before the first and after each layer, a batch of each
 * @deltas: derivatives of the loss by the values, likewise
 * @nr_steps: updates made so far
 */
struct ml_net {
	struct ml_shape shape;
	struct ml_layer layers[ML_LAYERS];
	size_t nr_params;
	float *params;
	float *grads;
	float *values[ML_DEPTH + 1];
	float *deltas[ML_DEPTH + 1];
	unsigned long nr_steps;
};

void ml_net_init(struct ml_net *net, const struct ml_shape *shape,
		 unsigned long long *rng);
double ml_net_learn(struct ml_net *net, int side, const float *target);
void ml_net_update(struct ml_net *net, float rate, bool sgd);

#endif /* TESTPROCS_ML_NET_H */
