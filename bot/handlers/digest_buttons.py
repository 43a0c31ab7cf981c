"""The buttons below a digest: more or less detail, save a story, more news."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from telegram import CallbackQuery, InlineKeyboardMarkup, Message
from telegram.constants import ChatType, ParseMode

from bot.access.chat_admins import authorise, grant_person_access
from bot.handlers.answer_buttons import apply_save_action
from bot.handlers.context import BotContext
from bot.handlers.replies import (
    Answer,
    answer_callback,
    button_handler,
    edit_callback_message,
    hold_press,
    reply,
    try_edit,
)
from bot.transport.messenger import build_large_preview
from bot.views.answers import LENGTHS, SaveAction
from bot.views.digest_buttons import (
    SIZES,
    DigestAction,
    DigestPress,
    Resized,
    build_choice_keyboard,
    build_digest_keyboard,
    decode_digest_press,
    find_headline_order,
    find_size,
    render_more,
    render_resized,
    strip_summaries,
)
from bot.views.html import OutgoingMessage
from bot.views.tastes import build_story_numbers
from summaries.digests.select import recompose_digest, restore_marks
from summaries.model import Digest, SentDigest

# The stories of a message that continues a digest.
MORE_COUNT = 5
KEEPING = {DigestAction.SAVE: SaveAction.SAVE, DigestAction.REMOVE: SaveAction.REMOVE}


@button_handler
async def change_digest(query: CallbackQuery, message: Message, context: BotContext) -> Answer:
    """Apply the pressed button of a digest of this chat."""
    services = context.services
    press = decode_digest_press(query.data)
    async with hold_press(query, message, context) as is_first:
        if not is_first:
            return None
        sent = await services.store.deliveries.find_sent(context.here, press.digest_id) if press else None
        if press is None or sent is None or press.number > len(sent.article_ids):
            return context.words.text("This button has expired.")
        match press.action:
            case DigestAction.SHOW | DigestAction.BACK:
                return await show_size(query, message, press, sent, context)
            case DigestAction.MORE:
                return await send_more(query, message, press, sent, context)
            case DigestAction.CHOOSE:
                await answer_callback(query)
                await edit_keyboard(message, await build_choice(query, message, press, sent, context))
            case DigestAction.TASTES:
                await authorise(context.bot, query)
                await answer_callback(query)
                await edit_keyboard(message, build_story_numbers(context.words, press, sent.article_ids))
            case DigestAction.SAVE | DigestAction.REMOVE:
                article_id = sent.article_ids[press.number - 1]
                text = await apply_save_action(query, KEEPING[press.action], article_id, context)
                await answer_callback(query, text)
                await edit_keyboard(message, await build_choice(query, message, press, sent, context))
    return None


async def show_size(
    query: CallbackQuery, message: Message, press: DigestPress, sent: SentDigest, context: BotContext
) -> Answer:
    """Edit all messages of the digest to summaries of the size. The pressed one is the last of them."""
    words = context.words
    resized = await render_size(press.size, sent, context)
    is_full = resized.stories < len(sent.article_ids)
    note = words.text("Only {n} of {all} stories fit in this size.", n=resized.stories, all=len(sent.article_ids))
    await answer_callback(query, note if is_full and press.action is DigestAction.SHOW else None)
    keyboard = build_digest_keyboard(words, press, is_full=is_full)
    for part, text in zip(sent.parts, resized.messages, strict=True):
        if text is None:
            continue
        preview = build_large_preview(part.preview_url)
        if part is sent.parts[-1]:
            await edit_callback_message(message, OutgoingMessage(text, keyboard, preview))
        elif part.message_id is not None:
            # The id of a message with an unknown outcome is unknown too.
            edit = partial(
                context.bot.edit_message_text,
                text,
                message.chat_id,
                part.message_id,
                parse_mode=ParseMode.HTML,
                link_preview_options=preview,
            )
            await try_edit(edit)
    return None


async def render_size(size: str, sent: SentDigest, context: BotContext) -> Resized:
    """Return the messages of the digest with summaries of the size."""
    versions = []
    for known in SIZES[1 : max(2, SIZES.index(size) + 1)]:
        found = await context.services.store.news.items(sent.article_ids, length=LENGTHS[known])
        versions.append(restore_marks(sent, found))
    items = versions[0]
    versions.insert(0, strip_summaries(items))
    order = find_headline_order(context.words, sent.parts[0].html, items, context.bot.username)
    digests = [
        replace(recompose_digest(sent, version), headline_ids=order) for version in versions[: SIZES.index(size) + 1]
    ]
    messages = [part.article_ids for part in sent.parts]
    # Above the size of the digest, its list of headlines gives way to the text.
    is_listed = 0 < SIZES.index(size) <= SIZES.index(find_size(sent.preferences.length))
    values = context.words, digests, messages, context.bot.username
    return await context.services.offload(render_resized, *values, is_listed=is_listed)


async def build_choice(
    query: CallbackQuery, message: Message, press: DigestPress, sent: SentDigest, context: BotContext
) -> InlineKeyboardMarkup:
    """Return a button for each story; in a private chat it shows which ones are saved."""
    reader = grant_person_access(query) if message.chat.type == ChatType.PRIVATE else None
    saved: Sequence[int] = ()
    if reader is not None:
        is_saved = partial(context.services.store.saved.is_saved, reader)
        saved = [n for n, article_id in enumerate(sent.article_ids, 1) if await is_saved(article_id)]
    return build_choice_keyboard(context.words, press, len(sent.article_ids), saved)


async def send_more(
    query: CallbackQuery, message: Message, press: DigestPress, sent: SentDigest, context: BotContext
) -> Answer:
    """Send the most important stories of the last day that the chat has not received.

    They are recorded before they are sent, so that two quick presses do not send them twice.
    """
    services = context.services
    store, now = services.store.deliveries, services.now()
    news = await store.choose_more(context.here, replace(sent.preferences, count=MORE_COUNT), now=now)
    if not news.items:
        return context.words.text("That was all the important news so far. /berita lists the rest.")
    await answer_callback(query)
    if not await store.add_delivered(context.here, [item.stored.id for item in news.items], now=now):
        return None
    further = Digest(now, sent.zone, news.items, more=news.total - len(news.items))
    await reply(message, *render_more(context.words, further, press, context.bot.username))
    return None


async def edit_keyboard(message: Message, keyboard: InlineKeyboardMarkup) -> None:
    await try_edit(partial(message.edit_reply_markup, keyboard))
