/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small generator of pseudo-random words, repeatable from its seed, so that
 * a run can be had again.
 */
#ifndef TESTPROCS_RNG_H
#define TESTPROCS_RNG_H

/**
 * rng_next() - the next pseudo-random word
 * @state: carried from call to call, never 0
 *
 * Return: 64 bits; the upper ones are the better ones.
 */
static inline unsigned long long rng_next(unsigned long long *state)
{
	unsigned long long x = *state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return x * 0x2545f4914f6cdd1dULL;
}

/**
 * rng_below() - a pseudo-random number below a limit
 * @state: as for rng_next()
 * @limit: 1 to 2^32
 *
 * Return: 0 to @limit - 1.
 */
static inline unsigned long rng_below(unsigned long long *state,
				      unsigned long limit)
{
	return ((rng_next(state) >> 32) * limit) >> 32;
}

#endif /* TESTPROCS_RNG_H */
