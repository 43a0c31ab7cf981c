"""One story per event: which articles, of several outlets, tell the same thing (pure).

An article becomes a `Signature` (plain data that a store can keep), a `StoryIndex` holds the signatures of the last
days and names each article's story. `cluster` does the same for a batch; `pick_best` chooses what a reader is shown.
"""

from __future__ import annotations

from summaries.stories.clustering import cluster
from summaries.stories.index import WINDOW, Entry, StoryIndex
from summaries.stories.representative import Told, count_outlets, pick_best
from summaries.stories.signature import Signature, sign

__all__ = ["WINDOW", "Entry", "Signature", "StoryIndex", "Told", "cluster", "count_outlets", "pick_best", "sign"]
