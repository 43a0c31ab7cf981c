"""Send messages that nobody asked for at that moment: digests, alerts and broadcasts.

Each message has a row in the outbox that is written before and after every call. So a crash at any moment loses no
message, and no message arrives more than twice: a message that provably never left is sent again freely, one that may
have arrived is sent once more.

`outbox` sends one message, `sender_pool` bounds how many are sent at the same time, `retrying_writes` records outcomes
while the database is away, and `circuit_breaker` holds messages back while Telegram does not answer. `service` and
`deliver` send digests, `alerts` and `broadcasts` the other kinds.
"""

from __future__ import annotations

from summaries.delivery.outbox import Outbox, RetryLater, state_after
from summaries.delivery.sender_pool import SENDERS, SenderPool
from summaries.delivery.service import DeliveryService
