# SPDX-License-Identifier: GPL-2.0
"""What the victims of a cycle should have cost, from its record alone.

The least price of a set that weighs at least the need, and the fewest victims
at that price, by lists of partial sums without the dominated ones (Nemhauser
and Ullmann, 1969). It shares neither code nor method with the solver in the
module: no bounds from a relaxation, no core, no budget.
"""

# What a record must have; the module's own sums are compared, not trusted.
CYCLE_KEYS = ("cycle", "cause", "level", "start_ns", "need_pages",
              "freeable_pages", "pending_pages", "items_omitted", "reason",
              "victims", "tasks", "freed_pages", "lost_price_64ths",
              "bound_price_64ths", "back_pages", "overshoot_pages",
              "undershoot_pages", "spared", "signal_us", "end_us",
              "kernel_kills", "backstop", "outcome", "items")
ITEM_KEYS = ("pid", "comm", "weight_pages", "utility", "price_64ths",
             "victim", "status", "signals")


def cheapest(items, need):
    """Least (price, number) of a set of (weight, price) that weighs the need.

    None if all together weigh less. Cost is compared as a pair, first price,
    then number; sums of pairs keep that order, so that a partial set which
    weighs no more and costs no less than another can be forgotten.
    """
    if need <= 0:
        return (0, 0)
    if sum(weight for weight, _ in items) < need:
        return None
    # By ascending cost, and so by ascending weight: no state is dominated.
    states = [((0, 0), 0)]
    best = greedy(items, need)
    for weight, price in sorted(items, reverse=True):
        if weight <= 0:
            continue
        grown = [((cost[0] + price, cost[1] + 1), min(need, held + weight))
                 for cost, held in states]
        merged, heaviest = [], -1
        for cost, held in sorted(states + grown,
                                 key=lambda state: (state[0], -state[1])):
            if held <= heaviest or cost > best:
                continue
            if held == need:
                best = cost
            merged.append((cost, held))
            heaviest = held
        states = merged
    return best


def greedy(items, need):
    """Cost of some set that weighs the need: what nothing better may exceed."""
    cost, held = (0, 0), 0
    for weight, price in sorted(items, key=lambda i: (i[1] / max(i[0], 1))):
        if held >= need:
            break
        if weight > 0:
            cost, held = (cost[0] + price, cost[1] + 1), held + weight
    return cost


def missing_keys(record):
    """Keys that a record lacks."""
    missing = [key for key in CYCLE_KEYS if key not in record]
    for item in record.get("items", []):
        missing += [f"item {key}" for key in ITEM_KEYS if key not in item]
    return sorted(set(missing))


def judge_infeasible(record, total, need):
    """Complaints about a cycle that chose nobody."""
    if total >= need:
        return [f"called infeasible, but all weigh {total} of {need}"]
    if any(item["victim"] for item in record["items"]):
        return ["called infeasible, but has victims"]
    return []


def judge_cycle(record):
    """Hold one record against the best choice.

    Returns complaints and, if somebody was chosen, the price beyond the best
    one in 1/64; a choice that is not proven may be dearer, and no complaint.
    """
    missing = missing_keys(record)
    if missing:
        return ["record lacks " + ", ".join(missing)], None
    if record["items_omitted"]:
        return [f"{record['items_omitted']} items are not recorded"], None
    items = record["items"]
    need = record["need_pages"]
    total = sum(item["weight_pages"] for item in items)
    bad = []
    if total != record["freeable_pages"]:
        bad.append(f"items weigh {total}, the cycle says "
                   f"{record['freeable_pages']}")
    if record["reason"] == "infeasible":
        return bad + judge_infeasible(record, total, need), None
    chosen = [item for item in items if item["victim"]]
    lost = sum(item["price_64ths"] for item in chosen)
    freed = sum(item["weight_pages"] for item in chosen)
    if freed < need:
        bad.append(f"victims weigh {freed} of {need}")
    # Who was spared, or gone before a signal, is not in the cycle's own sum; who
    # died of an executor that did not get to report its signals is.
    paid = sum(item["price_64ths"] for item in chosen
               if item["status"] == "gone" or
               item["signals"] and item["status"] != "spared")
    if record["lost_price_64ths"] not in (lost, paid):
        bad.append(f"victims cost {lost}, those not spared {paid}, the cycle "
                   f"says {record['lost_price_64ths']}")
    best = cheapest([(item["weight_pages"], item["price_64ths"])
                     for item in items], need)
    if best is None:
        return bad + [f"all weigh {total} of {need}, called "
                      f"{record['reason']}"], None
    if lost < best[0]:
        bad.append(f"victims cost {lost}, less than the best {best[0]}")
    if record["bound_price_64ths"] > best[0]:
        bad.append(f"bound {record['bound_price_64ths']} is above the best "
                   f"{best[0]}")
    if record["reason"] == "proven" and (lost, len(chosen)) != best:
        bad.append(f"called proven, costs {lost} for {len(chosen)} victims; "
                   f"{best[0]} for {best[1]} would do")
    return bad, lost - best[0]


def median(values):
    """The middle one, the lower of two; 0 if there is none."""
    values = sorted(values)
    return values[(len(values) - 1) // 2] if values else 0


def percentile(values, percent):
    """The smallest value that so many per cent do not exceed."""
    values = sorted(values)
    if not values:
        return 0
    return values[max(0, -(-len(values) * percent // 100) - 1)]
