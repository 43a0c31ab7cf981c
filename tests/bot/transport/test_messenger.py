"""Telegram's errors become ours by the reaction that they require."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from telegram import LinkPreviewOptions, error

from bot.transport.evidence import Evidence, UnansweredCall
from bot.transport.messenger import OutboxMessenger, TelegramMessenger, translate
from summaries import errors
from summaries.model import ChatRef


def make_network_error(
    cause: Exception | None, message: str = "httpx.X", kind: type[error.NetworkError] = error.NetworkError
) -> error.NetworkError:
    failure = kind(message) if kind is not error.TimedOut else error.TimedOut()
    failure.__cause__ = cause
    return failure


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (make_network_error(httpx.ConnectError("refused")), errors.NotDelivered),
        (make_network_error(httpx.ConnectTimeout("slow"), kind=error.TimedOut), errors.NotDelivered),
        (make_network_error(httpx.PoolTimeout("full"), kind=error.TimedOut), errors.NotDelivered),
        (make_network_error(httpx.ReadTimeout("slow"), kind=error.TimedOut), errors.DeliveryUnknown),
        (make_network_error(httpx.ReadError("reset")), errors.DeliveryUnknown),
        (make_network_error(httpx.RemoteProtocolError("closed")), errors.DeliveryUnknown),
        (make_network_error(httpx.WriteError("reset")), errors.NotDelivered),
        (make_network_error(None, "Bad Gateway"), errors.DeliveryUnknown),
        (UnansweredCall(Evidence.GATEWAY, 502), errors.NotDelivered),
        (UnansweredCall(Evidence.ERROR, 500), errors.ServerError),
        (UnansweredCall(Evidence.NO_ANSWER, 504), errors.DeliveryUnknown),
        (error.TelegramError("Invalid server response"), errors.DeliveryUnknown),
        (error.BadRequest("Can't parse entities: unsupported start tag"), errors.InvalidMarkup),
        (error.BadRequest("ENTITY_DATE_TOO_LONG"), errors.InvalidMarkup),
        (error.BadRequest("Chat not found"), errors.ChatUnreachable),
        (error.BadRequest("Not enough rights to send text messages to the chat"), errors.MissingRights),
        (error.BadRequest("need administrator rights in the channel chat"), errors.MissingRights),
        (error.Forbidden("bot is not a member of the channel chat"), errors.MissingRights),
        (error.BadRequest("CHAT_SEND_PLAIN_FORBIDDEN"), errors.MissingRights),
        (error.BadRequest("Message thread not found"), errors.TopicNotFound),
        (error.BadRequest("TOPIC_CLOSED"), errors.TopicNotFound),
        (error.BadRequest("Message is too long"), errors.SendRefused),
        (error.Forbidden("bot was blocked by the user"), errors.ChatUnreachable),
        (error.Forbidden("bot was kicked from the supergroup chat"), errors.ChatUnreachable),
        (error.Forbidden("user is deactivated"), errors.ChatUnreachable),
        (error.InvalidToken("Unauthorized"), errors.NotDelivered),
        (error.BadRequest("BALANCE_TOO_LOW"), errors.NotDelivered),
        (error.Forbidden("Paid broadcasts are not enabled"), errors.NotDelivered),
        (error.Conflict("terminated by other getUpdates request"), errors.NotDelivered),
    ],
)
def test_telegram_error_is_translated(failure: error.TelegramError, expected: type[errors.SendError]) -> None:
    assert type(translate(failure)) is expected


@pytest.mark.parametrize("wait", [37, timedelta(seconds=37)])
def test_retry_after_is_passed_on(wait: int | timedelta) -> None:
    translated = translate(error.RetryAfter(wait))
    assert isinstance(translated, errors.RateLimited)
    assert translated.retry_after_s == 37


def test_new_chat_id_of_a_migrated_group_is_passed_on() -> None:
    translated = translate(error.ChatMigrated(-1001234))
    assert isinstance(translated, errors.ChatMoved)
    assert translated.new_chat_id == -1001234


class FailingBot:
    """Sends one message, then none."""

    def __init__(self) -> None:
        self.failures: list[Exception | None] = [None, error.RetryAfter(7), error.Forbidden("bot was blocked")]

    async def send_message(self, *_: object, **__: object) -> SimpleNamespace:
        if (failure := self.failures.pop(0)) is not None:
            raise failure
        return SimpleNamespace(message_id=9)


async def test_result_of_each_message_is_reported() -> None:
    heard: list[str | None] = []
    bot: Any = FailingBot()
    messenger = TelegramMessenger(bot, lambda failure: heard.append(type(failure).__name__ if failure else None))
    assert await messenger.send(ChatRef(5), "halo") == 9
    with pytest.raises(errors.RateLimited):
        await messenger.send(ChatRef(5), "halo")
    with pytest.raises(errors.ChatUnreachable):
        await messenger.send_plain(ChatRef(5), "halo")
    assert heard == [None, "RateLimited", "ChatUnreachable"]


@pytest.mark.parametrize("is_paid", [False, True])
async def test_only_paid_background_messages_allow_paid_broadcast(is_paid: bool) -> None:
    flags: list[object] = []

    class Bot:
        async def send_message(self, *_: object, **values: object) -> SimpleNamespace:
            flags.append(values["allow_paid_broadcast"])
            return SimpleNamespace(message_id=1)

    bot: Any = Bot()
    for messenger in [kind(bot, lambda _: None, is_paid=is_paid) for kind in (TelegramMessenger, OutboxMessenger)]:
        await messenger.send(ChatRef(7), "Halo")
        await messenger.send_plain(ChatRef(7), "Halo")
    assert flags == [True if is_paid else None] * 4


async def test_preview_is_large_and_above_the_text() -> None:
    previews: list[LinkPreviewOptions] = []

    class Bot:
        async def send_message(self, *_: object, link_preview_options: LinkPreviewOptions, **__: object) -> Any:
            previews.append(link_preview_options)
            return SimpleNamespace(message_id=1)

    bot: Any = Bot()
    messenger = OutboxMessenger(bot, lambda _: None)
    await messenger.send(ChatRef(7), "Halo", preview_url="https://kabar.example/1")
    await messenger.send(ChatRef(7), "Halo")
    large = LinkPreviewOptions(url="https://kabar.example/1", prefer_large_media=True, show_above_text=True)
    assert previews == [large, LinkPreviewOptions(is_disabled=True)]
