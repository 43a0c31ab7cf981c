"""Notices to the bot's admins: sources that fail or were switched off, failed backups, missing rights, progress of
broadcasts."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape

from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.conversation.chat_language import ChatLanguages
from bot.handlers.replies import with_retries
from bot.locale import Translations
from bot.services import Services
from bot.telegram_text import split_html, to_html
from bot.views.errors import explain_source
from bot.views.html import MAX_OUTLET_CHARS, shorten
from bot.views.status import build_broadcast_keyboard, render_broadcast
from summaries.errors import NotDelivered, RateLimited, SendError
from summaries.ingest.refresh import RefreshReport, SourceReport
from summaries.model import Broadcast, BroadcastState, ChatRef
from summaries.ports import ChatMembershipStore, Messenger

log = logging.getLogger(__name__)

# Notices that could not be sent are kept in memory for the next try. They are in the log as well.
MOST_WAITING = 100
MOST_SOURCES, LONGEST_ERROR, LONGEST_REASON = 20, 120, 500


class AdminNotices:
    """Sends notices to every admin."""

    def __init__(self, messenger: Messenger, languages: ChatLanguages, admin_ids: Iterable[int]) -> None:
        self._messenger = messenger
        self._languages = languages
        self._admins = [ChatRef(admin_id) for admin_id in sorted(admin_ids)]
        self._waiting: deque[tuple[ChatRef, str]] = deque(maxlen=MOST_WAITING)

    async def tell(self, report: RefreshReport) -> None:
        """Send notices about the sources that have failed for hours, or that this refresh switched off or moved to
        another address, and the notices that failed before. Log failures."""
        unreachable = [source for source in report.sources if source.is_unreachable]
        switched_off = [source for source in report.sources if source.is_switched_off]
        moved = [source for source in report.sources if source.moved_to is not None]
        if unreachable:
            await self._add(lambda words: unreachable_parts(words, unreachable))
        if switched_off:
            await self._add(lambda words: switched_off_parts(words, switched_off))
        if moved:
            await self._add(lambda words: moved_parts(words, moved))
        await self._send_waiting()

    async def tell_no_backup(self, reason: str) -> None:
        """Send a notice that no backup could be made. Log failures."""
        await self._add(lambda words: [no_backup_text(words, reason)])
        await self._send_waiting()

    async def _add(self, render: Callable[[Translations], list[str]]) -> None:
        """Queue the messages for every admin, in the admin's language."""
        for admin in self._admins:
            words = await self._languages.for_chat_id(admin.chat_id)
            self._waiting.extend((admin, text) for text in render(words))

    async def _send_waiting(self) -> None:
        for _ in range(len(self._waiting)):
            admin, text = self._waiting.popleft()
            try:
                await self._messenger.send(admin, text)
            except (NotDelivered, RateLimited):
                self._waiting.append((admin, text))
            except SendError as error:
                log.warning("admin %d could not be notified of a problem: %s", admin.chat_id, error)


def switched_off_parts(words: Translations, reports: Sequence[SourceReport]) -> list[str]:
    """Return the messages about sources that were switched off, as Telegram HTML."""
    head = words.plural(
        "{n} source was switched off: it failed too often.",
        "{n} sources were switched off: they failed too often.",
        len(reports),
    )
    how = words.text("To switch one on again:")
    example = f"{escape(how)} " + words.html("<code>/sumber tambah {key}</code>", key=reports[0].source.key)
    return render_parts(words, head, error_lines(words, reports), "", example)


def unreachable_parts(words: Translations, reports: Sequence[SourceReport]) -> list[str]:
    """Return the messages about sources that have failed for hours, as Telegram HTML."""
    head = words.plural(
        "{n} source could not be read for hours.",
        "{n} sources could not be read for hours.",
        len(reports),
    )
    how = words.text("I keep trying.")
    return render_parts(words, head, error_lines(words, reports), "", escape(how))


def moved_parts(words: Translations, reports: Sequence[SourceReport]) -> list[str]:
    """Return the messages about sources that are read from another of their addresses, as Telegram HTML."""
    head = words.plural(
        "{n} source is now read from another of its addresses.",
        "{n} sources are now read from another of their addresses.",
        len(reports),
    )
    return render_parts(words, head, [source_line(report, report.moved_to) for report in reports])


def render_parts(words: Translations, head: str, lines: Sequence[str], *ending: str) -> list[str]:
    """Return messages with the head in bold, the first lines and the number of further ones, and the ending."""
    more = len(lines) - MOST_SOURCES
    rest = [words.plural("… and {n} more", "… and {n} more", more)] if more > 0 else []
    return split_html("\n".join([f"<b>{escape(head)}</b>", *lines[:MOST_SOURCES], *rest, *ending]))


def no_backup_text(words: Translations, reason: str) -> str:
    """Return the message about a failed backup, as Telegram HTML."""
    return words.html(
        "<b>I could not back the database up.</b>\n{reason}\n\nI try again every quarter of an hour. To see what is"
        " wrong, run <code>ringkas doctor</code> on my machine.",
        reason=reason[:LONGEST_REASON],
    )


def error_lines(words: Translations, reports: Sequence[SourceReport]) -> list[str]:
    return [source_line(report, explain_source(words, report.fault)) for report in reports]


def source_line(report: SourceReport, detail: str | None) -> str:
    outlet = shorten(report.source.outlet, MAX_OUTLET_CHARS)
    return f"• <b>{escape(report.source.key)}</b> ({to_html(outlet)}): {to_html((detail or '')[:LONGEST_ERROR])}"


@dataclass(frozen=True, slots=True)
class RightsNotices:
    """Fulfils `ports.Notifier`."""

    _messenger: Messenger
    _languages: ChatLanguages
    _places: ChatMembershipStore

    async def notify_missing_rights(self, user_id: int, chat_id: int) -> None:
        words = await self._languages.for_chat_id(user_id)
        place = await self._places.find(chat_id)
        name = place.title if place and place.title else str(chat_id)
        said = words.html(
            "I may not write in <b>{chat}</b> any more, so the digest there is paused; its settings are kept. Give me"
            " the right to post there, then start it again with /langganan.",
            chat=name,
        )
        try:
            await self._messenger.send(ChatRef(user_id), said)
        except SendError as error:
            log.warning("the person who set up the digest of chat %d could not be notified: %s", chat_id, error)


async def tell_progress(bot: ExtBot[float], services: Services, broadcast: Broadcast) -> None:
    """Edit the message in which a broadcast was confirmed to show its progress or result. Log failures.

    Do nothing for a broadcast that was stopped: the admin who stopped it has seen the result.
    """
    words = await services.languages.for_chat_id(broadcast.chat_id)
    async with services.locks.hold(("broadcast", broadcast.id)):
        now = await services.store.broadcasts.now(broadcast)
        if now is None or now.state not in {BroadcastState.SENDING, BroadcastState.DONE}:
            return
        edit = partial(
            bot.edit_message_text,
            render_broadcast(words, now, 0),
            chat_id=now.chat_id,
            message_id=now.message_id,
            reply_markup=build_broadcast_keyboard(words, now),
        )
        try:
            await with_retries(edit)
        except TelegramError as error:
            if "message is not modified" not in error.message.casefold():
                log.warning("the progress of a broadcast could not be shown: %s", error)
