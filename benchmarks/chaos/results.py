"""Outcomes of faults, and the figures of docs/measurements/reliability.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

from benchmarks.report import DOCS, table, write_section

PAGE = DOCS / "reliability.md"
SECTIONS = ("Lost and duplicate messages", "Databases that the bot refuses")
RESULTS_HEAD = """\
{machine}

**Tries** is how often the fault was injected. A message is **uncertain** if nobody can know whether it arrived: the
process was killed while sending it, or the response never came. It is then sent once more, and never a third time.
Lost messages, third copies and avoidable duplicates must be 0, and so must stories that count as delivered although
their message was not sent. In the rows on alerts every chat watches a word, and a new article contains it.
"""
RESULTS_FOOT = """\
A process killed twice in the short window between marking a message `sending` and writing the request loses that
message: it is indistinguishable from one that was sent. When processes aged 5 s sent second copies, 200 kills on a busy
machine lost 14 of 6,000 messages in this way. A process now waits until it is 30 s old, so a crash loop spends no
second copies.
"""
REFUSALS_HEAD = """\
Each case ends at once with exit code 5 and one line that says how to proceed. The file stays byte for byte the same.
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
        return Count(*(one + another for one, another in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True, slots=True)
class Result:
    """A fault's outcome: how often it struck, and how many messages it left in doubt."""

    name: str
    tries: int
    chats: int
    count: Count
    uncertain: int = 0
    note: str = ""

    @property
    def is_kept(self) -> bool:
        """Whether nothing was lost or sent three times, and only messages in doubt were sent twice."""
        count = self.count
        return not (count.lost or count.thrice or count.wrong) and count.twice <= self.uncertain

    def row(self) -> list[str]:
        count = self.count
        figures = (self.tries, self.chats, count.due, count.lost, count.twice, self.uncertain, count.thrice)
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
        *("fault", "tries", "chats due", "messages due", "lost", "duplicates", "uncertain", "third copies", "kept"),
        "notes",
    )
    results = table(heads, (one.row() for one in outcomes if isinstance(one, Result)))
    refusals = table(
        ("database", "tries", "refused correctly", "message"),
        (one.row() for one in outcomes if isinstance(one, Refusal)),
    )
    write_section(SECTIONS[0], f"{RESULTS_HEAD.format(machine=machine)}\n{results}\n\n{RESULTS_FOOT}", PAGE)
    write_section(SECTIONS[1], f"{REFUSALS_HEAD}\n{refusals}", PAGE)
