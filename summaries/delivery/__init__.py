"""Send messages that nobody asked for at that moment: digests, alerts and broadcasts.

Each message has a row in the outbox that is written before and after every call. So a crash at any moment loses no
message, and no message arrives more than twice: a message that provably never left is sent again freely, one that may
have arrived is sent once more.

`outbox` sends messages, a bounded number at the same time, and records outcomes however long the database is away;
`circuit_breaker` holds messages back while Telegram does not answer. `service` sends digests, `alerts` and `broadcasts`
the other kinds.
"""

from __future__ import annotations

from summaries.delivery.outbox import SENDERS, Outbox
from summaries.delivery.service import DeliveryService
