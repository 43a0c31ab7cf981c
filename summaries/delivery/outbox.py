"""Send one message that has a row, of whatever kind: a digest's, an alert, a chat's copy of a broadcast.

The row says before the call that a copy may be out, and after it what became of that. So every kind keeps the same
promises: what provably never left is sent again freely, what may have arrived once more and never twice more, nobody's
last copy is spent in an outage, a chat that is told to wait waits alone, and one where nobody reads goes quiet.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from summaries import errors
from summaries.delivery.circuit_breaker import Reach, Unreached
from summaries.delivery.retrying_writes import Recorder
from summaries.digests.schedule import compute_retry_delay
from summaries.model import ChatRef, PartState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from datetime import datetime

    from summaries.ports import Clock, Line, Notifier, SubscriptionStore


T = TypeVar("T")

log = logging.getLogger(__name__)

# So long after what failed the database is asked again.
PAUSE_S = 1.0


@dataclass(frozen=True, slots=True)
class Postponed(Exception):
    """The message, and what comes after it, waits until then."""

    until: datetime


class Abandoned(Exception):
    """Nobody reads in the chat any more: nothing more is sent there."""


class Letter(Protocol):
    """One message and its row. `copies` of it may be out already, after so many `attempts`."""

    @property
    def chat(self) -> ChatRef: ...
    @property
    def attempts(self) -> int: ...
    @property
    def copies(self) -> int: ...

    async def mark_sending(self) -> None:
        """The call is about to be made: count the attempt, and that one more copy may be out.

        Raises:
            LeaseLost: another has claimed it meanwhile, or it is not to be sent any more; nothing was changed.
        """
        ...

    async def send(self, chat: ChatRef) -> int:
        """Make the call, and tell the message's id. Raises the errors under `SendError`."""
        ...

    async def mark_sent(self, message_id: int) -> None: ...

    async def mark_unsent(self, state: PartState, error: str) -> None:
        """It did not, or not surely, arrive: `PENDING` or `FAILED` (no copy left), or `UNCERTAIN`."""
        ...

    async def postpone(self, until: datetime) -> None:
        """Let it wait until then."""
        ...


