"""What admins are told of sources, and what becomes of it when Telegram is away."""

from __future__ import annotations

import logging
from datetime import datetime

import pytest

from bot.background.notices import MOST_SOURCES, AdminNotices, switched_off_parts
from bot.conversation.chat_language import ChatLanguages
from bot.locale import Translations
from bot.telegram_text import MESSAGE_LIMIT, utf16_length
from summaries.errors import ChatUnreachable, NotDelivered, SendError
from summaries.ingest.refresh import RefreshReport, SourceReport
from summaries.model import ChatRef, ChatSettings, Source


def report(number: int = 1, *, error: str = "a & b", is_switched_off: bool = True) -> SourceReport:
    source = Source(f"desa-{number}", "Kabar <Desa>", "daerah", f"https://desa.example/{number}")
    return SourceReport(source, error=error, is_switched_off=is_switched_off)


class FakeMessenger:
    """Keeps what it sends, or fails as it is told to."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, str]] = []
        self.failure: SendError | None = None

    async def send(self, chat: ChatRef, html: str, *, is_silent: bool = False) -> int:
        if self.failure is not None:
            raise self.failure
        self.sent.append((chat.chat_id, html))
        return len(self.sent)

    async def send_plain(self, chat: ChatRef, html: str, *, is_silent: bool = False) -> int:
        raise AssertionError("markup is never refused here")


class FakeChats:
    """Chat 9 chose English, the others nothing."""

    async def find(self, chat_id: int) -> ChatSettings:
        return ChatSettings(chat_id, "en" if chat_id == 9 else None)

    async def put(self, settings: ChatSettings, *, now: datetime) -> None:
        raise AssertionError("nobody chooses here")


async def test_admins_are_told_in_their_language() -> None:
    messenger = FakeMessenger()
    await AdminNotices(messenger, ChatLanguages(FakeChats()), {9}).tell(RefreshReport((report(),)))
    assert messenger.sent[0][1].startswith("<b>1 source was switched off")


async def test_that_no_backup_could_be_made_is_told_and_waits_where_telegram_is_away() -> None:
    messenger = FakeMessenger()
    notices = AdminNotices(messenger, ChatLanguages(FakeChats()), {9})
    messenger.failure = NotDelivered("away")
    await notices.tell_no_backup("the disk that holds /a<b is full")
    messenger.failure = None
    await notices.tell(RefreshReport(()))
    ((chat_id, html),) = messenger.sent
    assert chat_id == 9
    assert "<b>I could not back the database up.</b>\nthe disk that holds /\u2060a&lt;b is full\n" in html
    assert "<code>ringkas doctor</code>" in html


async def test_every_admin_is_told_once() -> None:
    messenger = FakeMessenger()
    notices = AdminNotices(messenger, ChatLanguages(FakeChats()), {2, 1})
    await notices.tell(RefreshReport((report(1), report(2, is_switched_off=False))))
    await notices.tell(RefreshReport((report(2, is_switched_off=False),)))
    assert [chat_id for chat_id, _ in messenger.sent] == [1, 2]
    assert messenger.sent[0][1] == (
        "<b>1 sumber dinonaktifkan karena terlalu sering gagal dibaca.</b>\n"
        "• <b>desa-1</b> (Kabar &lt;Desa&gt;): a &amp; b\n\n"
        "Untuk mengaktifkannya lagi: <code>/sumber tambah desa-1</code>"
    )


async def test_without_admins_nobody_is_told() -> None:
    messenger = FakeMessenger()
    await AdminNotices(messenger, ChatLanguages(FakeChats()), ()).tell(RefreshReport((report(),)))
    assert not messenger.sent


async def test_what_never_left_is_sent_with_the_next_pass() -> None:
    messenger = FakeMessenger()
    notices = AdminNotices(messenger, ChatLanguages(FakeChats()), {1})
    messenger.failure = NotDelivered("no network")
    await notices.tell(RefreshReport((report(),)))
    messenger.failure = None
    await notices.tell(RefreshReport(()))
    await notices.tell(RefreshReport(()))
    assert len(messenger.sent) == 1


async def test_an_admin_who_is_gone_is_a_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    messenger = FakeMessenger()
    notices = AdminNotices(messenger, ChatLanguages(FakeChats()), {1})
    messenger.failure = ChatUnreachable("blocked")
    caplog.set_level(logging.WARNING)
    await notices.tell(RefreshReport((report(),)))
    messenger.failure = None
    await notices.tell(RefreshReport(()))
    assert "admin 1 could not be told what is to be mended: blocked" in caplog.text
    assert not messenger.sent


def test_many_sources_are_one_message(words: Translations) -> None:
    (text,) = switched_off_parts(words, [report(n, error="x" * 1000) for n in range(MOST_SOURCES + 70)])
    assert utf16_length(text) < MESSAGE_LIMIT
    assert "… dan 70 lainnya" in text
