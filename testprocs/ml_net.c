// SPDX-License-Identifier: GPL-2.0
#include "ml_net.h"

#include <cblas.h>
#include <err.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rng.h"

/* Values of the CBLAS interface, whose own names are in another style. */
#define ROW_MAJOR	101
#define AS_IS		111
#define TRANSPOSED	112

#define LEAK		0.1f
#define BETA1		0.9f
#define BETA2		0.999f
#define EPSILON		0.0000001f
#define GREY		0.5f

static float *zeroed(size_t count)
{
	float *floats = calloc(count, sizeof(*floats));

	if (!floats)
		err(EXIT_FAILURE, "no memory for the network");
	return floats;
}

static void init_layer(struct ml_net *net, int nr, unsigned long in,
		       unsigned long out)
{
	struct ml_layer *layer = &net->layers[nr];

	layer->in = in;
	layer->out = out;
	layer->weights = net->nr_params;
	layer->biases = layer->weights + in * out;
	net->nr_params = layer->biases + out;
}

/* Uniform, scaled so that values keep their spread from layer to layer. */
static void init_weights(struct ml_net *net, unsigned long long *rng)
{
	const struct ml_layer *layer;
	float scale, unit;
	size_t i;
	int nr;

	for (nr = 0; nr < ML_LAYERS; nr++) {
		layer = &net->layers[nr];
		scale = sqrtf(6.0f / (layer->in + layer->out));
		for (i = layer->weights; i < layer->biases; i++) {
			unit = rng_below(rng, 1UL << 24) / (float)(1 << 24);
			net->params[i] = scale * (2 * unit - 1);
		}
	}
	/* Start from plain grey: learning that much would be a waste of time. */
	for (nr = 3; nr < ML_LAYERS; nr += 2) {
		layer = &net->layers[nr];
		for (i = 0; i < layer->out; i++)
			net->params[layer->biases + i] = GREY;
	}
}

/**
 * ml_net_init() - set up a network that knows nothing yet
 * @net: to be filled
 * @shape: its size
 * @rng: what its first weights are drawn from
 *
 * Ends the program when there is no memory for it.
 */
void ml_net_init(struct ml_net *net, const struct ml_shape *shape,
		 unsigned long long *rng)
{
	const unsigned long widths[ML_DEPTH + 1] = {
		shape->pixels, shape->hidden, shape->latent, shape->hidden,
		shape->pixels,
	};
	int side, i;

	memset(net, 0, sizeof(*net));
	net->shape = *shape;
	for (i = 0; i < 2; i++)
		init_layer(net, i, widths[i], widths[i + 1]);
	for (side = 0; side < ML_SIDES; side++)
		for (i = 2; i < ML_DEPTH; i++)
			init_layer(net, 2 * side + i, widths[i], widths[i + 1]);
	net->params = zeroed(3 * net->nr_params);
	net->grads = zeroed(net->nr_params);
	for (i = 0; i <= ML_DEPTH; i++) {
		net->values[i] = zeroed(shape->batch * widths[i]);
		net->deltas[i] = zeroed(shape->batch * widths[i]);
	}
	init_weights(net, rng);
}

/* The layer that is number @depth on the way of a picture of @side. */
static const struct ml_layer *layer_on_way(const struct ml_net *net, int side,
					   int depth)
{
	return &net->layers[depth < 2 ? depth : 2 * side + depth];
}

static void forward(struct ml_net *net, int side, int depth)
{
	const struct ml_layer *layer = layer_on_way(net, side, depth);
	const float *biases = net->params + layer->biases;
	unsigned long batch = net->shape.batch;
	float *out = net->values[depth + 1];
	unsigned long row, i;
	float *value;

	for (row = 0; row < batch; row++)
		memcpy(out + row * layer->out, biases,
		       layer->out * sizeof(*out));
	cblas_sgemm(ROW_MAJOR, AS_IS, TRANSPOSED, batch, layer->out,
		    layer->in, 1.0f, net->values[depth], layer->in,
		    net->params + layer->weights, layer->in, 1.0f, out,
		    layer->out);
	/* The picture itself comes out linear, everything before it leaky. */
	if (depth == ML_DEPTH - 1)
		return;
	for (i = 0; i < batch * layer->out; i++) {
		value = out + i;
		*value = *value > 0 ? *value : LEAK * *value;
	}
}

