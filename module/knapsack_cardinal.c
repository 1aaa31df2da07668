// SPDX-License-Identifier: GPL-2.0
/*
 * Frames that count heads. The fractional optimum usually kills between N and
 * N + 1 victims, and much of its distance to the true optimum comes from that
 * fraction alone: where prices are weights plus a constant, all of it. So the
 * solutions are divided into those with at most N victims and those with more,
 * and each half gets a frame of its own, with a multiplier for heads.
 */
#include "knapsack_core.h"

/* Larger pools are represented by so many of their entries. */
#define POLL		4096U
#define RANK_ZERO	((u64)1 << 63)

/* Choosing @want of the entries with the least rank, to free @need pages. */
struct poll {
	struct knapsack_entry *entries;
	u32 nr;
	s64 want;
	s64 need;
};

/*
 * What a price and a page weigh in a rank. While the price of a page is
 * sought, alpha is a power of two that leaves beta some 34 bits and room above, and ranks
 * are rounded to 64 bits.
 */
struct scale {
	u64 alpha;
	u64 beta;
	u32 round;
};

static __int128_t reduced(const struct oomk_knapsack_item *item,
			  const struct scale *s)
{
	return ((__int128_t)s->alpha * item->price -
		(__int128_t)s->beta * item->weight_pages) >> s->round;
}

static u64 rank_of(const struct oomk_knapsack_item *item, const struct scale *s)
{
	__int128_t r = reduced(item, s);

	if (r > (s64)KNAPSACK_KEY_MAX)
		return RANK_ZERO + KNAPSACK_KEY_MAX;
	if (r < -(s64)KNAPSACK_KEY_MAX)
		return RANK_ZERO - KNAPSACK_KEY_MAX;
	return RANK_ZERO + (s64)r;
}

/* Ranks the polled; returns by what their choice exceeds the need. */
static s64 ask(struct knapsack *k, const struct poll *p, const struct scale *s)
{
	s64 sum = 0;
	u32 i;

	knapsack_steps(k, p->nr);
	for (i = 0; i < p->nr; i++) {
		p->entries[i].rank = rank_of(&k->items[p->entries[i].item], s);
		knapsack_pause(k, i);
	}
	oomk_knapsack_least(k, p->entries, p->nr, p->want);
	for (i = 0; i < p->want; i++)
		sum += k->items[p->entries[i].item].weight_pages;
	return sum - p->need;
}

/* The entry that was chosen last. */
static struct knapsack_entry marginal(const struct poll *p)
{
	u32 i, last = 0;

	for (i = 1; i < p->want; i++)
		if (p->entries[i].rank > p->entries[last].rank)
			last = i;
	return p->entries[last];
}

/* Takes a part of a large pool, evenly at random, to its front. */
static struct poll take_poll(struct knapsack *k, const struct poll *all)
{
	struct poll p = *all;
	u32 i;

	p.nr = POLL;
	p.want = all->want * POLL / all->nr;
	if (!p.want)
		p.want = 1;
	/* What one of the chosen frees should be as in the whole pool. */
	/* In two parts: the module cannot divide 128 bits (no libgcc). */
	p.need = all->need / all->want * p.want +
		 all->need % all->want * p.want / all->want;
	for (i = 0; i < POLL; i++)
		knapsack_swap(&p.entries[i],
			      &p.entries[i + knapsack_random(k, all->nr - i)]);
	return p;
}

/* A price of a page, and who is chosen last at it. */
struct offer {
	struct scale scale;
	struct knapsack_entry last;
};

static bool enough(struct knapsack *k, const struct poll *p, struct offer *o)
{
	s64 excess = ask(k, p, &o->scale);

	o->last = marginal(p);
	return excess >= 0;
}

/*
 * Between two prices of a page some entries are chosen for sure, others surely
 * not: as a page becomes dearer all ranks fall, and so does the last rank that
 * is chosen.
 */
