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
It is **unknown** if that copy is uncertain, too; its stories come again. Lost messages, third copies, avoidable
duplicates and other unknown messages must be 0, and so must stories that count as delivered although their message was
not sent. In the rows on alerts every chat watches a word, and a new article contains it.
"""
SHARES_HEAD = """\
{machine}

Each call of any method but getUpdates fails with the given probability, however often its message failed before. A
third of the faults is a 500 of Telegram, a third a 502 with a page, a sixth each a reset before and after the message
was accepted. Only a reset leaves a doubt. If both copies of a message are in doubt, the ledger says **unknown**, and
its stories come with the next digest: about (share / 3)² of the messages. A message is **lost** if it never came and
the ledger does not say so.
"""
FLEETS_HEAD = """\
{machine}

Two receivers behind a load balancer and three workers on PostgreSQL with the sandbox on the same machine. At random
moments one of the five is killed with SIGKILL and started again, in one of four cases before the last one has joined
the fleet again; the database server is crashed with SIGQUIT in between. Each chat is due one message, spread evenly
over the run, and each call takes 0.5 s; one /berita per second is asked. A message is **in flight** if the killed
process, or any at a crash, was sending it, and an answer if any worker had begun it when one was killed. All duplicates
must be among these. Answers are not recorded before they are sent: an interrupted one is sent again, each time.
"""
REFUSALS_HEAD = """\
Each case ends at once with exit code 5 and one line that says how to proceed. The file stays byte for byte the same.
"""


@dataclass(frozen=True, slots=True)
class Count:
    """Messages due, and how many of them never came, came twice, and came more often.

    `unknown` counts those that the ledger calls so; they are not lost. `wrong` counts stories recorded as delivered
    without a sent message, and the reverse.
    """

    due: int = 0
    lost: int = 0
    twice: int = 0
    thrice: int = 0
    wrong: int = 0
    unknown: int = 0

    @classmethod
    def of(cls, copies: Sequence[tuple[int, bool]], wrong: int) -> Count:
        """Count from how often each due message came, and whether its outcome is unknown."""
        return cls(
            due=len(copies),
            lost=sum(number == 0 and not is_unknown for number, is_unknown in copies),
            twice=sum(number == 2 for number, _ in copies),
            thrice=sum(number > 2 for number, _ in copies),
            wrong=wrong,
            unknown=sum(is_unknown for _, is_unknown in copies),
        )

    def __add__(self, other: Count) -> Count:
        return Count(*(one + another for one, another in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True, slots=True)
class Result:
    """A fault's outcome: how often it struck, and how many messages it left in doubt, once and twice."""

    name: str
    tries: int
    chats: int
    count: Count
    uncertain: int = 0
    note: str = ""
    uncertain_twice: int = 0

    @property
    def is_kept(self) -> bool:
        """Whether nothing was lost or sent three times, only messages in doubt were sent twice, and only those in doubt
        twice are unknown."""
        count = self.count
        return not (count.lost or count.thrice or count.wrong) and count.twice <= self.uncertain and self.is_known

    @property
    def is_known(self) -> bool:
        return self.count.unknown <= self.uncertain_twice

    def row(self) -> list[str]:
        count = self.count
        outcomes = (count.lost, count.twice, self.uncertain, count.unknown, count.thrice)
        figures = (self.tries, self.chats, count.due, *outcomes)
        return [self.name, *(f"{figure:,}" for figure in figures), "yes" if self.is_kept else "**no**", self.note]


@dataclass(frozen=True, slots=True)
class Share(Result):
    """The outcome of a share of failing calls, some of which leave a message in doubt twice."""

    @property
    def is_known(self) -> bool:
        return True

    def row(self) -> list[str]:
        count = self.count
        parts = (count.lost, count.unknown, count.twice, count.thrice)
        shown = (f"{part:,} ({part / max(1, count.due):.2%})" for part in parts)
        return [self.name, f"{count.due:,}", f"{self.tries:,}", *shown, self.note]


@dataclass(frozen=True, slots=True)
class OfFleet(Result):
    """The outcome of one kind of message of a fleet. Avoidable duplicates are counted as wrong."""

    @property
    def is_kept(self) -> bool:
        return not (self.count.lost or self.count.wrong)

    def row(self) -> list[str]:
        count = self.count
        duplicates = (count.twice, count.thrice, count.wrong)
        figures = (self.tries, count.due, count.lost, count.unknown, self.uncertain, *duplicates)
        return [self.name, *(f"{figure:,}" for figure in figures), self.note]


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
        *("fault", "tries", "chats due", "messages due", "lost", "duplicates", "uncertain", "unknown", "third copies"),
        *("kept", "notes"),
    )
    results = table(heads, (one.row() for one in outcomes if type(one) is Result))
    refusals = table(
        ("database", "tries", "refused correctly", "message"),
        (one.row() for one in outcomes if isinstance(one, Refusal)),
    )
    write_section(SECTIONS[0], f"{RESULTS_HEAD.format(machine=machine)}\n{results}", PAGE)
    write_section(SECTIONS[1], f"{REFUSALS_HEAD}\n{refusals}", PAGE)


def write_shares(shares: Sequence[Share], machine: str) -> None:
    """Replace the section on independent faults."""
    heads = ("failing calls", "messages", "faults", "lost", "unknown", "duplicates", "third copies", "notes")
    rows = table(heads, (share.row() for share in shares))
    write_section("Independent faults", f"{SHARES_HEAD.format(machine=machine)}\n{rows}", PAGE)


def write_fleets(outcomes: Sequence[OfFleet], machine: str) -> None:
    """Replace the section on a fleet whose processes are killed."""
    counts = ("kills and crashes", "due", "lost", "unknown", "in flight")
    heads = ("messages", *counts, "duplicates", "third copies", "avoidable", "notes")
    rows = table(heads, (one.row() for one in outcomes))
    write_section("A fleet whose processes are killed", f"{FLEETS_HEAD.format(machine=machine)}\n{rows}", PAGE)
