"""Guest mode: somebody names the bot in a chat that it is not in, in reply to a link, a text or a file.

Telegram accepts one answer, for a short time, and it can be edited later. So a summary that is not ready at once gets
a placeholder, which it then replaces. Nothing is stored about that chat; the update has nothing about it either, see
`bot.transport.webhook.hide_guest_chat`.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from math import ceil

from telegram import Document, Message, Update
from telegram.constants import ChatID, ParseMode
from telegram.error import BadRequest, Forbidden, TelegramError
from telegram.ext import ExtBot

from bot.handlers.context import BotContext
from bot.handlers.replies import (
    Answer,
    as_plain,
    explain_refusal,
    note_failure,
    render_apology,
    try_edit,
    with_retries,
)
from bot.handlers.summarize import detect_media_type, download, find_debunking, find_hidden_links, is_long
from bot.parsing.queries import find_links
from bot.transport.messenger import MARKUP_REFUSED, is_said
from bot.views.answers import choose_preview, render_answer, render_debunking, render_full_article
from bot.views.callbacks import build_keyboard
from bot.views.deep_links import ArticleLink, StoryLink
from bot.views.html import OutgoingMessage
from bot.views.sharing import build_card, build_open_button
from summaries.errors import AlreadyShort
from summaries.model import Article, Summary, first_of_each_outlet

log = logging.getLogger(__name__)

# The chat sees an answer within a second, which includes the way to Telegram.
PLACEHOLDER_AFTER_S = 0.5
# At a stop the connections close 0.2 s after the handlers were cancelled.
GIVING_UP_S = 0.2


@dataclass(slots=True)
class GuestAnswer:
    """The answer to a guest query: posted once, then edited."""

    _bot: ExtBot[float]
    _query_id: str
    _title: str
    _inline_id: str | None = field(default=None, init=False)

    @property
    def is_posted(self) -> bool:
        return self._inline_id is not None

    async def show(self, shown: OutgoingMessage) -> None:
        """Post the answer, or edit it. If Telegram refuses the markup, show plain text.

        Raises:
            TelegramError: the query is too old, or the request failed permanently or too often.
        """
        try:
            await self._put(shown)
        except BadRequest as error:
            if not shown.is_html or not is_said(error, MARKUP_REFUSED):
                raise
            log.warning("markup was refused, answering in plain text: %s", error)
            await self._put(as_plain(shown))

    async def _put(self, shown: OutgoingMessage) -> None:
        if self._inline_id is None:
            card = build_card("1", self._title, shown)
            sent = await with_retries(partial(self._bot.answer_guest_query, self._query_id, card))
            self._inline_id = sent.inline_message_id
            return
        edit = partial(
            self._bot.edit_message_text,
            shown.text,
            inline_message_id=self._inline_id,
            parse_mode=ParseMode.HTML if shown.is_html else None,
            reply_markup=shown.keyboard,
            link_preview_options=shown.preview,
        )
        await try_edit(edit)


async def answer_guest(update: Update, context: BotContext) -> None:
    """Answer a guest query with the summary of the message, or of the one that it replies to. Other bots get none, so
    that two bots never answer each other."""
    message = update.guest_message
    if message is None or message.guest_query_id is None or message.from_user is None:
        return
    if message.from_user.is_bot and message.from_user.id != ChatID.ANONYMOUS_ADMIN:
        return
    words = context.words
    answer = GuestAnswer(context.bot, message.guest_query_id, words.text("Summary"))
    work = asyncio.create_task(explain_refusal(summarize_for_guest(message, context), context))
    try:
        await asyncio.wait({work}, timeout=PLACEHOLDER_AFTER_S)
        if not work.done():
            await answer.show(as_message(words.text("I'm reading this, one moment …")))
        shown = await work
        if shown is None and answer.is_posted:
            shown = words.text("One moment, please. I am still answering here.")
        if shown is not None:
            await answer.show(as_message(shown))
    except (BadRequest, Forbidden) as error:
        log.info("a guest query can't be answered: %s", error)
    except asyncio.CancelledError:
        await give_up(answer, words.text("I was interrupted. Please name me again."))
        raise
    except Exception as error:  # noqa: BLE001  (the placeholder must not stay)
        code = note_failure(context, error)
        try:
            await answer.show(as_message(render_apology(words, code)))
        except TelegramError as failure:
            log.warning("the apology could not be sent: %s", failure)
    finally:
        work.cancel()


async def give_up(answer: GuestAnswer, text: str) -> None:
    """Replace the placeholder before the process stops; nobody else can, because the answer's id is not stored."""
    with suppress(TelegramError, TimeoutError):
        async with asyncio.timeout(GIVING_UP_S):
            if answer.is_posted:
                await answer.show(as_message(text))