static void settle_sure(struct knapsack *k, struct poll *p,
			const struct offer *low, const struct offer *high)
{
	u32 i = 0;

	knapsack_steps(k, p->nr);
	while (i < p->nr) {
		struct knapsack_entry *e = &p->entries[i];
		const struct oomk_knapsack_item *item = &k->items[e->item];

		if (rank_of(item, &low->scale) < high->last.rank) {
			p->want--;
			p->need -= item->weight_pages;
			knapsack_swap(e, p->entries++);
			p->nr--;
			i -= i > 0;
		} else if (rank_of(item, &high->scale) > low->last.rank) {
			knapsack_swap(e, &p->entries[--p->nr]);
		} else {
			i++;
		}
	}
}

/* Widens from a guess until one offer is too low and the other is not. */
static bool bracket(struct knapsack *k, const struct poll *p,
		    struct offer *low, struct offer *high)
{
	u64 step = low->scale.beta / 512 + 1;

	*high = *low;
	if (enough(k, p, high)) {
		while (high->scale.beta) {
			u64 beta = high->scale.beta;

			low->scale.beta = beta > step ? beta - step : 0;
			step *= 8;
			if (!enough(k, p, low))
				return true;
			*high = *low;
		}
		return true;
	}
	low->last = high->last;
	while (!(step >> 56)) {
		high->scale.beta = low->scale.beta + step;
		step *= 8;
		if (enough(k, p, high))
			return true;
		*low = *high;
	}
	return false;
}

/*
 * Finds the price of a page at which the choice just frees enough, between two
 * neighbouring offers. @low holds a guess. Returns false if there is none.
 */
static bool find_price(struct knapsack *k, const struct poll *poll,
		       struct offer *low, struct offer *high)
{
	struct poll p = *poll;

	if (!bracket(k, &p, low, high))
		return false;
	/* Finer than this the rounding of ranks would decide. */
	while (high->scale.beta - low->scale.beta >
	       1 + (low->scale.beta >> 36)) {
		if (k->steps >= k->steps_end)
			return false;
		struct offer middle = *low;

		middle.scale.beta += (high->scale.beta - low->scale.beta) / 2;
		settle_sure(k, &p, low, high);
		if (enough(k, &p, &middle))
			*high = middle;
		else
			*low = middle;
	}
	return true;
}

/*
 * The exact price between two offers: the slope of the line through the items
 * that were chosen last at each, if it is between them.
 */
static struct scale exact(struct knapsack *k, const struct offer *low,
			  const struct offer *high)
{
	const struct oomk_knapsack_item *a = &k->items[low->last.item];
	const struct oomk_knapsack_item *b = &k->items[high->last.item];
	struct scale s = high->scale, line;

	if (a->weight_pages < b->weight_pages) {
		a = b;
		b = &k->items[low->last.item];
	}
	line = (struct scale){
		.alpha = a->weight_pages - b->weight_pages,
		.beta = a->price - b->price,
	};
	if (a->weight_pages > b->weight_pages && a->price >= b->price &&
	    (__int128_t)line.beta * s.alpha <= (__int128_t)line.alpha * s.beta &&
	    (__int128_t)line.beta * s.alpha >=
	    (__int128_t)line.alpha * low->scale.beta)
		return line;
	while (s.alpha >> 40) {
		s.alpha >>= 1;
		s.beta >>= 1;
	}
	s.round = 0;
	return s;
}

/* A line through two entries on which some of a handful of others lie too. */
static bool guess_line(struct knapsack *k, struct scale *line)
{
	const struct oomk_knapsack_item *a, *b, *c;
	u32 i, nr = 0;

	a = &k->items[k->pool[knapsack_random(k, k->nr_pool)].item];
	b = &k->items[k->pool[knapsack_random(k, k->nr_pool)].item];
	if (a->weight_pages < b->weight_pages) {
		c = a;
		a = b;
		b = c;
	}
	if (a->weight_pages == b->weight_pages || a->price <= b->price)
		return false;
	*line = (struct scale){
		.alpha = a->weight_pages - b->weight_pages,
		.beta = a->price - b->price,
	};
	for (i = 0; i < 16; i++) {
		c = &k->items[k->pool[knapsack_random(k, k->nr_pool)].item];
		nr += reduced(c, line) == reduced(a, line);
	}
	return nr >= 12;
}

