"""The findings of a check, and their remedies."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """The result of a check: good, a warning, a fault, or unknown."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check; `todo` is the remedy if it is not good."""

    subject: str
    state: State
    what: str
    todo: str = ""


def ok(subject: str, what: str) -> Finding:
    return Finding(subject, State.OK, what)


def warning(subject: str, what: str, todo: str) -> Finding:
    return Finding(subject, State.WARNING, what, todo)


def fault(subject: str, what: str, todo: str) -> Finding:
    return Finding(subject, State.FAULT, what, todo)


def unknown(subject: str, what: str) -> Finding:
    return Finding(subject, State.UNKNOWN, what)
