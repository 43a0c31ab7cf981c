"""How often a message may be sent, and what it is after a call that failed (pure)."""

from __future__ import annotations

from summaries import errors
from summaries.model import PartState

# A message may reach its chat twice, when nobody knows whether the first copy arrived; never three times.
MOST_COPIES = 2


def state_after(error: errors.SendError) -> PartState:
    """What a part is after its call ended with this error."""
    if isinstance(error, errors.MaybeSent):
        return PartState.UNCERTAIN
    if isinstance(error, errors.NotSent | errors.SlowDown | errors.ChatMoved):
        return PartState.PENDING
    return PartState.FAILED