/* The price of a page in the plain frame, as a scale with room for change. */
static struct scale plain_scale(const struct knapsack *k)
{
	u64 price = k->pivot.price, weight = k->pivot.weight_pages;
	struct scale s = { .alpha = 1ULL << 20 };

	s.beta = (price << 20) / weight;
	while (!(s.alpha >> 59) && !(s.beta >> 34)) {
		s.alpha <<= 1;
		s.beta = s.alpha >> 40 ?
			 s.beta * 2 : s.alpha * price / weight;
	}
	while (s.alpha >> s.round >> 40)
		s.round++;
	return s;
}

/* The multiplier for heads; false if it does not belong to this half. */
static bool find_gamma(struct knapsack *k, const struct poll *all,
		       const struct scale *s, bool more, s64 *gamma)
{
	__int128_t r;

	ask(k, all, s);
	r = reduced(&k->items[marginal(all).item], s);
	if (r > (s64)KNAPSACK_KEY_MAX || r < -(s64)KNAPSACK_KEY_MAX)
		return false;
	*gamma = r;
	return r == 0 || (r > 0) == more;
}

static bool find_scale(struct knapsack *k, const struct poll *all, bool more,
		       struct scale *scale, s64 *gamma)
{
	struct offer low = { .scale = plain_scale(k) }, high;
	struct poll part;
	u32 i;

	for (i = 0; i < 4; i++)
		if (guess_line(k, scale))
			break;
	if (i < 4 && find_gamma(k, all, scale, more, gamma))
		return true;
	if (all->nr > 2 * POLL) {
		part = take_poll(k, all);
		low.scale = find_price(k, &part, &low, &high) ? high.scale :
							       plain_scale(k);
	}
	if (!find_price(k, all, &low, &high))
		return false;
	*scale = exact(k, &low, &high);
	return find_gamma(k, all, scale, more, gamma);
}

/* Sums over the victims that are not in the pool. */
static void fixed_sums(const struct knapsack *k, s64 *need, s64 *count)
{
	u32 i;

	*need = k->need - k->freed;
	*count = k->count;
	for (i = 0; i < k->nr_pool; i++) {
		const struct oomk_knapsack_item *item =
			&k->items[k->pool[i].item];

		if (item->victim) {
			*need += item->weight_pages;
			*count -= 1;
		}
		knapsack_pause(k, i);
	}
}

/**
 * oomk_knapsack_frame_cardinal() - the frame of one half of the solutions
 * @k: the solve, complete, the pool filled
 * @count: victims at least or at most
 * @more: at least
 * @hopeless: set if no improving solution is in this half
 *
 * Return: false if no multipliers were found, or none that help.
 */
bool oomk_knapsack_frame_cardinal(struct knapsack *k, s64 count, bool more,
				  bool *hopeless)
{
	struct poll all = { .entries = k->pool, .nr = k->nr_pool };
	struct scale scale = { .beta = 1 };
	s64 gamma;

	fixed_sums(k, &all.need, &all.want);
	all.want = count - all.want;
	*hopeless = more ? all.want > all.nr : all.want < 0;
	if (*hopeless || all.want <= 0 || all.want > all.nr)
		return false;
	if (!more && ask(k, &all, &scale) < 0) {
		*hopeless = true;
		return false;
	}
	if (!find_scale(k, &all, more, &scale, &gamma))
		return false;
	k->frame = (struct knapsack_frame){
		.alpha = scale.alpha,
		.beta = scale.beta,
		.gamma = gamma,
		.count = count,
		.shift = KNAPSACK_COUNT_BITS,
		.sign = more ? -1 : 1,
	};
	return true;
}
