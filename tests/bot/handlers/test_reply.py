"""One question and the messages that answer it: edited where there are earlier ones, plain where markup is refused."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from telegram import Chat, Message
from telegram.error import BadRequest, NetworkError

from bot.handlers.replies import Reply, current_reply, set_current_reply
from bot.transport.rate_limiter import LocalSendLimiter, RateLimiter
from bot.views.html import OutgoingMessage


@dataclass
class Sent:
    message_id: int


@dataclass
class FakeQuestion:
    """The part of a message and its bot that `Reply` uses. A call takes the next of `failures`, if it is for it."""

    failures: list[tuple[str, Exception]] = field(default_factory=list)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    has_typed: asyncio.Event = field(default_factory=asyncio.Event)
    chat_id: int = 7
    message_id: int = 5
    message_thread_id: int | None = None
    is_topic_message: bool = False
    chat: Chat = Chat(7, Chat.PRIVATE)  # noqa: RUF009  (immutable)
    rate_limiter: RateLimiter | None = None
    may_send: asyncio.Event | None = None
    is_sending: asyncio.Event = field(default_factory=asyncio.Event)

    def get_bot(self) -> FakeQuestion:
        return self

    def _meet(self, method: str, what: Any) -> None:
        self.calls.append((method, what))
        if self.failures and self.failures[0][0] == method:
            raise self.failures.pop(0)[1]

    async def reply_text(self, text: str, **_: Any) -> Sent:
        self._meet("send", text)
        return Sent(100 + len(self.calls))

    async def send_message(self, _chat_id: int, text: str, **_: Any) -> Sent:
        self._meet("progress", text)
        self.is_sending.set()
        if self.may_send is not None:
            await self.may_send.wait()
        return Sent(100 + len(self.calls))

    async def reply_photo(self, photo: bytes, **more: Any) -> Sent:
        self._meet("photo", more["caption"])
        return Sent(100 + len(self.calls))

    async def edit_message_text(self, text: str, *, message_id: int, **_: Any) -> None:
        self._meet("edit", (message_id, text))

    async def delete_message(self, _chat_id: int, message_id: int) -> None:
        self._meet("delete", message_id)

    async def reply_chat_action(self, action: str) -> None:
        self._meet("action", action)
        self.has_typed.set()


def exchange_of(question: FakeQuestion, earlier: tuple[int, ...] = ()) -> Reply:
    return Reply(cast("Message", question), earlier)


async def test_an_answer_is_sent_and_known_by_its_ids() -> None:
    question = FakeQuestion()
    exchange = exchange_of(question)
    await exchange.send_or_edit(OutgoingMessage("satu"))
    await exchange.send_or_edit(OutgoingMessage("dua"))
    await exchange.end()
    assert question.calls == [("send", "satu"), ("send", "dua")]
    assert exchange.message_ids == [101, 102]


async def test_earlier_messages_are_edited_and_what_is_left_goes() -> None:
    question = FakeQuestion()
    exchange = exchange_of(question, (11, 12, 13))
    await exchange.send_or_edit(OutgoingMessage("satu"))
    await exchange.end()
    assert question.calls == [("edit", (11, "satu")), ("delete", 12), ("delete", 13)]
    assert exchange.message_ids == [11]


@pytest.mark.parametrize(
    ("refusal", "calls"),
    [
        ("Message is not modified: …", [("edit", (11, "satu"))]),
        ("Message to edit not found", [("edit", (11, "satu")), ("delete", 11), ("send", "satu")]),
        ("There is no text in the message to edit", [("edit", (11, "satu")), ("delete", 11), ("send", "satu")]),
    ],
)
async def test_an_earlier_message_that_can_not_be_edited(refusal: str, calls: list[Any]) -> None:
    question = FakeQuestion([("edit", BadRequest(refusal))])
    await exchange_of(question, (11,)).send_or_edit(OutgoingMessage("satu"))
    assert question.calls == calls


@pytest.mark.parametrize(("earlier", "method"), [((), "send"), ((11,), "edit")])
@pytest.mark.parametrize("refusal", ["Can't parse entities: …", "ENTITY_DATE_INVALID"])
async def test_markup_that_is_refused_goes_out_as_plain_text(
    earlier: tuple[int, ...], method: str, refusal: str
) -> None:
    question = FakeQuestion([(method, BadRequest(refusal))])
    await exchange_of(question, earlier).send_or_edit(OutgoingMessage("<b>1 &lt; 2</b>"))
    said = [what[1] if method == "edit" else what for _, what in question.calls]
    assert said == ["<b>1 &lt; 2</b>", "1 < 2"]


async def test_permanent_failure_is_raised() -> None:
    question = FakeQuestion([("send", BadRequest("Chat not found"))])
    with pytest.raises(BadRequest):
        await exchange_of(question).send_or_edit(OutgoingMessage("satu"))
    assert len(question.calls) == 1


async def test_what_may_have_arrived_is_sent_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.handlers.replies.RETRY_AFTER_S", 0)
    question = FakeQuestion([("send", NetworkError("lost"))] * 2)
    with pytest.raises(NetworkError):
        await exchange_of(question).send_or_edit(OutgoingMessage("satu"))
    assert len(question.calls) == 2


async def test_a_progress_message_becomes_the_answer() -> None:
    question = FakeQuestion()
    exchange = exchange_of(question)
    await exchange.show_progress("sebentar …")
    await exchange.show_progress("sebentar lagi …")
    await exchange.send_or_edit(OutgoingMessage("satu"))
    assert question.calls == [("progress", "sebentar …"), ("edit", (101, "satu"))]


async def test_a_progress_message_that_waits_for_its_turn_is_cancelled() -> None:
    line = LocalSendLimiter(0.001)
    question = FakeQuestion(rate_limiter=RateLimiter(limiter=line))
    turns = [asyncio.create_task(line.acquire(is_background=True)) for _ in range(20)]
    exchange = exchange_of(question)
    showing = asyncio.create_task(exchange.show_progress("sebentar …"))
    await asyncio.sleep(0)
    showing.cancel()
    await asyncio.gather(showing, return_exceptions=True)
    await exchange.send_or_edit(OutgoingMessage("satu"))
    assert question.calls == [("send", "satu")]
    for turn in turns:
        turn.cancel()
    await asyncio.gather(*turns, return_exceptions=True)


async def test_a_progress_message_that_is_being_sent_is_replaced_all_the_same() -> None:
    question = FakeQuestion(may_send=asyncio.Event())
    exchange = exchange_of(question)
    showing = asyncio.create_task(exchange.show_progress("sebentar …"))
    async with asyncio.timeout(30):
        await question.is_sending.wait()
    showing.cancel()
    await asyncio.sleep(0)
    assert not showing.done()
    assert question.may_send is not None
    question.may_send.set()
    await asyncio.gather(showing, return_exceptions=True)
    await exchange.send_or_edit(OutgoingMessage("satu"))
    assert question.calls == [("progress", "sebentar …"), ("edit", (101, "satu"))]


async def test_a_picture_takes_no_earlier_place() -> None:
    question = FakeQuestion()
    exchange = exchange_of(question, (11,))
    await exchange.send_photo(b"png", "judul", cast("Any", None))
    await exchange.end()
    assert question.calls == [("photo", "judul"), ("delete", 11)]


async def test_answers_apart_share_the_earlier_messages() -> None:
    question = FakeQuestion()
    exchange = exchange_of(question, (11,))
    for number, own in enumerate([exchange.split(), exchange.split()]):
        await own.send_or_edit(OutgoingMessage(str(number)))
    assert question.calls == [("edit", (11, "0")), ("send", "1")]


async def test_typing_ends_with_the_answer() -> None:
    question = FakeQuestion()
    exchange = exchange_of(question)
    exchange.begin_typing(after_s=0)
    async with asyncio.timeout(30):
        await question.has_typed.wait()
    await exchange.send_or_edit(OutgoingMessage("satu"))
    assert question.calls == [("action", "typing"), ("send", "satu")]
    quick = FakeQuestion()
    exchange = exchange_of(quick)
    exchange.begin_typing()
    await exchange.send_or_edit(OutgoingMessage("satu"))
    assert quick.calls == [("send", "satu")]


async def test_one_answer_of_several_in_a_chat_shows_typing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.handlers.replies.TYPING_EVERY_S", 0.01)
    question = FakeQuestion()
    exchanges = [exchange_of(question) for _ in range(3)]
    for exchange in exchanges:
        exchange.begin_typing(after_s=0)
    async with asyncio.timeout(30):
        await question.has_typed.wait()
    assert question.calls == [("action", "typing")]
    question.has_typed.clear()
    await exchanges[0].send_or_edit(OutgoingMessage("satu"))
    # Another of them takes over.
    async with asyncio.timeout(30):
        await question.has_typed.wait()
    for exchange in exchanges:
        await exchange.end()


async def test_a_handler_finds_its_exchange() -> None:
    question = FakeQuestion()
    exchange = exchange_of(question)

    async def handler() -> Reply:
        set_current_reply(exchange)
        return await asyncio.create_task(inner())

    async def inner() -> Reply:
        return current_reply(cast("Message", question))

    assert await asyncio.create_task(handler()) is exchange
    assert current_reply(cast("Message", question)) is not exchange
