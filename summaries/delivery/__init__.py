"""Send messages that have rows: claim what is composed, send its messages one by one, record what became of each.

Everything that happens is a row before and after it happens, so that a crash at any moment loses no digest, and sends
no message more than twice: what provably never left is sent again freely, what may have arrived is sent again once.

`service` decides which deliveries go on, `sending` takes one of them through its messages. What alerts and broadcasts
share with digests is below: `posting` sends one message by its row, `room` says how many at a time, `recording` writes
down what happened however long the database is away, `copies` says how often a message may be sent, and `reach` keeps
the last copy for when Telegram answers.
"""

from __future__ import annotations

from summaries.delivery.outbox import Letter, Post, Postponed, state_after
from summaries.delivery.sender_pool import SENDERS, Room
from summaries.delivery.service import DeliveryService

__all__ = [
    "SENDERS",
    "DeliveryService",
    "Letter",
    "Post",
    "Postponed",
    "Room",
    "state_after",
]
