"""Send messages of the outbox, of any kind.

Its row records before the call that a copy may arrive, and after it the outcome. So every kind keeps the same promises:
a message that provably never left is sent again freely, one that may have arrived once more, no last copy is spent in
an outage, a rate limit delays only its own chat, and a chat that the bot cannot write to is suspended.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias, TypeVar

from summaries import errors
from summaries.delivery.circuit_breaker import CircuitBreaker, RetryLater
from summaries.digests.schedule import compute_retry_delay
from summaries.model import ChatRef, OutboxMessage, PartState
from summaries.ports import Clock, Notifier, OutboxStore, SendLimiter, SubscriptionStore

Call: TypeAlias = Callable[[ChatRef], Awaitable[int]]

T = TypeVar("T")

log = logging.getLogger(__name__)

# The pause before the database is tried again.
PAUSE_S = 1.0
# The lease while a message waits for the rate limiter; after it another process may claim the message.
TURN_LEASE = timedelta(minutes=1)
# The lease while a message is being sent; calls take far less.
CALL_LEASE = timedelta(minutes=5)
# A message may arrive twice, if nobody knows whether the first copy did; never three times.
MAX_POSSIBLE_COPIES = 2
# A message is given up when Telegram answers this many of its calls with an error of its own: it may be their cause.
MAX_SERVER_ERRORS = 20
# Chats that are written to at the same time: more connections make each call slower. Sends that take longer than
# SLOW_AFTER_S are not counted, so that they do not hold up others, up to MAX_SENDERS in all.
SENDERS = 24
MAX_SENDERS = 128
SLOW_AFTER_S = 2.0
# A tick waits this long for sends that hang.
MAX_WAIT_S = 1.0


class Outbox:
    """Sends messages of the outbox, any number at the same time.

    A process has one, so that all kinds share the circuit breaker. `chance` gives uniform numbers in [0, 1) that spread
    retries.
    """

    def __init__(
        self,
        *,
        store: OutboxStore,
        line: SendLimiter,
        subscriptions: SubscriptionStore,
        notifier: Notifier,
        clock: Clock,
        chance: Callable[[], float],
        pause_s: float = PAUSE_S,
    ) -> None:
        self.store = store
        self._pause_s = pause_s
        self._line = line
        self._subscriptions = subscriptions
        self._notifier = notifier
        self._clock = clock
        self._chance = chance
        self._breaker = CircuitBreaker(line.reach, clock, chance)
        self._stopped = asyncio.Event()
        self._waiting: set[asyncio.Task[Any]] = set()
        self._sending: set[asyncio.Task[None]] = set()

    @property
    def is_stopped(self) -> bool:
        return self._stopped.is_set()

    async def write(self, write: Callable[[], Awaitable[T]]) -> T:
        """Return the result of `write`, repeated while the database fails: an outcome that is lost means a second copy.

        Raises:
            StoreError: it could not be written before the stop. Its message is uncertain at the next start.
        """
        while True:
            try:
                return await write()
            except errors.StoreError as error:
                if self.is_stopped:
                    raise
                log.warning("the outcome of a message could not be stored yet: %s", error)
                await self._pause()

    async def _pause(self) -> None:
        """Wait before the database is tried again, but not after `stop`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pause_s):
                await self._stopped.wait()

    def begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start work that sends messages; `stop` waits for it."""
        task = asyncio.create_task(work)
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)
        return task

    async def stop(self, grace_s: float) -> None:
        """Start no more calls, and let those that are being made finish within `grace_s`; the others stay uncertain."""
        self._stopped.set()
        for task in self._waiting:
            task.cancel()
        tasks = list(self._sending)
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=grace_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def run_guarded(self, ids: Sequence[int], work: Callable[[], Awaitable[None]]) -> None:
        """Run work that sends the messages `ids`; postpone them if they must wait, and log other failures."""
        try:
            await work()
        except RetryLater as waiting:
            until = waiting.until
            await self.write(lambda: self.store.postpone(ids, until))
        except errors.LeaseLost:
            log.info("a message was claimed by another process, or is not to be sent any more")
        except errors.StoreError as error:
            # It goes on from its rows as soon as there is a database again.
            log.warning("sending stopped at the database and goes on later: %s", error)
            await self._pause()
            await self.write(lambda: self.store.postpone(ids, self._clock()))
        except Exception:
            log.exception("sending failed unexpectedly; it goes on when its lease is over")

    async def send(
        self,
        message: OutboxMessage,
        call: Call,
        *,
        name: str,
        until: datetime | None = None,
        pause: timedelta | None = None,
        is_last: bool = False,
    ) -> PartState:
        """Send the message if it may still be sent; return SENT, FAILED, or UNCERTAIN if all copies may have arrived.

        `call` sends it to a chat and returns the message's id. `name` is for the log, `until` the end of the lease
        during the call, and `pause` separates alerts of one chat. If the message arrives and `is_last`, its delivery is
        finished, too.

        Raises:
            RetryLater: it must wait.
            ChatUnreachable: the bot cannot write to the chat.
            LeaseLost, StoreError: nothing was sent, as the row could not be written.
        """
        if message.possible_copies >= MAX_POSSIBLE_COPIES:
            return PartState.UNCERTAIN
        self._breaker.check()
        # The rate limiter comes first: a message that waits there when the process dies is known never to have left.
        await self._wait_for_turn(message.chat)
        await self._breaker.before_send(is_last_copy=message.possible_copies == MAX_POSSIBLE_COPIES - 1)
        await self.store.mark_sending(message, until=until or self._clock() + CALL_LEASE)
        try:
            message_id = await self._call(message.chat, call)
        except errors.SendError as error:
            await self._record_failure(message, name, error)
            return PartState.FAILED
        self._breaker.record_success()
        await self.write(
            lambda: self.store.mark_sent(
                message, message_id=message_id, now=self._clock(), pause=pause, is_last=is_last
            )
        )
        return PartState.SENT

    async def send_single(
        self, message: OutboxMessage, call: Call, *, name: str, pause: timedelta | None = None
    ) -> None:
        """Send a message that is independent of others, and close it as unknown when both copies may have arrived.

        Raises:
            RetryLater, LeaseLost, StoreError: see `send`.
        """
        with suppress(errors.ChatUnreachable):
            if await self.send(message, call, name=name, pause=pause) is PartState.UNCERTAIN:
                log.warning("%s may have arrived twice or not at all", name)
                await self.write(lambda: self.store.mark_unknown(message, now=self._clock()))

    async def edit(self, message: OutboxMessage, call: Call, *, version: int, name: str) -> None:
        """Edit a message that was sent, so that it shows the `version` of its event.

        An edit may be repeated without harm, so it is tried until Telegram has accepted or refused it.

        Raises:
            RetryLater, LeaseLost, StoreError: see `send`.
        """
        self._breaker.check()
        await self._wait_for_turn(message.chat)
        await self._breaker.before_send(is_last_copy=False)
        await self.store.mark_editing(message, until=self._clock() + CALL_LEASE)
        refusal = None
        try:
            await call(message.chat)
        except errors.SendError as error:
            refusal = str(error)
            with suppress(errors.ChatUnreachable):
                await self._record_failure(replace(message, server_errors=message.attempts), name, error)
        else:
            self._breaker.record_success()
        await self.write(lambda: self.store.mark_edited(message, version=version, now=self._clock(), error=refusal))

    async def _wait_for_turn(self, chat: ChatRef) -> None:
        task = asyncio.current_task()
        if task is None or self.is_stopped:
            raise asyncio.CancelledError
        self._waiting.add(task)
        try:
            await self._line.turn(chat)
        finally:
            self._waiting.discard(task)

    async def _call(self, chat: ChatRef, call: Call) -> int:
        thread_id = chat.thread_id
        try:
            return await call(chat)
        except errors.TopicNotFound:
            if thread_id is None:
                raise
            log.warning("the topic is gone, sending into the general one")
        await self.write(lambda: self._subscriptions.leave_thread(chat.chat_id, thread_id))
        return await call(ChatRef(chat.chat_id))

    async def _record_failure(self, message: OutboxMessage, name: str, error: errors.SendError) -> None:
        """Record the failure; return if it is final.

        Raises:
            RetryLater: the message is to be sent again.
            ChatUnreachable: the bot cannot write to the chat.
        """
        is_server_error = isinstance(error, errors.ServerError)
        state = state_after(error, message.server_errors + is_server_error)
        if isinstance(error, errors.DeliveryUnknown | errors.NotDelivered):
            self._breaker.record_failure()
        else:
            self._breaker.record_success()
        await self.write(
            lambda: self.store.mark_unsent(message, state=state, error=str(error), is_server_error=is_server_error)
        )
        chat_id = message.chat.chat_id
        now = self._clock()
        log.warning("%s was not sent: %s (%s)", name, type(error).__name__, state.value)
        match error:
            case errors.RateLimited():
                raise RetryLater(now + timedelta(seconds=error.retry_after_s))
            case errors.ChatMoved():
                new_chat_id = error.new_chat_id
                await self.write(lambda: self._subscriptions.move_chat(chat_id, new_chat_id))
                raise RetryLater(now)
            case errors.ChatUnreachable():
                is_new = await self.write(lambda: self._subscriptions.suspend(chat_id, now=self._clock()))
                if isinstance(error, errors.MissingRights) and is_new:
                    await self._notify_of_rights(chat_id)
                raise error
            case errors.NotDelivered() | errors.DeliveryUnknown() if state is not PartState.FAILED:
                raise RetryLater(now + compute_retry_delay(message.attempts, self._chance()))

    async def _notify_of_rights(self, chat_id: int) -> None:
        user_id = await self._subscriptions.set_up_by(chat_id)
        if user_id is None:
            log.warning("the bot may not write in chat %d, and nobody is known who set its digest up", chat_id)
        else:
            await self._notifier.notify_missing_rights(user_id, chat_id)


def state_after(error: errors.SendError, server_errors: int) -> PartState:
    """Return the state of a message whose last call ended with this error; `server_errors` calls so far ended with an
    error of Telegram's own."""
    if isinstance(error, errors.DeliveryUnknown):
        return PartState.UNCERTAIN
    if isinstance(error, errors.ServerError) and server_errors >= MAX_SERVER_ERRORS:
        return PartState.FAILED
    if isinstance(error, errors.NotDelivered | errors.RateLimited | errors.ChatMoved):
        return PartState.PENDING
    return PartState.FAILED


