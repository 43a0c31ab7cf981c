"""Agglomerative clustering of articles, given their pairwise scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BEST_SHARE = 0.5
"""Weight of the best pair between two groups; the mean over all their pairs has the remaining weight.

With the mean alone, a large story splits into its aspects (course, cause, reactions); with the best pair alone, chains
of loosely related articles become one story.
"""


def group_by_score(ids: Sequence[str], score: Callable[[str, str], float], join_at: float) -> list[list[str]]:
    """Join the two nearest groups repeatedly, until no two score at least `join_at`.

    A pair with a score of minus infinity never ends up in one group. The result depends on the order of `ids` only
    where scores tie exactly. Runs in slightly more than quadratic time.
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
