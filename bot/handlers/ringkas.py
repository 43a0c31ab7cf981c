"""/ringkas: one article, given as a link, a text, a file or a message that is replied to, to its summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import MessageEntity

from bot.asking import FEW_WORDS, find_link
from bot.handlers.answering import answers, joiner, reply, services, typing
from bot.handlers.documents import document_type, download
from bot.handlers.start import unknown_message, unreadable_photo
from bot.render import article_parts, reading_parts
from summaries.errors import AlreadyShort

if TYPE_CHECKING:
    from telegram import Message, Update

    from bot.handlers.answering import Context
    from summaries.reading import Reading


@answers
async def ringkas(message: Message, context: Context) -> None:
    """What stands in the command's own message goes before what it replies to."""
    own = argument(message)
    if own or message.document:
        await answer(message, message, await joiner(context).whole(message, own), context)
    elif (other := message.reply_to_message) is not None:
        await answer(message, other, other.text or other.caption or "", context)
    else:
        await reply(
            message,
            [
                context.words.html(
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
    if find_link(text) or hidden_link(message, text) or message.document or is_long(text):
        await ringkas_bare(update, context)
    elif message.photo:
        await unreadable_photo(update, context)
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
            parts = reading_parts(context.words, await read(given, text, context), zone)
        except AlreadyShort as short:
            # Who pasted a text has it; who sent a link has not seen it yet.
            if short.article.url is None:
                raise
            parts = article_parts(context.words, short.article, zone)
    await reply(message, parts)


async def read(given: Message, text: str, context: Context) -> Reading:
    reading = services(context).reading
    document = given.document
    link = find_link(text) or hidden_link(given, text)
    # Words beside a file that can't be read may say more than the file.
    if document and (document_type(document) or not (link or is_long(text))):
        body, media_type = await download(document)
        return await reading.read_file(body, media_type=media_type)
    if link:
        return await reading.read_url(link)
    return await reading.read_text(text)


def is_long(text: str) -> bool:
    """Whether the text may be an article of its own."""
    return len(text.split()) >= FEW_WORDS


def argument(message: Message) -> str:
    """What follows the command, on its own line and all that follow."""
    text = message.text or message.caption or ""
    words = text.split(maxsplit=1)
    return words[1].strip() if len(words) > 1 else ""


def hidden_link(message: Message, text: str) -> str | None:
    """The address behind a word of a short message ("baca di sini")."""
    if is_long(text):
        return None
    entities = message.parse_entities([MessageEntity.TEXT_LINK]) | message.parse_caption_entities(
        [MessageEntity.TEXT_LINK]
    )
    return next((entity.url for entity in entities if entity.url), None)
