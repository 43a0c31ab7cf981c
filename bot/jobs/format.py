"""The format of what the processes of a fleet hand to each other, and what each tells of itself when it joins."""

from __future__ import annotations

from importlib.metadata import version

from summaries.model import Membership

JOB_FORMAT = 1
"""Raise it whenever a member of the last version could not do a job, or read a stored update, that this one writes, or
could not live with a step of the tables: a job of a new name, other arguments, a column that it still needs gone. Members
of two formats never work at the same time, and jobs of the older that are left must be readable here. Steps that only add
need no other format: then members are replaced one after the other.
"""


def membership(kind: str, queues: tuple[str, ...] = (), *, more_connections: int) -> Membership:
    """What this process is."""
    return Membership(kind, version("ringkas"), JOB_FORMAT, queues, more_connections)
