"""/ringkas: summaries of articles given as links, text, a file, or in a message that is replied to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from math import ceil
from pathlib import PurePath

from telegram import CallbackQuery, Document, Message, MessageEntity, Update
from telegram.error import TelegramError

from bot.commands import read_argument
from bot.conversation.link_queue import Asker
from bot.conversation.pasted_text import identify_sender
from bot.errors import FileNotDownloaded, FileTooLarge, FileUnreadable
from bot.handlers.answer_buttons import reply_after_check
from bot.handlers.context import BotContext
from bot.handlers.news import show_requested_news
from bot.handlers.replies import (
    Answer,
    answer_callback,
    button_handler,
    current_reply,
    edit_callback_message,
    is_double_tap,
    message_handler,
    reply,
    run_with_reply,
    set_current_reply,
)
from bot.handlers.start import reject_message
from bot.logs.pipeline import keeping_private
from bot.parsing.queries import MIN_ARTICLE_WORDS, find_links, find_news_request
from bot.transport.update_processor import sender_id
from bot.views.answers import render_debunking, render_full_article, render_unread_links
from bot.views.callbacks import READ_QUOTED
from bot.views.errors import explain
from bot.views.html import OutgoingMessage
from summaries.articles.read import Reading
from summaries.errors import AlreadyShort, InputError, RingkasError, StoreError
from summaries.model import Article, StoredArticle

log = logging.getLogger(__name__)

# Links that a handler reads; the rest waits, so that no handler runs for minutes.
MAX_LINKS = 5
# A page that takes longer gets a progress message, which the reply then replaces.
PROGRESS_AFTER_S = 2.0
FILE_TYPES = {
    ".txt": "text/plain",
    ".html": "text/html",
    ".htm": "text/html",
    ".pdf": "application/pdf",
}
# A megabyte of plain text is a book; pages and PDFs carry markup and pictures too.
MAX_BYTES = {"text/plain": 1024 * 1024, "text/html": 5 * 1024 * 1024, "application/pdf": 5 * 1024 * 1024}


@message_handler
async def ringkas(message: Message, context: BotContext) -> Answer:
    """Summarise the command's own message, else the message that it replies to."""
    own = read_argument(message)
    if own or message.document:
        await summarize_content(message, message, await context.bot_data.joiner.collect(message, own), context)
    elif (other := message.reply_to_message) is not None:
        await summarize_content(message, other, other.text or other.caption or "", context)
    else:
        how = context.words.html(
            "Put links or the text of an article after the command:\n"
            "<code>/ringkas https://…</code>\n\n"
            "Or reply /ringkas to a message with a link or an article, or send a .txt, .html or .pdf file."
        )
        return OutgoingMessage(how)
    return None


async def handle_bare_message(update: Update, context: BotContext) -> None:
    """Summarise a link, a file or a long text in a private message without a command; reply to "berita …" with news,
    and to others with a hint."""
    message = update.effective_message
    if message is None or context.bot_data.joiner.try_append(message):
        return
    text = message.text or message.caption or ""
    if find_links(text) or find_hidden_links(message, text) or message.document or is_long(text):
        await summarize_bare_message(update, context)
    elif find_news_request(text) is not None:
        await show_requested_news(update, context)
    else:
        await reject_message(update, context)


@message_handler
async def summarize_bare_message(message: Message, context: BotContext) -> None:
    text = await context.bot_data.joiner.collect(message, message.text or message.caption or "")
    await summarize_content(message, message, text, context)


async def summarize_content(message: Message, given: Message, text: str, context: BotContext) -> None:
    """Reply to `message` with summaries of the content of `given`: its file, its links or `text`.

    A text that repeats a debunked claim is answered with the fact-check first.
    """
    links = find_links(text) or find_hidden_links(given, text)
    document = given.document
    # If the file can't be read, its caption may have the article.
    if document and not detect_media_type(document) and (links or is_long(text)):
        document = None
    if document is None and links:
        text = "\n".join([text, *links])
        await summarize_links(message, links, identify_sender(message), context, given=given, text=text)
    elif await check_rate(message, context):
        async with context.services.file_slots.slot(sender_id(message)):
            if document is None:
                reading, debunking = await read_text(message, text, context)
            else:
                body, media_type = await download(document)
                reader = context.services.reading
                reading = await reader.read_file(body, chat_id=message.chat_id, media_type=media_type)
                debunking = await find_debunking(reading.stored.article, context)
        if reading is not None:
            await reply_after_check(message, reading, context, debunking)
        elif debunking is not None:
            await reply(message, render_debunking(context.words, debunking.article, context.zone))


