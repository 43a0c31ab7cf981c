"""/ringkas: articles given as links, a text, a file or a message that is replied to, to their summaries."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from telegram import MessageEntity
from telegram.error import TelegramError

from bot.conversation.reply import current_exchange, enter
from bot.conversation.user_limits import Verdict
from bot.handlers.answer_buttons import reply_with_article
from bot.handlers.commands import argument
from bot.handlers.documents import document_type, download
from bot.handlers.replies import answers, reply
from bot.handlers.start import unknown_message, unreadable_photo
from bot.parsing.queries import FEW_WORDS, find_links
from bot.transport.update_processor import sender_id
from bot.views.answers import full_parts
from bot.views.errors import explain
from summaries.errors import AlreadyShort, RingkasError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from telegram import Message, Update

    from bot.conversation.reply import Exchange
    from bot.handlers.context import BotContext

log = logging.getLogger(__name__)

MOST_LINKS = 5
# Who waits longer for a page is told so; the word becomes the answer.
PROGRESS_AFTER_S = 2.0


@answers
async def ringkas(message: Message, context: BotContext) -> None:
    """What stands in the command's own message goes before what it replies to."""
    own = argument(message)
    if own or message.document:
        await answer(message, message, await context.joiner.whole(message, own), context)
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
    if context.joiner.take(message):
        return
    text = message.text or message.caption or ""
    if find_links(text) or hidden_links(message, text) or message.document or is_long(text):
        await ringkas_bare(update, context)
    elif message.photo:
        await unreadable_photo(update, context)
    else:
        await unknown_message(update, context)


@answers
async def ringkas_bare(message: Message, context: BotContext) -> None:
    text = await context.joiner.whole(message, message.text or message.caption or "")
    await answer(message, message, text, context)


async def answer(message: Message, given: Message, text: str, context: BotContext) -> None:
    """Answer `message` with the summaries of what `given` holds: a file, links or the text itself."""
    links = find_links(text) or hidden_links(given, text)
    document = given.document
    # Words beside a file that can't be read may say more than the file.
    if document and (document_type(document) or not (links or is_long(text))):
        if await may_ask(message, context):
            async with context.services.desks.place(sender_id(message)):
                body, media_type = await download(document)
                reading = await context.services.reading.read_file(body, chat_id=message.chat_id, media_type=media_type)
            await reply_with_article(message, reading, context)
    elif len(links) == 1:
        await answer_link(message, links[0], context)
    elif links:
        await answer_links(message, links, context)
    elif await may_ask(message, context):
        async with context.services.desks.place(sender_id(message)):
            reading = await context.services.reading.read_text(text, chat_id=message.chat_id)
        await reply_with_article(message, reading, context)


async def answer_links(message: Message, links: list[str], context: BotContext) -> None:
    """Each link gets an answer of its own, as soon as it is there."""
    exchange = current_exchange(message)

    async def one(link: str, own: Exchange) -> None:
        enter(own)
        try:
            await answer_link(message, link, context)
        except RingkasError as error:
            await reply(message, [f"{link[:200]}\n{explain(context.words, error)}"], is_html=False)
        finally:
            await own.end()
            exchange.message_ids += own.message_ids

    chosen = links[:MOST_LINKS]
    owns = exchange.apart(len(chosen))
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
            async with services.places.place(sender_id(message)), progress(message, context):
                reading = await services.reading.read_url(link)
    except AlreadyShort as short:
        # Who sent a link has not seen the text yet.
        await reply(message, full_parts(context.words, short.article, context.zone))
    else:
        await reply_with_article(message, reading, context)


async def may_ask(message: Message, context: BotContext) -> bool:
    """Whether the person may have one more article now; the first time that they may not, they are told so."""
    services = context.services
    ruling = await services.asking.ask(sender_id(message))
    if ruling.verdict is Verdict.SAY:
        wait_s = max(1, round(ruling.wait_s))
        said = context.words.count(
            "One at a time, please. I read on in {n} second.",
            "One at a time, please. I read on in {n} seconds.",
            wait_s,
        )
        await reply(message, [said], is_html=False)
    return ruling.verdict is Verdict.PASS


@asynccontextmanager
async def progress(message: Message, context: BotContext) -> AsyncIterator[None]:
    """Show a progress message if the block takes long."""
    exchange = current_exchange(message)
    text = context.words.text("Opening the page …")

    async def show_later() -> None:
        await asyncio.sleep(PROGRESS_AFTER_S)
        await exchange.show_progress(text)

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