class Post:
    """Sends letters, any number at the same time. One for a process: what one kind of message learns of Telegram's
    being away, the others know. `chance` gives uniform numbers in [0, 1) that spread retries."""

    def __init__(
        self,
        *,
        line: Line,
        subscriptions: SubscriptionStore,
        notifier: Notifier,
        clock: Clock,
        chance: Callable[[], float],
        pause_s: float = PAUSE_S,
    ) -> None:
        self._line = line
        self._subscriptions = subscriptions
        self._notifier = notifier
        self._clock = clock
        self._chance = chance
        self._reach = Reach(line.reach, clock, chance)
        self._recorder = Recorder(pause_s)
        self._in_line: set[asyncio.Task[Any]] = set()
        self._at_work: set[asyncio.Task[None]] = set()

    @property
    def is_stopped(self) -> bool:
        return self._recorder.is_stopped

    async def record(self, write: Callable[[], Awaitable[T]]) -> T:
        """See `Recorder.record`."""
        return await self._recorder.record(write)

    def begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do work that sends letters beside other such work; `stop` waits for it."""
        task = asyncio.create_task(work)
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)
        return task

    async def stop(self, grace_s: float) -> None:
        """Begin no more messages, and finish those under way; what takes longer is left uncertain."""
        self._recorder.stop()
        for task in self._in_line:
            task.cancel()
        tasks = list(self._at_work)
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=grace_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def attend(
        self, work: Callable[[], Awaitable[None]], postpone: Callable[[datetime], Awaitable[None]]
    ) -> None:
        """Do the work, which sends letters; whatever fails in it, its rows say how it goes on."""
        try:
            await work()
        except (Postponed, Unreached) as waiting:
            until = waiting.until
            await self.record(lambda: postpone(until))
        except errors.LeaseLost:
            log.info("what was claimed took longer than its lease, or is not to be sent any more")
        except errors.StoreError as error:
            # It goes on from its rows as soon as there is a database again.
            log.warning("sending stopped at the database and goes on later: %s", error)
            await self._recorder.pause()
            await self.record(lambda: postpone(self._clock()))
        except Exception:
            log.exception("sending failed unexpectedly; it goes on when its lease is over")

    async def send(self, letter: Letter, name: str) -> bool:
        """Send the message if it may still be sent. True when it arrived, or may have. `name` is for the log.

        Raises:
            Postponed, Unreached: it must wait.
            Abandoned: nothing more is sent to this chat.
            LeaseLost, StoreError: nothing was sent, as the row could not say so.
        """
        if letter.copies >= MOST_COPIES:
            return True
        self._reach.check()
        # The turn comes first: what waits in line when the process dies is known never to have left.
        await self._turn(letter.chat)
        await self._reach.make_sure(is_last_copy=letter.copies == MOST_COPIES - 1)
        await letter.mark_sending()
        try:
            message_id = await self._call(letter)
        except errors.SendError as error:
            return await self._record_failure(letter, name, error)
        self._reach.arrived()
        await self.record(lambda: letter.mark_sent(message_id))
        return True

    async def send_whole(self, letter: Letter, name: str) -> None:
        """Send a message that is all of what its chat gets, and count it as sent when both copies may have arrived.

        Raises:
            Postponed, Unreached, LeaseLost, StoreError: see `send`.
        """
        try:
            await self.send(letter, name)
        except Abandoned:
            return
        if letter.copies >= MOST_COPIES:
            await letter.mark_sent(0)

    async def _turn(self, chat: ChatRef) -> None:
        task = asyncio.current_task()
        if task is None or self.is_stopped:
            raise asyncio.CancelledError
        self._in_line.add(task)
        try:
            await self._line.turn(chat)
        finally:
            self._in_line.discard(task)

    async def _call(self, letter: Letter) -> int:
        chat_id, thread_id = letter.chat.chat_id, letter.chat.thread_id
        try:
            return await letter.send(letter.chat)
        except errors.TopicNotFound:
            if thread_id is None:
                raise
            log.warning("the topic is gone, sending into the general one")
        await self.record(lambda: self._subscriptions.leave_thread(chat_id, thread_id))
        return await letter.send(ChatRef(chat_id))

    async def _record_failure(self, letter: Letter, name: str, error: errors.SendError) -> bool:
        state = state_after(error)
        if state is PartState.UNCERTAIN:
            self._reach.failed()
        elif not isinstance(error, errors.NotDelivered):
            self._reach.arrived()
        await self.record(lambda: letter.mark_unsent(state, str(error)))
        chat_id = letter.chat.chat_id
        now = self._clock()
        log.warning("%s was not sent: %s (%s)", name, type(error).__name__, state.value)
        match error:
            case errors.RateLimited():
                raise Postponed(now + timedelta(seconds=error.retry_after_s))
            case errors.ChatMoved():
                # While it is known by its old id.
                await self.record(lambda: letter.postpone(now))
                await self.record(lambda: self._subscriptions.move_chat(chat_id, error.new_chat_id))
                raise Postponed(now)
            case errors.ChatUnreachable():
                has_become_quiet = await self._go_quiet(chat_id)
                if isinstance(error, errors.MissingRights) and has_become_quiet:
                    await self._tell_of_rights(chat_id)
                raise Abandoned from error
            case errors.NotDelivered() | errors.DeliveryUnknown():
                raise Postponed(now + compute_retry_delay(letter.attempts, self._chance()))
            case _:
                return False

    async def _go_quiet(self, chat_id: int) -> bool:
        """False where the chat was quiet already."""
        return await self.record(lambda: self._subscriptions.go_quiet(chat_id, now=self._clock()))

    async def _tell_of_rights(self, chat_id: int) -> None:
        user_id = await self._subscriptions.set_up_by(chat_id)
        if user_id is None:
            log.warning("the bot may not write in chat %d, and nobody is known who set its digest up", chat_id)
        else:
            await self._notifier.tell_no_rights(user_id, chat_id)


# A message may reach its chat twice, when nobody knows whether the first copy arrived; never three times.
MOST_COPIES = 2


def state_after(error: errors.SendError) -> PartState:
    """What a part is after its call ended with this error."""
    if isinstance(error, errors.DeliveryUnknown):
        return PartState.UNCERTAIN
    if isinstance(error, errors.NotDelivered | errors.RateLimited | errors.ChatMoved):
        return PartState.PENDING
    return PartState.FAILED
