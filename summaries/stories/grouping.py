"""From pairs to groups: join what is nearest, as long as it is near enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BEST_SHARE = 0.5
"""How much the best pair between two groups counts; the mean over all their pairs counts for the rest.

By the mean alone a large story falls into its aspects (what happened, why, how it was); by the best pair alone chains
of loosely related articles become one story.
"""


def group(ids: Sequence[str], score: Callable[[str, str], float], join_at: float) -> list[list[str]]:
    """Agglomeration: the two groups that are nearest are joined, until no two are at least as near as `join_at`.

    A pair's score may be minus infinity: such two never come into one group. The result depends on the order of `ids`
    only where scores tie exactly. Cost grows with the square of `ids`, and a little more.
    """
    groups = {i: [name] for i, name in enumerate(ids)}
    means = np.full((len(ids), len(ids)), -np.inf)
    for i, a in enumerate(ids):
        for k in range(i):
            means[i, k] = means[k, i] = score(a, ids[k])
    bests = means.copy()
    while len(groups) > 1:
        links = means * (1 - BEST_SHARE) + bests * BEST_SHARE
        i, k = sorted(divmod(int(links.argmax()), len(ids)))
        if links[i, k] < join_at:
            break
        m, n = len(groups[i]), len(groups[k])
        for table, joined in (
            (means, (means[i] * m + means[k] * n) / (m + n)),
            (bests, np.maximum(bests[i], bests[k])),
        ):
            table[i], table[:, i] = joined, joined
            table[i, i] = -np.inf
            table[k], table[:, k] = -np.inf, -np.inf
        groups[i] += groups.pop(k)
    return list(groups.values())