async def read_text(message: Message, text: str, context: BotContext) -> tuple[Reading | None, StoredArticle | None]:
    """Return the text with its summary, and the fact-check of the claim that it repeats.

    A text with a fact-check may be too short for a summary.
    """
    reader = context.services.reading
    debunking = await reader.find_debunking(text)
    try:
        return await reader.read_text(text, chat_id=message.chat_id), debunking
    except InputError:
        if debunking is None:
            raise
        return None, debunking


async def find_debunking(article: Article, context: BotContext) -> StoredArticle | None:
    """Return the fact-check of the claim that the article repeats; None for a fact-check."""
    if article.fact_check is not None:
        return None
    return await context.services.reading.find_debunking(f"{article.title}\n{article.text}")


async def summarize_links(
    message: Message,
    links: list[str],
    asker: Asker,
    context: BotContext,
    *,
    given: Message | None = None,
    text: str = "",
) -> None:
    """Reply to the links in order; those after the first `MAX_LINKS`, or over the rate limit, wait in the queue.

    If the `text` of their message, `given`, repeats a debunked claim, reply with its fact-check; a button reads them.
    """
    services = context.services
    # The lock is taken first, so that the messages of a person keep their order.
    async with services.locks.hold(("links", *asker)):
        if given is not None and (debunking := await services.reading.find_debunking(text)) is not None:
            linking_id = given.message_id
            await reply(
                message, render_debunking(context.words, debunking.article, context.zone, linking_id=linking_id)
            )
            return
        for place, link in enumerate(links):
            if place == MAX_LINKS or services.links.is_waiting(asker):
                await queue_links(message, links[place:], asker, 0, context)
                return
            asked = await services.user_limiter.acquire(asker[1])
            if asked.refused:
                await queue_links(message, links[place:], asker, asked.wait_s, context)
                return
            await summarize_link(message, link, asker, context, is_named=len(links) > 1)


async def queue_links(message: Message, links: list[str], asker: Asker, wait_s: float, context: BotContext) -> None:
    """Let the links wait, and say so; send those for which there is no room back."""
    queue, words = context.services.links, context.words
    is_running = queue.is_waiting(asker)
    left = queue.add(asker, message, links)
    count = len(links) - len(left)
    if count and is_running:
        await reply(message, words.plural("{n} more link waits.", "{n} more links wait.", count))
    elif count:
        queue.start(asker, read_waiting_links(asker, context))
        text = words.plural(
            "One at a time, please. I read on in {n} second.",
            "One at a time, please. I read on in {n} seconds.",
            max(1, ceil(wait_s)),
        )
        await reply(message, text)
    await reply(message, *render_unread_links(words, left))


async def read_waiting_links(asker: Asker, context: BotContext) -> None:
    """Reply to the person's waiting links in order, as fast as the rate limiter allows. Send the rest back if the bot
    stops or the limiter fails."""
    queue = context.services.links
    while (waiting := queue.first(asker)) is not None:
        try:
            asked = await context.services.user_limiter.acquire(asker[1])
        except StoreError as error:
            log.warning("waiting links are sent back: %s", error)
            break
        if asked.refused:
            # The message may be edited meanwhile.
            await queue.sleep(asked.wait_s)
            continue
        await reply_later(waiting.message, summarize_link(waiting.message, waiting.link, asker, context), context)
        queue.remove(asker, waiting)
    if left := queue.all(asker):
        shown = render_unread_links(context.words, [waiting.link for waiting in left])
        await reply_later(left[-1].message, reply(left[-1].message, *shown), context)


async def reply_later(message: Message, answering: Awaitable[None], context: BotContext) -> None:
    """Await a reply to a message whose handler has ended."""
    with keeping_private(message.to_dict):
        async with context.services.locks.hold(("message", message.chat_id, message.message_id)):
            try:
                await run_with_reply(message, context, answering, is_more=True)
            except Exception as error:  # noqa: BLE001  (the handler of all unexpected errors decides)
                await context.application.process_error(Update(0, message=message), error)


