"""The content of a text by which sentences are compared: its stems, names and figures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from summaries.stories.figures import Kind, extract_figures
from summaries.stories.signature import extract_names, extract_terms

_NAME_BONUS, _FIGURE_BONUS = 1.0, 2.0
# Longer sentences have more new words: the gain is divided by the length beyond this many stems.
_USUAL_STEMS = 15


@dataclass(frozen=True, slots=True)
class Content:
    """The stems of a text's content words, those written as names, and the values of its figures by their kinds."""

    stems: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    figures: frozenset[tuple[Kind, Decimal]] = frozenset()

    @classmethod
    def read(cls, text: str) -> Content:
        """Return the content of the text."""
        figures = frozenset((figure.kind, figure.value) for figure in extract_figures("", text))
        return cls(frozenset(extract_terms(text)), extract_names(text), figures)

    @classmethod
    def unite(cls, contents: Iterable[Content]) -> Content:
        """Return the content of all the texts together."""
        found = list(contents)
        return cls(
            frozenset().union(*(one.stems for one in found)),
            frozenset().union(*(one.names for one in found)),
            frozenset().union(*(one.figures for one in found)),
        )

    def __or__(self, other: Content) -> Content:
        return Content.unite((self, other))

    def measure_gain(self, known: Content) -> float:
        """Return how much new information there is beyond `known`, in stems: a name counts twice, a figure adds two.

        There must be stems.
        """
        new = self.stems - known.stems
        gain = len(new) + _NAME_BONUS * len(self.names & new) + _FIGURE_BONUS * len(self.figures - known.figures)
        return gain * min(1.0, _USUAL_STEMS / len(self.stems))