class SenderPool:
    """Running sends by their keys, and the number of slots that are free."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._begun_s: dict[int, float] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    @property
    def keys(self) -> Collection[int]:
        """The keys of the running sends."""
        return self._tasks.keys()

    def begin(self, key: int, work: Coroutine[Any, Any, None]) -> None:
        task = self._outbox.begin(work)
        self._tasks[key] = task
        self._begun_s[key] = asyncio.get_running_loop().time()
        task.add_done_callback(lambda _: self._end(key))

    def _end(self, key: int) -> None:
        del self._tasks[key], self._begun_s[key]

    def free_slots(self) -> int:
        """Return how many more sends may begin."""
        late = asyncio.get_running_loop().time() - SLOW_AFTER_S
        slow = sum(begun_s < late for begun_s in self._begun_s.values())
        return max(0, min(SENDERS + slow, MAX_SENDERS) - len(self._tasks))

    async def wait_for_slots(self) -> None:
        """Wait until a quarter of the slots are free, but no longer than MAX_WAIT_S."""
        await self._wait(SENDERS // 4)

    async def wait_for_all(self) -> None:
        """Wait until no send is running, but no longer than MAX_WAIT_S."""
        await self._wait(MAX_SENDERS)

    async def _wait(self, enough: int) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(MAX_WAIT_S):
                while self._tasks:
                    await asyncio.wait(self._tasks.values(), return_when=asyncio.FIRST_COMPLETED)
                    if self.free_slots() >= enough:
                        return
