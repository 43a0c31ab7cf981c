"""Outcomes of faults, and the figures of docs/reliability.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.report import DOCS, table, write_section

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE = DOCS / "reliability.md"
SECTIONS = ("What was lost, what came twice", "Databases that the bot does not run on")
RESULTS_HEAD = """\
{machine}

**Tries** is how often the fault struck. A message **may be twice** if nobody can know whether it arrived: it was on its
way when the process was killed, or its answer never came. It is then sent once more, never twice more. The columns for
lost, three times, and twice without need must be 0, and so must stories recorded as delivered without a sent message.
In rounds of alerts every chat watches a word, and an article with it comes in: the bot has to find it, too.
"""
RESULTS_FOOT = """\
A message whose process is killed between recording it as `sending` and writing the request, twice, is lost: it looks
like one that was sent. A second copy is therefore sent only by a process that has run for 30 s: with 5 s, 200 kills on
a busy machine lost 14 of 6,000 messages.
"""
REFUSALS_HEAD = """\
Each ends at once with exit code 5 and one line with the remedy; the file stays unchanged, byte for byte.
"""


@dataclass(frozen=True, slots=True)
class Count:
    """Messages due, and how many of them never came, came twice, and came more often.

    `wrong` counts stories recorded as delivered without a sent message, and the reverse.
    """

    due: int = 0
    lost: int = 0
    twice: int = 0
    thrice: int = 0
    wrong: int = 0

    @classmethod
    def of(cls, copies: Sequence[int], wrong: int) -> Count:
        """Count from how often each due message came."""
        return cls(
            due=len(copies),
            lost=sum(number == 0 for number in copies),
            twice=sum(number == 2 for number in copies),
            thrice=sum(number > 2 for number in copies),
            wrong=wrong,
        )

    def __add__(self, other: Count) -> Count:
        return Count(
            self.due + other.due,
            self.lost + other.lost,
            self.twice + other.twice,
            self.thrice + other.thrice,
            self.wrong + other.wrong,
        )


@dataclass(frozen=True, slots=True)
class Result:
    """A fault's outcome: how often it struck, and how many messages it left in doubt."""

    name: str
    tries: int
    chats: int
    count: Count
    may_be_twice: int = 0
    note: str = ""

    @property
    def is_kept(self) -> bool:
        """Whether nothing was lost or sent three times, and only messages in doubt were sent twice."""
        count = self.count
        return not (count.lost or count.thrice or count.wrong) and count.twice <= self.may_be_twice

    def row(self) -> list[str]:
        count = self.count
        figures = (self.tries, self.chats, count.due, count.lost, count.twice, self.may_be_twice, count.thrice)
        return [self.name, *(f"{figure:,}" for figure in figures), "yes" if self.is_kept else "**no**", self.note]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A kind of database that the bot must refuse: how many were offered, and how many refused correctly."""

    name: str
    tries: int
    right: int
    note: str

    @property
    def is_kept(self) -> bool:
        return self.right == self.tries

    def row(self) -> list[str]:
        return [self.name, f"{self.tries:,}", f"{self.right:,}", self.note.replace("|", "/")]


def write_page(outcomes: Sequence[Result | Refusal], machine: str) -> None:
    """Replace the sections with figures; the rest of the page is written by hand."""
    heads = (
        *("fault", "tries", "chats due", "messages due", "lost", "came twice", "may be twice", "three times", "kept"),
        "",
    )
    results = table(heads, (one.row() for one in outcomes if isinstance(one, Result)))
    refusals = table(
        ("database", "tries", "refused correctly", "message"),
        (one.row() for one in outcomes if isinstance(one, Refusal)),
    )
    write_section(SECTIONS[0], f"{RESULTS_HEAD.format(machine=machine)}\n{results}\n\n{RESULTS_FOOT}", PAGE)
    write_section(SECTIONS[1], f"{REFUSALS_HEAD}\n{refusals}", PAGE)
