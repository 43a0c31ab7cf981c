"""What a fault did, whether the promise was kept, and docs/measurements/reliability.md."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Count:
    """What reached the chats: messages due, those that never came, those that came twice, and more often.

    `wrong` counts stories that stand as told though their message was not sent, or the other way round.
    """

    due: int = 0
    lost: int = 0
    twice: int = 0
    thrice: int = 0
    wrong: int = 0

    @classmethod
    def of(cls, copies: Sequence[int], wrong: int) -> Count:
        """`copies` is how often each message that was due came."""
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
    """A fault's outcome. `tries` counts how often it struck, `may_be_twice` the messages of which nobody could know
    whether they had arrived."""

    name: str
    tries: int
    chats: int
    count: Count
    may_be_twice: int = 0
    note: str = ""

    @property
    def is_kept(self) -> bool:
        """Nothing lost, nothing three times, twice only what nobody could know."""
        count = self.count
        return not (count.lost or count.thrice or count.wrong) and count.twice <= self.may_be_twice


@dataclass(frozen=True, slots=True)
class Refusal:
    """A database that the bot must not run on: how often it was offered, and how often that ended as it should."""

    name: str
    tries: int
    right: int
    note: str

    @property
    def is_kept(self) -> bool:
        return self.right == self.tries


TEMPLATE = Path(__file__).with_name("page.md")


def written(outcomes: Sequence[Result | Refusal], machine: str) -> str:
    """The whole page."""
    return TEMPLATE.read_text(encoding="utf-8").format(
        machine=machine,
        results="\n".join(result_row(outcome) for outcome in outcomes if isinstance(outcome, Result)),
        refusals="\n".join(
            f"| {outcome.name} | {outcome.tries:,} | {outcome.right:,} | {outcome.note.replace('|', '/')} |"
            for outcome in outcomes
            if isinstance(outcome, Refusal)
        ),
    )


def result_row(result: Result) -> str:
    count = result.count
    figures = (result.tries, result.chats, count.due, count.lost, count.twice, result.may_be_twice, count.thrice)
    kept = "yes" if result.is_kept else "**no**"
    return f"| {result.name} | {' | '.join(f'{figure:,}' for figure in figures)} | {kept} | {result.note} |"
