"""/ringkas: summaries of articles given as links, text, a file, or in a message that is replied to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import PurePath

from telegram import Document, Message, MessageEntity, Update
from telegram.error import TelegramError

from bot.commands import read_argument
from bot.errors import FileNotDownloaded, FileTooLarge, FileUnreadable
from bot.handlers.answer_buttons import reply_with_article
from bot.handlers.context import BotContext
from bot.handlers.replies import Answer, Reply, current_reply, message_handler, reply, set_current_reply
from bot.handlers.start import reject_message
from bot.parsing.queries import MIN_ARTICLE_WORDS, find_links
from bot.transport.update_processor import sender_id
from bot.views.answers import render_full_article
from bot.views.errors import explain
from bot.views.html import OutgoingMessage
from summaries.errors import AlreadyShort, RingkasError

log = logging.getLogger(__name__)

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
    """Summarise a link, a file or a long text in a private message without a command; reply to others with a hint."""
    message = update.effective_message
    if message is None or context.bot_data.joiner.try_append(message):
        return
    text = message.text or message.caption or ""
    if find_links(text) or find_hidden_links(message, text) or message.document or is_long(text):
        await summarize_bare_message(update, context)
    else:
        await reject_message(update, context)


@message_handler
async def summarize_bare_message(message: Message, context: BotContext) -> None:
    text = await context.bot_data.joiner.collect(message, message.text or message.caption or "")
    await summarize_content(message, message, text, context)


async def summarize_content(message: Message, given: Message, text: str, context: BotContext) -> None:
    """Reply to `message` with summaries of the content of `given`: its file, its links or `text`."""
    links = find_links(text) or find_hidden_links(given, text)
    document = given.document
    # If the file can't be read, its caption may have the article.
    if document and not detect_media_type(document) and (links or is_long(text)):
        document = None
    if document is None and len(links) == 1:
        await summarize_link(message, links[0], context)
    elif document is None and links:
        await summarize_links(message, links, context)
    elif await check_rate(message, context):
        reader, chat_id = context.services.reading, message.chat_id
        async with context.services.file_slots.slot(sender_id(message)):
            if document is None:
                reading = await reader.read_text(text, chat_id=chat_id)
            else:
                body, media_type = await download(document)
                reading = await reader.read_file(body, chat_id=chat_id, media_type=media_type)
        await reply_with_article(message, reading, context)


async def summarize_links(message: Message, links: list[str], context: BotContext) -> None:
    """Reply to each link separately, as soon as its page is read."""
    current = current_reply(message)

    async def one(link: str, own: Reply) -> None:
        set_current_reply(own)
        try:
            await summarize_link(message, link, context)
        except RingkasError as error:
            await reply(message, f"{link[:200]}\n{explain(context.words, error)}")
        finally:
            await own.end()
            current.message_ids += own.message_ids

    chosen = links[:MAX_LINKS]
    owns = current.split(len(chosen))
    results = await asyncio.gather(*map(one, chosen, owns), return_exceptions=True)
    if len(links) > MAX_LINKS:
        await reply(message, context.words.text("I read the first {n} links only.", n=MAX_LINKS))
    for failure in results:
        if isinstance(failure, BaseException):
            raise failure


async def summarize_link(message: Message, link: str, context: BotContext) -> None:
    if not await check_rate(message, context):
        return
    services = context.services
    try:
        reading = await services.reading.find(link)
        if reading is None:
            async with services.page_slots.slot(sender_id(message)), showing_progress(message, context):
                reading = await services.reading.read_url(link)
    except AlreadyShort as short:
        # The person has not seen the text behind the link yet.
        parts = render_full_article(context.words, short.article, context.zone)
        await reply(message, *map(OutgoingMessage, parts))
    else:
        await reply_with_article(message, reading, context)


async def check_rate(message: Message, context: BotContext) -> bool:
    """Count a request of the person and return whether it is allowed; reply to the first denied one."""
    services = context.services
    result = await services.user_limiter.acquire(sender_id(message))
    if result.refused == 1:
        wait_s = max(1, round(result.wait_s))
        text = context.words.plural(
            "One at a time, please. I read on in {n} second.",
            "One at a time, please. I read on in {n} seconds.",
            wait_s,
        )
        await reply(message, text)
    return result.refused == 0


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
