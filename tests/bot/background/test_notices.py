"""Notices to admins: failing sources, missing rights, and the progress of a broadcast."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from bot.access.guarded_store import GuardedStore
from bot.background.notices import MOST_SOURCES, AdminNotices, RightsNotices, switched_off_parts, tell_progress
from bot.conversation.chat_language import ChatLanguages, translations_for
from bot.conversation.locks import KeyedLock
from bot.locale import Translations, load_translations
from bot.telegram_text import MESSAGE_LIMIT, utf16_length
from summaries.errors import ChatUnreachable, NotDelivered, SendError
from summaries.ingest.refresh import RefreshReport, SourceReport
from summaries.model import ChatMembership, ChatRef, ChatSettings, Source
from summaries.storage import Store, open_store

if TYPE_CHECKING:
    from telegram.ext import ExtBot

    from bot.locale import Translations
    from bot.services import Services
    from summaries.model import Broadcast


def make_report(number: int = 1, *, error: str = "a & b", is_switched_off: bool = True) -> SourceReport:
    source = Source(f"desa-{number}", "Kabar <Desa>", "daerah", f"https://desa.example/{number}")
    return SourceReport(source, error=error, is_switched_off=is_switched_off)


class FakeMessenger:
    """Keeps the messages that it sends, or raises the given error."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, str]] = []
        self.failure: SendError | None = None

    async def send(self, chat: ChatRef, html: str, **_: object) -> int:
        if self.failure is not None:
            raise self.failure
        self.sent.append((chat.chat_id, html))
        return len(self.sent)

    async def send_plain(self, chat: ChatRef, html: str, **_: object) -> int:
        raise AssertionError("markup is never refused here")


class FakeChats:
    """Chat 9 chose English, the others nothing."""

    async def find(self, chat_id: int) -> ChatSettings:
        return ChatSettings(chat_id, "en" if chat_id == 9 else None)

    async def put(self, settings: ChatSettings, *, now: datetime) -> None:
        raise AssertionError("nobody chooses here")


async def test_notice_uses_the_language_of_the_admin() -> None:
    messenger = FakeMessenger()
    await AdminNotices(messenger, ChatLanguages(FakeChats()), {9}).tell(RefreshReport((make_report(),)))
    assert messenger.sent[0][1].startswith("<b>1 source was switched off")


async def test_failed_backup_notice_waits_for_telegram() -> None:
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


async def test_every_admin_gets_the_notice_once() -> None:
    messenger = FakeMessenger()
    notices = AdminNotices(messenger, ChatLanguages(FakeChats()), {2, 1})
    await notices.tell(RefreshReport((make_report(1), make_report(2, is_switched_off=False))))
    await notices.tell(RefreshReport((make_report(2, is_switched_off=False),)))
    assert [chat_id for chat_id, _ in messenger.sent] == [1, 2]
    assert messenger.sent[0][1] == (
        "<b>1 sumber dinonaktifkan karena terlalu sering gagal dibaca.</b>\n"
        "• <b>desa-1</b> (Kabar &lt;Desa&gt;): tidak bisa dibaca\n\n"
        "Untuk mengaktifkannya lagi: <code>/sumber tambah desa-1</code>"
    )


async def test_admins_are_notified_of_a_source_that_fails_for_hours() -> None:
    messenger = FakeMessenger()
    notices = AdminNotices(messenger, ChatLanguages(FakeChats()), {9, 1})
    failing = make_report(is_switched_off=False)
    await notices.tell(RefreshReport((replace(failing, is_unreachable=True), make_report(2, is_switched_off=False))))
    await notices.tell(RefreshReport((failing,)))
    assert [chat_id for chat_id, _ in messenger.sent] == [1, 9]
    assert messenger.sent[0][1] == (
        "<b>1 sumber sudah berjam-jam tidak terbaca.</b>\n• <b>desa-1</b> (Kabar &lt;Desa&gt;): tidak bisa dibaca\n\n"
        "Saya akan terus mencoba."
    )


async def test_every_admin_is_notified_once_of_a_source_that_moved() -> None:
    messenger = FakeMessenger()
    notices = AdminNotices(messenger, ChatLanguages(FakeChats()), {9, 1})
    moved = replace(make_report(is_switched_off=False), error=None, moved_to="https://desa.example/?a=1&b=2")
    await notices.tell(RefreshReport((moved, make_report(2, is_switched_off=False))))
    await notices.tell(RefreshReport((replace(moved, moved_to=None),)))
    assert [chat_id for chat_id, _ in messenger.sent] == [1, 9]
    assert messenger.sent[1][1].replace("\u2060", "") == (
        "<b>1 source is now read from another of its addresses.</b>\n"
        "• <b>desa-1</b> (Kabar &lt;Desa&gt;): https://desa.example/?a=1&amp;b=2"
    )


async def test_without_admins_no_notice_is_sent() -> None:
    messenger = FakeMessenger()
    await AdminNotices(messenger, ChatLanguages(FakeChats()), ()).tell(RefreshReport((make_report(),)))
    assert not messenger.sent


async def test_refresh_that_switches_no_source_off_reads_no_language() -> None:
    class UnreadChats(FakeChats):
        async def find(self, chat_id: int) -> ChatSettings:
            raise AssertionError("no message needs a language")

    notices = AdminNotices(FakeMessenger(), ChatLanguages(UnreadChats()), {1})
    await notices.tell(RefreshReport((make_report(is_switched_off=False),)))