@button_handler
async def read_on(query: CallbackQuery, message: Message, context: BotContext) -> Answer:
    """Read the links that the button's message names, or those of the message that it quotes."""
    given = message.reply_to_message if query.data == READ_QUOTED else message
    text = (given.text or given.caption or "") if given else ""
    links = find_links(text) or (find_hidden_links(given, text) if given else [])
    if not links or is_double_tap(query, message, context):
        return context.words.text("This button is out of date.")
    await answer_callback(query)
    if given is message:
        head = context.words.text("I read these now:")
        await edit_callback_message(message, OutgoingMessage("\n".join([head, *links]), is_html=False))
    asker = (message.chat_id, query.from_user.id)
    await run_with_reply(message, context, summarize_links(message, links, asker, context))
    return None


async def summarize_link(
    message: Message, link: str, asker: Asker, context: BotContext, *, is_named: bool = True
) -> None:
    """Reply with the link's summary; `is_named` is true if an error has to name the link."""
    current = current_reply(message)
    own = current.split()
    set_current_reply(own)
    services = context.services
    try:
        reading = await services.reading.find(link)
        if reading is None:
            async with services.page_slots.slot(asker[1]), showing_progress(message, context):
                reading = await services.reading.read_url(link)
        await reply_after_check(message, reading, context, await find_debunking(reading.stored.article, context))
    except AlreadyShort as short:
        if debunking := await find_debunking(short.article, context):
            await reply(message, render_debunking(context.words, debunking.article, context.zone))
        else:
            # The person has not seen the text behind the link yet.
            shown = render_full_article(context.words, short.article, context.zone)
            await reply(message, *map(OutgoingMessage, shown))
    except RingkasError as error:
        if not is_named:
            raise
        await reply(message, f"{link[:200]}\n{explain(context.words, error)}")
    finally:
        await own.end()
        current.message_ids += own.message_ids
        set_current_reply(current)


async def check_rate(message: Message, context: BotContext) -> bool:
    """Count a request of the person and return whether it is allowed; reply to a denied one."""
    asked = await context.services.user_limiter.acquire(sender_id(message))
    if asked.refused:
        text = context.words.plural(
            "One at a time, please. Send it again in {n} second.",
            "One at a time, please. Send it again in {n} seconds.",
            max(1, ceil(asked.wait_s)),
        )
        await reply(message, text)
    return not asked.refused


@asynccontextmanager
async def showing_progress(message: Message, context: BotContext) -> AsyncIterator[None]:
    """Show a progress message if the block takes long."""
    current = current_reply(message)
    text = context.words.text("Opening the page …")

    async def show_later() -> None:
        await asyncio.sleep(PROGRESS_AFTER_S)
        await current.show_progress(text)

    task = asyncio.create_task(show_later())
    try:
        yield
    finally:
        task.cancel()
        (failure,) = await asyncio.gather(task, return_exceptions=True)
        if isinstance(failure, TelegramError):
            log.info("a progress message could not be sent: %s", failure)


def is_long(text: str) -> bool:
    """Return whether the text may be an article."""
    return len(text.split()) >= MIN_ARTICLE_WORDS


def find_hidden_links(message: Message, text: str) -> list[str]:
    """Return the addresses behind the words of a short message ("baca di sini")."""
    if is_long(text):
        return []
    kinds: list[str | None] = [MessageEntity.TEXT_LINK]
    entities = message.parse_entities(kinds) | message.parse_caption_entities(kinds)
    return list(dict.fromkeys(entity.url for entity in entities if entity.url))


def detect_media_type(document: Document) -> str | None:
    """Return the media type of a readable document, by its name or else by the sender's app."""
    by_name = FILE_TYPES.get(PurePath(document.file_name or "").suffix.casefold())
    return by_name or (document.mime_type if document.mime_type in MAX_BYTES else None)


async def download(document: Document) -> tuple[bytes, str]:
    """Return the document's bytes and media type.

    Raises:
        FileUnreadable, FileTooLarge, FileNotDownloaded: the document can't be read.
    """
    media_type = detect_media_type(document)
    if media_type is None:
        raise FileUnreadable(document.mime_type or "of an unknown kind")
    if (document.file_size or 0) > MAX_BYTES[media_type]:
        raise FileTooLarge(MAX_BYTES[media_type] // (1024 * 1024))
    try:
        file = await document.get_file()
        body = bytes(await file.download_as_bytearray())
    except TelegramError as error:
        log.warning("a document could not be downloaded: %s", error)
        raise FileNotDownloaded(str(error)) from error
    # `file_size` is reported by the client and cannot be trusted.
    if len(body) > MAX_BYTES[media_type]:
        raise FileTooLarge(MAX_BYTES[media_type] // (1024 * 1024))
    return body, media_type
