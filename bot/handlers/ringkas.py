"""/ringkas: one article, given as a link, a text, a file or a message that is replied to, to its summary."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from telegram import MessageEntity

from bot.asking import FEW_WORDS, find_link
from bot.handlers.answering import answers, joiner, reply, services, typing
from bot.handlers.start import unknown_message
from bot.render import article_parts, reading_parts
from summaries.errors import AlreadyShort, NothingToSummarize, RefusalReason

if TYPE_CHECKING:
    from telegram import Document, Message, Update

    from bot.handlers.answering import Context
    from summaries.reading import Reading

MAX_DOCUMENT_BYTES = 5 * 1024 * 1024
FILE_TYPES = {
    ".txt": "text/plain",
    ".html": "text/html",
    ".htm": "text/html",
    ".pdf": "application/pdf",
}


@answers
async def ringkas(message: Message, context: Context) -> None:
    """What stands in the command's own message goes before what it replies to."""
    own = argument(message)
    if own or message.document:
        await answer(message, message, await joiner(context).whole(message, own), context)
    elif (other := message.reply_to_message) is not None:
        await answer(message, other, other.text or other.caption or "", context)
    else:
        words = services(context).words
        await reply(
            message,
            [
                words.html(
                    "Put a link or the text of an article behind the command:\n"
                    "<code>/ringkas https://…</code>\n\n"
                    "Or reply /ringkas to a message with a link or an article, or send a .txt, .html or .pdf file."
                )
            ],
        )


async def bare_message(update: Update, context: Context) -> None:
    """A private message without a command: a link, a file or a long text is summarised, anything else gets a hint."""
    message = update.effective_message
    if message is None:
        return
    if joiner(context).take(message):
        return
    text = message.text or message.caption or ""
    if find_link(text) or message.document or len(text.split()) >= FEW_WORDS:
        await ringkas_bare(update, context)
    else:
        await unknown_message(update, context)


@answers
async def ringkas_bare(message: Message, context: Context) -> None:
    text = await joiner(context).whole(message, message.text or message.caption or "")
    await answer(message, message, text, context)


async def answer(message: Message, given: Message, text: str, context: Context) -> None:
    """Answer `message` with the summary of what `given` holds: a file, a link or the text itself."""
    found = services(context)
    zone = found.settings.default_timezone
    async with typing(message):
        try:
            parts = reading_parts(found.words, await read(given, text, context), zone)
        except AlreadyShort as short:
            # Who pasted a text has it; who sent a link has not seen it yet.
            if short.article.url is None:
                raise
            parts = article_parts(found.words, short.article, zone)
    await reply(message, parts)


async def read(given: Message, text: str, context: Context) -> Reading:
    reading = services(context).reading
    if document := given.document:
        media_type = document_type(document)
        if media_type is None:
            raise NothingToSummarize(RefusalReason.NOT_AN_ARTICLE, "not a file that can be read")
        return await reading.read_file(await download(document), media_type=media_type)
    if link := find_link(text) or hidden_link(given, text):
        return await reading.read_url(link)
    return await reading.read_text(text)


def argument(message: Message) -> str:
    """What follows the command, on its own line and all that follow."""
    text = message.text or message.caption or ""
    words = text.split(maxsplit=1)
    return words[1].strip() if len(words) > 1 else ""


def hidden_link(message: Message, text: str) -> str | None:
    """The address behind a word of a short message ("baca di sini")."""
    if len(text.split()) >= FEW_WORDS:
        return None
    entities = message.parse_entities([MessageEntity.TEXT_LINK]) | message.parse_caption_entities(
        [MessageEntity.TEXT_LINK]
    )
    return next((entity.url for entity in entities if entity.url), None)


def document_type(document: Document | None) -> str | None:
    """The media type of a document that can be read, by its name or by what the sender's app says."""
    if document is None:
        return None
    by_name = FILE_TYPES.get(PurePath(document.file_name or "").suffix.casefold())
    return by_name or (document.mime_type if document.mime_type in FILE_TYPES.values() else None)


async def download(document: Document) -> bytes:
    """The document's bytes.

    Raises:
        NothingToSummarize: it is too large.
    """
    if (document.file_size or 0) > MAX_DOCUMENT_BYTES:
        raise NothingToSummarize(RefusalReason.NOT_AN_ARTICLE, "the file is too large")
    file = await document.get_file()
    return bytes(await file.download_as_bytearray())