static void backward(struct ml_net *net, int side, int depth)
{
	const struct ml_layer *layer = layer_on_way(net, side, depth);
	unsigned long batch = net->shape.batch;
	float *delta = net->deltas[depth + 1];
	unsigned long row, i;

	if (depth < ML_DEPTH - 1)
		for (i = 0; i < batch * layer->out; i++)
			if (net->values[depth + 1][i] < 0)
				delta[i] *= LEAK;
	cblas_sgemm(ROW_MAJOR, TRANSPOSED, AS_IS, layer->out,
		    layer->in, batch, 1.0f, delta, layer->out,
		    net->values[depth], layer->in, 1.0f,
		    net->grads + layer->weights, layer->in);
	for (row = 0; row < batch; row++)
		cblas_saxpy(layer->out, 1.0f, delta + row * layer->out, 1,
			    net->grads + layer->biases, 1);
	if (!depth)
		return;
	cblas_sgemm(ROW_MAJOR, AS_IS, AS_IS, batch, layer->in,
		    layer->out, 1.0f, delta, layer->out,
		    net->params + layer->weights, layer->in, 0.0f,
		    net->deltas[depth], layer->in);
}

/**
 * ml_net_learn() - compare one batch with what should come out, add gradients
 * @net: its values[0] holds the distorted pictures that go in
 * @side: whose decoder draws them, 0 or 1
 * @target: the pictures as they should come out
 *
 * Return: mean of the squared error of a pixel.
 */
double ml_net_learn(struct ml_net *net, int side, const float *target)
{
	size_t count = net->shape.batch * net->shape.pixels;
	const float *out = net->values[ML_DEPTH];
	float *delta = net->deltas[ML_DEPTH];
	double sum = 0;
	size_t i;
	int depth;

	for (depth = 0; depth < ML_DEPTH; depth++)
		forward(net, side, depth);
	for (i = 0; i < count; i++) {
		delta[i] = out[i] - target[i];
		sum += (double)delta[i] * delta[i];
		delta[i] *= 2.0f / net->shape.batch;
	}
	for (depth = ML_DEPTH - 1; depth >= 0; depth--)
		backward(net, side, depth);
	return sum / count;
}

static void adam(struct ml_net *net, float rate)
{
	float *first = net->params + net->nr_params;
	float *second = first + net->nr_params;
	float grad;
	size_t i;

	/* Moments start at 0; early on they are scaled up for it. */
	rate *= sqrtf(1 - powf(BETA2, net->nr_steps)) /
		(1 - powf(BETA1, net->nr_steps));
	for (i = 0; i < net->nr_params; i++) {
		grad = net->grads[i];
		first[i] += (1 - BETA1) * (grad - first[i]);
		second[i] += (1 - BETA2) * (grad * grad - second[i]);
		net->params[i] -= rate * first[i] / (sqrtf(second[i]) + EPSILON);
	}
}

/**
 * ml_net_update() - move the parameters along the gradients, then clear these
 * @net: after ml_net_learn() of both sides
 * @rate: learning rate
 * @sgd: plain descent instead of Adam
 */
void ml_net_update(struct ml_net *net, float rate, bool sgd)
{
	net->nr_steps++;
	if (sgd)
		cblas_saxpy(net->nr_params, -rate, net->grads, 1, net->params,
			    1);
	else
		adam(net, rate);
	memset(net->grads, 0, net->nr_params * sizeof(*net->grads));
}
