"""Group articles of several outlets into stories: one story per event.

An article becomes a `Signature` (plain data that a store can keep). A `StoryIndex` holds the signatures of the last
days and assigns each article to a story. `cluster` does the same for a batch, and `pick_best` selects the article shown
to readers.
"""

from __future__ import annotations

from summaries.stories.index import WINDOW, Entry, StoryIndex, cluster
from summaries.stories.representative import StoryArticle, count_outlets, pick_best
from summaries.stories.signature import Signature, make_signature

__all__ = [
    "WINDOW",
    "Entry",
    "Signature",
    "StoryArticle",
    "StoryIndex",
    "cluster",
    "count_outlets",
    "make_signature",
    "pick_best",
]
