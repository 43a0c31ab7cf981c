"""What a check found, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How it is: well, worth a look, broken, or not to be told here."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `todo` says what to do where it is not well."""

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
