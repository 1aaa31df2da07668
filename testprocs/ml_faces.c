// SPDX-License-Identifier: GPL-2.0
#include "ml_faces.h"

#include <err.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rng.h"

/* So many are drawn stroke by stroke; the rest are variants of these. */
#define NR_DRAWN	512
#define SOFTNESS	0.12f
#define NOISE		0.04f

/* What makes a person; in units of half the picture's width. */
struct person {
	float head_width;
	float head_height;
	float skin;
	float hair;
	float hairline;
	float eye_distance;
	float eye_size;
	float mouth_width;
	float glasses;
};

static const struct person persons[2] = {
	{ 0.66f, 0.72f, 0.80f, 0.25f, -0.42f, 0.27f, 0.11f, 0.34f, 0.0f },
	{ 0.50f, 0.86f, 0.62f, 0.10f, -0.58f, 0.22f, 0.08f, 0.24f, 0.19f },
};

/* What changes from one picture of a person to the next. */
struct pose {
	float x, y;
	float lean;
	float light;
	float smile;
	float look;
	float background;
};

static float between(float low, float high, unsigned long long *rng)
{
	return low + (high - low) * (rng_below(rng, 1UL << 24) /
				     (float)(1 << 24));
}

static struct pose strike_pose(unsigned long long *rng)
{
	return (struct pose) {
		.x = between(-0.12f, 0.12f, rng),
		.y = between(-0.10f, 0.10f, rng),
		.lean = between(-0.25f, 0.25f, rng),
		.light = between(-0.25f, 0.25f, rng),
		.smile = between(-0.5f, 0.9f, rng),
		.look = between(-0.04f, 0.04f, rng),
		.background = between(0.3f, 0.5f, rng),
	};
}

/* Lay @shade over @ground where @distance to the shape's edge is negative. */
static float paint(float ground, float shade, float distance)
{
	float cover = 0.5f - distance / SOFTNESS;

	if (cover <= 0)
		return ground;
	if (cover >= 1)
		return shade;
	return ground + cover * (shade - ground);
}

static float eye(float grey, const struct person *who, const struct pose *pose,
		 float x, float y, float centre)
{
	float far = hypotf(x - centre, y + 0.12f);
	float pupil = hypotf(x - centre - pose->look, y + 0.12f);

	grey = paint(grey, 0.95f, far - who->eye_size);
	grey = paint(grey, 0.05f, pupil - who->eye_size / 2);
	if (who->glasses > 0)
		grey = paint(grey, 0.0f, fabsf(far - who->glasses) - 0.02f);
	return grey;
}

/* The grey of one point of a face; x to the right, y down, -1 to 1. */
static float shade(const struct person *who, const struct pose *pose, float x,
		   float y)
{
	float grey = pose->background;
	float head, mouth;

	x -= pose->x + pose->lean * y;
	y -= pose->y;
	head = hypotf(x / who->head_width, y / who->head_height) - 1;
	grey = paint(grey, who->skin + pose->light * x, head / 2);
	grey = paint(grey, who->hair, fmaxf(head / 2, y - who->hairline));
	grey = eye(grey, who, pose, x, y, -who->eye_distance);
	grey = eye(grey, who, pose, x, y, who->eye_distance);
	/* A nose is a shadow at one side of the middle. */
	grey = paint(grey, who->skin - 0.2f,
		     fmaxf(fabsf(x - 0.03f) - 0.03f, fabsf(y - 0.08f) - 0.12f));
	mouth = y - 0.4f + pose->smile * (x * x - 0.05f);
	return paint(grey, 0.15f, fmaxf(fabsf(mouth) - 0.04f,
					fabsf(x) - who->mouth_width));
}

static void draw(float *picture, unsigned long width,
		 const struct person *who, unsigned long long *rng)
{
	struct pose pose = strike_pose(rng);
	unsigned long row, column;
	float x, y;

	for (row = 0; row < width; row++) {
		y = (2.0f * row + 1) / width - 1;
		for (column = 0; column < width; column++) {
			x = (2.0f * column + 1) / width - 1;
			*picture++ = shade(who, &pose, x, y);
		}
	}
}

/* The same face under other light and with another camera's noise. */
static void vary(float *picture, const float *model, size_t pixels,
		 unsigned long long *rng)
{
	float light = between(0.85f, 1.0f, rng);
	unsigned long long noise;
	size_t i;

	for (i = 0; i < pixels; i++) {
		noise = rng_next(rng) >> 48;
		picture[i] = light * model[i] + NOISE * (noise / 65536.0f);
	}
}

/**
 * ml_faces_draw() - draw a data set
 * @faces: to be filled
 * @width: of a picture in pixels
 * @bytes: of memory for all pictures together
 * @rng: what chance decides is drawn from here
 *
 * Ends the program when there is no memory for it.
 */
void ml_faces_draw(struct ml_faces *faces, unsigned long width, size_t bytes,
		   unsigned long long *rng)
{
	size_t pixels = width * width;
	float *base, *picture;
	unsigned long i;
	int side;

	faces->width = width;
	faces->nr = bytes / (2 * pixels * sizeof(*picture));
	if (!faces->nr)
		faces->nr = 1;
	for (side = 0; side < 2; side++) {
		base = malloc(faces->nr * pixels * sizeof(*base));
		if (!base)
			err(EXIT_FAILURE, "no memory for the pictures");
		faces->pictures[side] = base;
		picture = base;
		for (i = 0; i < faces->nr; i++, picture += pixels) {
			if (i < NR_DRAWN)
				draw(picture, width, &persons[side], rng);
			else
				vary(picture, base + i % NR_DRAWN * pixels,
				     pixels, rng);
		}
	}
}

/* Shift a picture by whole pixels, repeating its edge. */
static void shift(float *to, const float *from, long width, long dx, long dy)
{
	long row, column, x, y;

	for (row = 0; row < width; row++) {
		y = row + dy;
		y = y < 0 ? 0 : y >= width ? width - 1 : y;
		for (column = 0; column < width; column++) {
			x = column + dx;
			x = x < 0 ? 0 : x >= width ? width - 1 : x;
			*to++ = from[y * width + x];
		}
	}
}

/**
 * ml_faces_pick() - choose a batch at random
 * @faces: the data set
 * @side: of which person
 * @batch: how many
 * @in: the chosen pictures, shifted a little, as the network gets them
 * @target: the chosen pictures as they are
 * @rng: what decides
 */
void ml_faces_pick(const struct ml_faces *faces, int side, unsigned long batch,
		   float *in, float *target, unsigned long long *rng)
{
	size_t pixels = faces->width * faces->width;
	const float *picture;
	long dx, dy;

	for (; batch; batch--, in += pixels, target += pixels) {
		picture = faces->pictures[side] +
			  rng_below(rng, faces->nr) * pixels;
		dx = (long)rng_below(rng, 3) - 1;
		dy = (long)rng_below(rng, 3) - 1;
		memcpy(target, picture, pixels * sizeof(*target));
		shift(in, picture, faces->width, dx, dy);
	}
}
