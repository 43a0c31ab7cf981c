"""Each chat's messages while Telegram answers in every way."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time

import pytest
from structlog.contextvars import get_contextvars

from summaries import errors
from summaries.delivery.outbox import MAX_SERVER_ERRORS
from summaries.model import ChatMembership, ChatRef, DeliveryPart, Digest, Outcome, Reason, Resumed, Subscription
from tests.summaries.delivery.conftest import (
    DAY,
    JAKARTA,
    SEVEN,
    Add,
    World,
    find_last_outcome,
    find_outcomes,
    render_digest,
)


@pytest.mark.parametrize(
    ("error", "wait_s"),
    [
        (errors.NotDelivered("connection refused"), 5),
        # Nothing else was sent that would show that Telegram takes messages.
        (errors.DeliveryUnknown("timed out"), 10),
        (errors.RateLimited(37), 37),
    ],
)
async def test_retryable_message_is_sent_after_its_delay(
    world: World, add_news: Add, error: errors.SendError, wait_s: int
) -> None:
    await world.subscribe()
    await add_news(1)
    world.messenger.plan = [None, error]
    assert await world.tick() == ["1 items, 0 more"]
    world.clock.forward(seconds=wait_s - 1)
    assert await world.tick() == []
    world.clock.forward(seconds=1)
    assert await world.tick() == ["news 1"]
    world.clock.forward(hours=1)
    assert await world.tick() == []


async def test_uncertain_message_is_resent_at_most_once(world: World) -> None:
    await world.subscribe()
    world.messenger.uncertain_arrives = True
    world.messenger.plan = [errors.DeliveryUnknown("timed out")] * 5
    for _ in range(20):
        await world.tick()
        world.clock.forward(minutes=15)
    assert world.messenger.arrived == [(7, "0 items, 0 more")] * 2
    assert await find_last_outcome(world) == (Outcome.UNKNOWN, None)


@pytest.mark.parametrize("error", [errors.NotDelivered("502"), errors.ServerError("500")], ids=repr)
async def test_errors_that_prove_a_refusal_use_up_no_copy(world: World, error: errors.SendError) -> None:
    await world.subscribe()
    world.messenger.plan = [*[error] * 12, errors.DeliveryUnknown("reset")]
    for _ in range(60):
        await world.tick()
        world.clock.forward(minutes=3)
    assert world.messenger.arrived == [(7, "0 items, 0 more")]
    assert await find_last_outcome(world) == (Outcome.SENT, None)


async def test_message_that_telegram_always_fails_to_handle_is_given_up(world: World, add_news: Add) -> None:
    await world.subscribe()
    await add_news(1)
    world.messenger.plan = [None, *[errors.ServerError("500")] * MAX_SERVER_ERRORS]
    for _ in range(60):
        await world.tick()
        world.clock.forward(minutes=10)
    assert world.messenger.plan == []
    (record,) = await world.store.deliveries.history(7, limit=5)
    assert (record.outcome, record.sent, record.messages) == (Outcome.SENT, 1, 2)


@pytest.mark.parametrize("earlier", [errors.NotDelivered("refused"), errors.RateLimited(60.0)], ids=repr)
async def test_attempts_that_telegram_did_not_fail_on_give_no_message_up(
    world: World, earlier: errors.SendError
) -> None:
    """One 500 after an outage of hours must not lose the message."""
    await world.subscribe()
    world.messenger.plan = [*[earlier] * MAX_SERVER_ERRORS, errors.ServerError("500")]
    for _ in range(70):
        await world.tick()
        world.clock.forward(minutes=8)
    assert world.messenger.arrived == [(7, "0 items, 0 more")]
    assert await find_last_outcome(world) == (Outcome.SENT, None)


async def test_500_after_calls_that_were_not_written_leaves_one_more_copy(world: World) -> None:
    await world.subscribe()
    never, maybe = errors.NotDelivered("refused"), errors.DeliveryUnknown("reset")
    world.messenger.plan = [never, never, never, errors.ServerError("500"), maybe]
    for _ in range(20):
        await world.tick()
        world.clock.forward(minutes=15)
    assert world.messenger.arrived == [(7, "0 items, 0 more")]
    assert await find_last_outcome(world) == (Outcome.SENT, None)


@pytest.mark.parametrize("last", [errors.SendRefused("too long"), errors.DeliveryUnknown("reset")], ids=repr)
async def test_delivery_with_a_message_in_doubt_is_unknown(world: World, add_news: Add, last: errors.SendError) -> None:
    """A refusal of the second copy does not prove that the first did not arrive."""
    await world.subscribe()
    await add_news(1)
    await add_news(2)
    world.messenger.plan = [None, errors.DeliveryUnknown("reset"), last]
    for _ in range(30):
        await world.tick()
        world.clock.forward(minutes=1)
    (record,) = await world.store.deliveries.history(7, limit=5)
    assert (record.outcome, record.sent, record.messages, record.stories) == (Outcome.UNKNOWN, 2, 3, 1)
    figures = await world.store.figures.count(now=world.clock())
    backlog = await world.store.figures.backlog(now=world.clock(), late_from=world.clock())
    assert (figures.digests_unknown, figures.digests_sent, backlog.unknown) == (1, 0, 1)
    world.clock.now = SEVEN + DAY
    assert await world.tick() == ["1 items, 0 more", "news 1"]
    assert await find_outcomes(world) == [Outcome.SENT, Outcome.UNKNOWN]


async def test_delivery_in_doubt_that_becomes_too_late_is_unknown(world: World) -> None:
    await world.subscribe()
    world.messenger.plan = [errors.DeliveryUnknown("reset")]
    await world.tick()
    world.clock.forward(hours=13)
    assert await world.tick() == []
    assert await find_last_outcome(world) == (Outcome.UNKNOWN, None)


async def test_attempts_that_failed_before_sending_do_not_count_as_copies(world: World) -> None:
    await world.subscribe()
    never, maybe = errors.NotDelivered("refused"), errors.DeliveryUnknown("timed out")
    world.messenger.plan = [never, maybe, never, never]
    arrived: list[str] = []
    for _ in range(20):
        arrived += await world.tick()
        world.clock.forward(minutes=15)
    assert arrived == ["0 items, 0 more"]


async def test_refused_markup_is_sent_as_plain_text(world: World) -> None:
    await world.subscribe()
    world.messenger.plan = [errors.InvalidMarkup("can't parse entities")]
    assert await world.tick() == ["plain:0 items, 0 more"]


async def test_refused_message_does_not_block_the_rest(world: World, add_news: Add) -> None:
    await world.subscribe()
    await add_news(1)
    await add_news(2)
    world.messenger.plan = [None, errors.SendRefused("no rights")]
    assert await world.tick() == ["2 items, 0 more", "news 2"]
    # Stories that were not sent are news again tomorrow.
    world.clock.forward(days=1)
    assert await world.tick() == ["1 items, 0 more", "news 1"]


async def test_unreachable_chat_is_deactivated_and_keeps_its_settings(world: World, add_news: Add) -> None:
    await world.subscribe()
    await add_news(1)
    world.messenger.plan = [errors.ChatUnreachable("bot was blocked by the user")]
    assert await world.tick() == []
    world.clock.forward(days=1)
    assert await world.tick() == []
    kept = await world.store.subscriptions.find(7)
    assert kept is not None
    assert (kept.is_active, kept.times) == (False, (time(7, 0),))


async def test_digest_follows_a_migrated_group(world: World, add_news: Add) -> None:
    await world.subscribe(-5)
    await add_news(1)
    world.messenger.plan = [None, errors.ChatMoved(-1005)]
    await world.tick()
    await world.tick()
    assert world.messenger.arrived == [(-5, "1 items, 0 more"), (-1005, "news 1")]
    world.clock.forward(days=1)
    assert await world.tick() == ["0 items, 0 more"]
    assert world.messenger.arrived[-1][0] == -1005


async def test_failing_chats_do_not_affect_others(world: World) -> None:
    for chat_id in range(20):
        await world.subscribe(chat_id)
    world.messenger.plan = [errors.RateLimited(600), errors.ChatUnreachable("blocked"), errors.NotDelivered("refused")]
    await world.tick()
    assert len({chat_id for chat_id, _ in world.messenger.arrived}) == 17


async def test_unexpected_error_stops_one_delivery_only(world: World, caplog: pytest.LogCaptureFixture) -> None:
    for chat_id in range(3):
        await world.subscribe(chat_id)
    world.messenger.plan = [None, RuntimeError("a fault of ours")]
    await world.tick()
    assert len(world.messenger.arrived) == 2
    assert "failed unexpectedly" in caplog.text


@pytest.mark.parametrize("is_silent", [True, False])
async def test_digest_is_sent_silently_if_configured(world: World, is_silent: bool) -> None:
    await world.subscribe(is_silent=is_silent)
    world.messenger.plan = [errors.InvalidMarkup("can't parse entities")]
    await world.tick()
    assert world.messenger.silent == [is_silent, is_silent]


@pytest.mark.parametrize(("kind", "count"), [("channel", 0), ("supergroup", 1)])
async def test_last_message_of_a_digest_has_its_buttons_outside_of_channels(
    world: World, add_news: Add, kind: str, count: int
) -> None:
    await world.store.memberships.put(ChatMembership(-7, kind, "Warga", is_member=True), now=world.clock())
    await add_news(1)
    await world.subscribe(-7)
    assert await world.tick() == ["1 items, 0 more", "news 1"]
    assert len(world.messenger.endings) == count


async def test_buttons_come_again_with_plain_text(world: World, add_news: Add) -> None:
    await add_news(1)
    await world.subscribe()
    world.messenger.plan = [None, errors.InvalidMarkup("can't parse entities")]
    assert await world.tick() == ["1 items, 0 more", "plain:news 1"]
    assert len(set(world.messenger.endings)) == 1 < len(world.messenger.endings)


async def test_preview_of_the_first_message_is_sent_with_it(world: World, add_news: Add) -> None:
    def render(digest: Digest) -> Sequence[DeliveryPart]:
        return [
            replace(part, preview_url="https://kabar.example/1" if not part.position else None)
            for part in render_digest(digest)
        ]

    world.composer._render = render
    await add_news(1)
    await world.subscribe()
    await world.tick()
    assert world.messenger.previews == ["https://kabar.example/1", None]


@pytest.mark.parametrize(
    ("error", "reason"),
    [(errors.ChatUnreachable("blocked"), Reason.GONE), (errors.SendRefused("no rights"), Reason.REFUSED)],
)
async def test_failure_reason_is_stored(world: World, error: errors.SendError, reason: Reason) -> None:
    await world.subscribe()
    world.messenger.plan = [error]
    await world.tick()
    (record,) = await world.store.deliveries.history(7, limit=5)
    assert (record.outcome, record.reason, record.error) == (Outcome.FAILED, reason, str(error))


async def test_deleted_topic_is_replaced_by_the_general_topic(world: World, add_news: Add) -> None:
    due = world.clock()
    await world.store.subscriptions.put(Subscription(ChatRef(7, 42), (time(7, 0),), JAKARTA), next_due_at=due, now=due)
    await add_news(1)
    world.messenger.plan = [errors.TopicNotFound("message thread not found")]
    assert await world.tick() == ["1 items, 0 more", "news 1"]
    found = await world.store.subscriptions.find(7)
    assert found is not None
    assert found.chat == ChatRef(7)


@pytest.mark.parametrize("by", [99, None])
async def test_missing_rights_notify_the_user_who_set_up_the_digest(world: World, by: int | None) -> None:
    kept = Subscription(ChatRef(-1007), (time(7, 0),), JAKARTA)
    now = world.clock()
    await world.store.subscriptions.change(-1007, lambda _: kept, next_due=lambda _: now, now=now, by=by)
    world.messenger.plan = [errors.MissingRights("need administrator rights in the channel chat")]
    assert await world.tick() == []
    world.clock.forward(days=1)
    assert await world.tick() == []
    assert world.rights_notices == ([(99, -1007)] if by else [])
    assert await world.store.subscriptions.find(-1007) == kept.stopped()


async def test_unreachable_chat_resumes_but_a_stopped_chat_does_not(world: World) -> None:
    def tomorrow(_: Subscription) -> datetime:
        return world.clock() + DAY

    await world.subscribe(7)
    await world.subscribe(8)
    world.messenger.plan = [errors.ChatUnreachable("blocked"), errors.ChatUnreachable("blocked")]
    await world.tick()
    await world.store.subscriptions.change(
        8, lambda s: (s or Subscription(ChatRef(8), (), JAKARTA)).stopped(), next_due=tomorrow, now=world.clock()
    )
    await world.store.subscriptions.put(Subscription(ChatRef(8), (time(7, 0),), JAKARTA, is_active=False),
                                        next_due_at=None, now=world.clock())  # fmt: skip
    woken = await world.store.subscriptions.resume(7, next_due=tomorrow, now=world.clock())
    assert woken.digest is not None
    assert woken.digest.is_active
    for chat_id in (7, 8, 9):
        assert await world.store.subscriptions.resume(chat_id, next_due=tomorrow, now=world.clock()) == Resumed(None, 0)
    world.clock.forward(days=1)
    assert await world.tick() == ["0 items, 0 more"]


async def test_uncertain_message_is_retried_soon_when_other_chats_receive(world: World) -> None:
    await world.subscribe(7)
    await world.subscribe(8)
    world.messenger.plan = [errors.DeliveryUnknown("timed out")]
    assert len(await world.tick()) == 1
    world.clock.forward(seconds=5)
    assert len(await world.tick()) == 1


class Outage:
    """Telegram answers nothing, or answers all but messages."""

    def __init__(self, world: World, *, is_total: bool, error: errors.SendError | None = None) -> None:
        self.world = world
        self.calls = 0
        self._error = error or errors.DeliveryUnknown("timed out")
        world.messenger.is_reached = not is_total
        self._send = world.messenger.send
        world.messenger.send = self.fail  # type: ignore[method-assign]

    async def fail(self, *_: object, **__: object) -> int:
        self.calls += 1
        raise self._error

    def end(self) -> None:
        self.world.messenger.is_reached = True
        self.world.messenger.send = self._send  # type: ignore[method-assign]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # it is long, and about Telegram
@pytest.mark.parametrize("error", [errors.DeliveryUnknown("timed out"), errors.NotDelivered("502")], ids=repr)
@pytest.mark.parametrize(("is_total", "minutes", "most_calls"), [(True, 30, 26), (False, 20, 50)])
async def test_an_outage_loses_no_digest(
    world: World, error: errors.SendError, is_total: bool, minutes: int, most_calls: int
) -> None:
    """None of the messages that were tried arrived. Those under way when it begins are tried; few after them."""
    for chat_id in range(60):
        await world.subscribe(chat_id)
    outage = Outage(world, is_total=is_total, error=error)
    for _ in range(minutes * 6):
        assert await world.tick() == []
        world.clock.forward(seconds=10)
    assert outage.calls <= most_calls
    outage.end()
    # A message that was tried often waits for up to a quarter of an hour.
    for _ in range(90):
        await world.tick()
        world.clock.forward(seconds=10)
    assert sorted(chat_id for chat_id, _ in world.messenger.arrived) == list(range(60))


async def test_clock_rollback_does_not_prolong_an_outage(world: World) -> None:
    await world.subscribe()
    outage = Outage(world, is_total=True)
    for _ in range(5):
        await world.tick()
        world.clock.forward(minutes=1)
    outage.end()
    world.clock.forward(hours=-4)
    await world.service.on_clock_rollback()
    assert await world.tick() == ["0 items, 0 more"]


async def test_stories_of_an_undelivered_message_appear_in_the_next_digest(world: World, add_news: Add) -> None:
    await world.subscribe()
    await add_news(1)
    world.messenger.plan = [None, errors.DeliveryUnknown("timed out"), errors.DeliveryUnknown("timed out")]
    for _ in range(5):
        await world.tick()
        world.clock.forward(minutes=2)
    assert world.messenger.arrived == [(7, "1 items, 0 more")]
    world.clock.forward(days=1)
    assert await world.tick() == ["1 items, 0 more", "news 1"]
    world.clock.forward(days=1)
    assert await world.tick() == ["0 items, 0 more"]


@pytest.mark.parametrize(
    "trouble", [errors.RateLimited(3600), errors.NotDelivered("refused"), errors.DeliveryUnknown("timed out")], ids=repr
)
async def test_pending_digest_is_skipped_after_unsubscribing(world: World, trouble: errors.SendError) -> None:
    await world.subscribe()
    world.messenger.plan = [trouble]
    await world.tick()
    assert await world.store.subscriptions.deactivate(7, now=world.clock())
    world.clock.forward(hours=2)
    assert await world.tick() == []
    assert await find_last_outcome(world) == (Outcome.SKIPPED, Reason.STOPPED)


async def test_two_digests_without_rights_notify_once(world: World) -> None:
    kept = Subscription(ChatRef(-1007), (time(7), time(8)), JAKARTA)
    now = world.clock()
    await world.store.subscriptions.change(-1007, lambda _: kept, next_due=lambda _: now, now=now, by=99)
    world.messenger.plan = [errors.RateLimited(5400)]
    await world.tick()
    world.clock.forward(hours=1)
    world.messenger.plan = [errors.RateLimited(1800)]
    await world.tick()
    world.clock.forward(minutes=30)
    world.messenger.plan = [errors.MissingRights("need administrator rights in the channel chat")] * 2
    await world.tick()
    assert world.messenger.plan == []
    assert world.rights_notices == [(99, -1007)]


async def test_log_lines_carry_the_delivery_id(world: World) -> None:
    """Deliveries are sent side by side, and each has its own."""
    logged: list[tuple[str, object]] = []

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            logged.append((record.getMessage(), get_contextvars().get("delivery")))

    await world.subscribe(7)
    await world.subscribe(8)
    world.messenger.plan = [errors.ChatUnreachable("blocked"), errors.ChatUnreachable("kicked")]
    listening = Listening()
    logging.getLogger("summaries.delivery").addHandler(listening)
    try:
        await world.tick()
    finally:
        logging.getLogger("summaries.delivery").removeHandler(listening)
    assert [line for line, _ in logged] == ["part 0 was not sent: ChatUnreachable (failed)"] * 2
    assert len({delivery for _, delivery in logged}) == 2
    assert all(isinstance(delivery, int) for _, delivery in logged)
    assert get_contextvars() == {}