async def test_unsent_notice_is_sent_after_the_next_refresh() -> None:
    messenger = FakeMessenger()
    notices = AdminNotices(messenger, ChatLanguages(FakeChats()), {1})
    messenger.failure = NotDelivered("no network")
    await notices.tell(RefreshReport((make_report(),)))
    messenger.failure = None
    await notices.tell(RefreshReport(()))
    await notices.tell(RefreshReport(()))
    assert len(messenger.sent) == 1


async def test_notice_to_an_unreachable_admin_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    messenger = FakeMessenger()
    notices = AdminNotices(messenger, ChatLanguages(FakeChats()), {1})
    messenger.failure = ChatUnreachable("blocked")
    caplog.set_level(logging.WARNING)
    await notices.tell(RefreshReport((make_report(),)))
    messenger.failure = None
    await notices.tell(RefreshReport(()))
    assert "admin 1 could not be notified of a problem: blocked" in caplog.text
    assert not messenger.sent


def test_many_sources_fit_into_one_message(words: Translations) -> None:
    (text,) = switched_off_parts(words, [make_report(n, error="x" * 1000) for n in range(MOST_SOURCES + 70)])
    assert utf16_length(text) < MESSAGE_LIMIT
    assert "… dan 70 lainnya" in text


class Messenger:
    def __init__(self, error: Exception | None = None) -> None:
        self.sent: list[tuple[int, str]] = []
        self.error = error

    async def send(self, chat: ChatRef, html: str, **_: object) -> int:
        if self.error:
            raise self.error
        self.sent.append((chat.chat_id, html))
        return 1

    async def send_plain(self, chat: ChatRef, html: str, **_: object) -> int:
        return await self.send(chat, html)


class EnglishChats:
    async def for_chat_id(self, _chat_id: int) -> object:
        return load_translations("en")


class FakeMemberships:
    def __init__(self, *places: ChatMembership) -> None:
        self._places = {place.chat_id: place for place in places}

    async def find(self, chat_id: int) -> ChatMembership | None:
        return self._places.get(chat_id)


def make_notices(messenger: Messenger) -> RightsNotices:
    places = FakeMemberships(ChatMembership(-1001, "channel", "Kabar <Desa>", is_member=True))
    return RightsNotices(messenger, EnglishChats(), places)  # type: ignore[arg-type]


@pytest.mark.parametrize(("chat_id", "name"), [(-1001, "<b>Kabar &lt;Desa&gt;</b>"), (-1002, "<b>-1002</b>")])
async def test_chat_name_is_shown(chat_id: int, name: str) -> None:
    messenger = Messenger()
    await make_notices(messenger).notify_missing_rights(7, chat_id)
    ((to, html),) = messenger.sent
    assert to == 7
    assert name in html


async def test_notice_that_cannot_be_sent_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    await make_notices(Messenger(ChatUnreachable("bot was blocked by the user"))).notify_missing_rights(7, -1001)
    assert "the person who set up the digest of chat -1001 could not be notified" in caplog.text


NOW = datetime(2026, 11, 26, tzinfo=UTC)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await open_store(f"sqlite:///{tmp_path / 'ringkas.db'}")
    yield store
    await store.close()


async def begin_broadcast(store: Store) -> Broadcast:
    draft = await store.broadcasts.draft("Halo", 99, now=NOW)
    begun = await store.broadcasts.begin(draft.id, 5)
    assert begun is not None
    return begun


class FakeLanguages:
    async def for_chat_id(self, chat_id: int) -> Translations:
        assert chat_id == 99
        return translations_for("id")


@dataclass
class FakeServices:
    """The part of the services that the handler uses."""

    store: GuardedStore
    locks: KeyedLock = field(default_factory=KeyedLock)
    languages: FakeLanguages = field(default_factory=FakeLanguages)


@dataclass
class Bot:
    """Keeps the texts that it shows."""

    shown: list[str] = field(default_factory=list)

    async def edit_message_text(self, text: str, **where: Any) -> None:
        assert (where["chat_id"], where["message_id"]) == (99, 5)
        self.shown.append(text)


async def test_stopped_broadcast_shows_no_progress(store: Store) -> None:
    bot, found, begun = Bot(), FakeServices(GuardedStore(store)), await begin_broadcast(store)

    def show_progress() -> asyncio.Task[None]:
        return asyncio.create_task(tell_progress(cast("ExtBot[float]", bot), cast("Services", found), begun))

    await show_progress()
    assert [text.split(":")[0] for text in bot.shown] == ["Sedang dikirim"]
    # The press holds the lock when the tick comes with older values.
    async with found.locks.hold(("broadcast", begun.id)):
        late = show_progress()
        await asyncio.sleep(0)
        await store.broadcasts.cancel(begun.id)
    await late
    assert len(bot.shown) == 1


async def test_progress_of_a_deleted_broadcast_is_not_shown_and_the_end_is(store: Store) -> None:
    bot, found, begun = Bot(), FakeServices(GuardedStore(store)), await begin_broadcast(store)
    assert begun is not None
    (done,) = await store.broadcasts.end_finished()
    await tell_progress(cast("ExtBot[float]", bot), cast("Services", found), done)
    await store.chat_data.forget(99)
    await tell_progress(cast("ExtBot[float]", bot), cast("Services", found), begun)
    assert [text.split(":")[0] for text in bot.shown] == ["Selesai"]
