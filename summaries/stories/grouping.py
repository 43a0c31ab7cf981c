"""From pairs to groups: join what is nearest on average, as long as it is near enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def group(ids: Sequence[str], score: Callable[[str, str], float], join_at: float) -> list[list[str]]:
    """Average-link agglomeration: groups whose mean score over all pairs between them is at least `join_at` are joined,
    best first. The result depends on the order of `ids` only where scores tie exactly.

    Cost grows with the square of `ids`, and a little more.
    """
    groups = {i: [name] for i, name in enumerate(ids)}
    means = np.full((len(ids), len(ids)), -np.inf)
    for i, a in enumerate(ids):
        for k in range(i):
            means[i, k] = means[k, i] = score(a, ids[k])
    while len(groups) > 1:
        i, k = sorted(divmod(int(means.argmax()), len(ids)))
        if means[i, k] < join_at:
            break
        m, n = len(groups[i]), len(groups[k])
        joined = (means[i] * m + means[k] * n) / (m + n)
        means[i], means[:, i] = joined, joined
        means[i, i] = -np.inf
        means[k], means[:, k] = -np.inf, -np.inf
        groups[i] += groups.pop(k)
    return list(groups.values())
