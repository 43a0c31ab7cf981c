"""/ringkas: articles given as links, a text, a file or a message that is replied to, to their summaries."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from pathlib import PurePath
from typing import TYPE_CHECKING

from telegram import MessageEntity
from telegram.error import TelegramError

from bot.commands import argument
from bot.conversation.reply import current_reply, set_current_reply
from bot.conversation.user_limits import RateDecision
from bot.errors import FileNotDownloaded, FileTooLarge, FileUnreadable
from bot.handlers.answer_buttons import reply_with_article
from bot.handlers.replies import message_handler, reply
from bot.handlers.start import unknown_message, unreadable_photo
from bot.parsing.queries import FEW_WORDS, find_links
from bot.transport.update_processor import sender_id
from bot.views.answers import full_parts
from bot.views.errors import explain
from summaries.errors import AlreadyShort, RingkasError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from telegram import Document, Message, Update

    from bot.conversation.reply import Reply
    from bot.handlers.context import BotContext


log = logging.getLogger(__name__)

MOST_LINKS = 5
# Who waits longer for a page is told so; the word becomes the answer.
PROGRESS_AFTER_S = 2.0


FILE_TYPES = {
    ".txt": "text/plain",
    ".html": "text/html",
    ".htm": "text/html",
    ".pdf": "application/pdf",
}


# A million characters of text is a book; pages and PDFs carry more than their words.
MOST_BYTES = {"text/plain": 1024 * 1024, "text/html": 5 * 1024 * 1024, "application/pdf": 5 * 1024 * 1024}


@message_handler
async def ringkas(message: Message, context: BotContext) -> None:
    """What stands in the command's own message goes before what it replies to."""
    own = argument(message)
    if own or message.document:
        await answer(message, message, await context.joiner.collect(message, own), context)
    elif (other := message.reply_to_message) is not None:
        await answer(message, other, other.text or other.caption or "", context)
    else:
        await reply(
            message,
            [
                context.words.html(
                    "Put links or the text of an article after the command:\n"
                    "<code>/ringkas https://…</code>\n\n"
                    "Or reply /ringkas to a message with a link or an article, or send a .txt, .html or .pdf file."
                )
            ],
        )


async def bare_message(update: Update, context: BotContext) -> None:
    """A private message without a command: a link, a file or a long text is summarised, anything else gets a hint."""
    message = update.effective_message
    if message is None:
        return
    if context.joiner.try_append(message):
        return
    text = message.text or message.caption or ""
    if find_links(text) or hidden_links(message, text) or message.document or is_long(text):
        await ringkas_bare(update, context)
    elif message.photo:
        await unreadable_photo(update, context)
    else:
        await unknown_message(update, context)


@message_handler
async def ringkas_bare(message: Message, context: BotContext) -> None:
    text = await context.joiner.collect(message, message.text or message.caption or "")
    await answer(message, message, text, context)


async def answer(message: Message, given: Message, text: str, context: BotContext) -> None:
    """Answer `message` with the summaries of what `given` holds: a file, links or the text itself."""
    links = find_links(text) or hidden_links(given, text)
    document = given.document
    # Words beside a file that can't be read may say more than the file.
    if document and (document_type(document) or not (links or is_long(text))):
        if await may_ask(message, context):
            async with context.services.file_slots.slot(sender_id(message)):
                body, media_type = await download(document)
                reading = await context.services.reading.read_file(body, chat_id=message.chat_id, media_type=media_type)
            await reply_with_article(message, reading, context)
    elif len(links) == 1:
        await answer_link(message, links[0], context)
    elif links:
        await answer_links(message, links, context)
    elif await may_ask(message, context):
        async with context.services.file_slots.slot(sender_id(message)):
            reading = await context.services.reading.read_text(text, chat_id=message.chat_id)
        await reply_with_article(message, reading, context)


async def answer_links(message: Message, links: list[str], context: BotContext) -> None:
    """Each link gets an answer of its own, as soon as it is there."""
    current = current_reply(message)

    async def one(link: str, own: Reply) -> None:
        set_current_reply(own)
        try:
            await answer_link(message, link, context)
        except RingkasError as error:
            await reply(message, [f"{link[:200]}\n{explain(context.words, error)}"], is_html=False)
        finally:
            await own.end()
            current.message_ids += own.message_ids

    chosen = links[:MOST_LINKS]
    owns = current.split(len(chosen))
    results = await asyncio.gather(*map(one, chosen, owns), return_exceptions=True)
    if len(links) > MOST_LINKS:
        said = context.words.text("I read the first {n} links only.", n=MOST_LINKS)
        await reply(message, [said], is_html=False)
    for failure in results:
        if isinstance(failure, BaseException):
            raise failure


async def answer_link(message: Message, link: str, context: BotContext) -> None:
    if not await may_ask(message, context):
        return
    services = context.services
    try:
        reading = await services.reading.find(link)
        if reading is None:
            async with services.page_slots.slot(sender_id(message)), progress(message, context):
                reading = await services.reading.read_url(link)
    except AlreadyShort as short:
        # Who sent a link has not seen the text yet.
        await reply(message, full_parts(context.words, short.article, context.zone))
    else:
        await reply_with_article(message, reading, context)


async def may_ask(message: Message, context: BotContext) -> bool:
    """Whether the person may have one more article now; the first time that they may not, they are told so."""
    services = context.services
    result = await services.user_limiter.acquire(sender_id(message))
    if result.decision is RateDecision.DENY:
        wait_s = max(1, round(result.wait_s))
        said = context.words.plural(
            "One at a time, please. I read on in {n} second.",
            "One at a time, please. I read on in {n} seconds.",
            wait_s,
        )
        await reply(message, [said], is_html=False)
    return result.decision is RateDecision.ALLOW


@asynccontextmanager
async def progress(message: Message, context: BotContext) -> AsyncIterator[None]:
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
    """Whether the text may be an article of its own."""
    return len(text.split()) >= FEW_WORDS


def hidden_links(message: Message, text: str) -> list[str]:
    """The addresses behind words of a short message ("baca di sini")."""
    if is_long(text):
        return []
    entities = message.parse_entities([MessageEntity.TEXT_LINK]) | message.parse_caption_entities(
        [MessageEntity.TEXT_LINK]
    )
    return list(dict.fromkeys(entity.url for entity in entities if entity.url))


def document_type(document: Document) -> str | None:
    """The media type of a document that can be read, by its name or by what the sender's app says."""
    by_name = FILE_TYPES.get(PurePath(document.file_name or "").suffix.casefold())
    return by_name or (document.mime_type if document.mime_type in MOST_BYTES else None)


async def download(document: Document) -> tuple[bytes, str]:
    """The document's bytes and media type.

    Raises:
        FileUnreadable, FileTooLarge, FileNotDownloaded: see there.
    """
    media_type = document_type(document)
    if media_type is None:
        raise FileUnreadable(document.mime_type or "of an unknown kind")
    if (document.file_size or 0) > MOST_BYTES[media_type]:
        raise FileTooLarge(MOST_BYTES[media_type] // (1024 * 1024))
    try:
        file = await document.get_file()
        body = bytes(await file.download_as_bytearray())
    except TelegramError as error:
        log.warning("a document could not be downloaded: %s", error)
        raise FileNotDownloaded(str(error)) from error
    # What the sender's app says of the size is only said.
    if len(body) > MOST_BYTES[media_type]:
        raise FileTooLarge(MOST_BYTES[media_type] // (1024 * 1024))
    return body, media_type