def as_message(answer: OutgoingMessage | str) -> OutgoingMessage:
    return OutgoingMessage(answer, is_html=False) if isinstance(answer, str) else answer


async def summarize_for_guest(message: Message, context: BotContext) -> Answer:
    """Return the answer, or None for a message that needs none. Of requests over the rate limit only the first gets a
    notice, so that notices do not flood the chat."""
    services, words = context.services, context.words
    asker = message.from_user
    if asker is None or asker.is_bot:
        # All anonymous administrators share one account, which has no rate limit of its own.
        return words.text("Here I don't see who you are. Send me the link in a private chat.")
    content = find_content(message, context.bot)
    if content is None:
        return None
    asked = await services.user_limiter.acquire(asker.id)
    if asked.refused > 1:
        return None
    if asked.refused:
        n = max(1, ceil(asked.wait_s))
        return words.plural(
            "One at a time, please. Send it again in {n} second.",
            "One at a time, please. Send it again in {n} seconds.",
            n,
        )
    if not content.has_article and not content.is_reply:
        return words.text(
            "Name me in a reply to a link, a text or a file, and I summarise it here. Or write the link after my name."
        )
    if content.document is None and (debunking := await services.reading.find_debunking(content.claim)) is not None:
        return render_debunking(words, debunking.article, context.zone)
    return await render_found(await read_content(content, asker.id, context), context)


@dataclass(frozen=True, slots=True)
class Content:
    """The text, links and file of a message. Without a file, the first link is read, or else the text."""

    text: str
    links: Sequence[str]
    document: Document | None
    is_reply: bool

    @property
    def has_article(self) -> bool:
        return self.document is not None or bool(self.links) or is_long(self.text)

    @property
    def claim(self) -> str:
        """The text that may repeat a debunked claim."""
        return "\n".join([self.text, *self.links])


def find_content(message: Message, bot: ExtBot[float]) -> Content | None:
    """Return the content of the message without the bot's name; if that has no article, of the message that it replies
    to. Return None for a reply to the bot's own answer that does not name the bot, such as "thanks"."""
    text = message.text or message.caption or ""
    rest = re.sub(rf"@{re.escape(bot.username)}\b", "", text, flags=re.IGNORECASE).strip()
    own = collect_content(message, rest, is_reply=False)
    replied = message.reply_to_message
    if replied is None or own.has_article:
        return own
    if replied.from_user is not None and replied.from_user.id == bot.id:
        return own if rest != text.strip() else None
    return collect_content(replied, replied.text or replied.caption or "", is_reply=True)


def collect_content(message: Message, text: str, *, is_reply: bool) -> Content:
    links = find_links(text) or find_hidden_links(message, text)
    document = message.document
    # If the file can't be read, its caption may have the article.
    if document and not detect_media_type(document) and (links or is_long(text)):
        document = None
    return Content(text, links, document, is_reply)


@dataclass(frozen=True, slots=True)
class Found:
    """An article with its summary, None if it is short already; `public_id` is the id of a public one."""

    article: Article
    summary: Summary | None
    public_id: int | None = None


async def read_content(content: Content, asker_id: int, context: BotContext) -> Found:
    """Read and summarise the content. Of texts and files nothing is stored.

    Raises:
        RingkasError: the content can't be read, or has no article.
    """
    services = context.services
    try:
        if content.document is None and content.links:
            link = content.links[0]
            reading = await services.reading.find(link)
            if reading is None:
                async with services.page_slots.slot(asker_id):
                    reading = await services.reading.read_url(link)
            stored = reading.stored
            return Found(stored.article, reading.summary, stored.id if stored.origin.is_public else None)
        async with services.file_slots.slot(asker_id):
            if content.document is None:
                return Found(*await services.reading.summarize_text(content.text))
            body, media_type = await download(content.document)
            return Found(*await services.reading.summarize_file(body, media_type=media_type))
    except AlreadyShort as short:
        return Found(short.article, None)


async def render_found(found: Found, context: BotContext) -> OutgoingMessage:
    """Render the fact-check of the claim that the article repeats, or else the summary, in one message."""
    words, article = context.words, found.article
    if (debunking := await find_debunking(article, context)) is not None:
        return render_debunking(words, debunking.article, context.zone)
    if found.summary is None:
        text = render_full_article(words, article, context.zone)[0]
    else:
        (text,) = render_answer(words, article, found.summary, context.zone, is_edit=True)
    row = []
    if found.public_id is not None:
        coverage = await context.services.store.stories.coverage(found.public_id)
        is_story = len(first_of_each_outlet(coverage)) > 1
        link = StoryLink(found.public_id) if is_story else ArticleLink(found.public_id)
        row.append(build_open_button(words, link, context.bot.username))
    return OutgoingMessage(text, build_keyboard(row), choose_preview(article))
