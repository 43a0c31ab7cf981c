"""Changes of the bot's membership in groups and channels, blocks, and groups that become supergroups."""

from __future__ import annotations

import logging
from functools import partial

from telegram import ChatMember, ChatMemberRestricted, ChatMemberUpdated, InlineKeyboardMarkup, Update
from telegram.constants import ChatMemberStatus, ChatType, KeyboardButtonStyle
from telegram.error import TelegramError

from bot.access.chat_admins import AdminAccess, grant_private_chat, grant_to_bot, read_migration
from bot.handlers.context import BotContext
from bot.handlers.digest import describe_schedule
from bot.handlers.replies import with_retries
from bot.panel.changes import Press, Verb
from bot.panel.subscriptions import find_next_digest, render_resumed_watches, resume_chat
from bot.views.callbacks import build_button
from bot.views.schedules import render_next

log = logging.getLogger(__name__)

PRESENT = frozenset({ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.MEMBER})


async def handle_membership_change(update: Update, context: BotContext) -> None:
    """Record that the bot joined, left, was blocked or unblocked. When it leaves, the digest and the watches are
    suspended."""
    change = update.my_chat_member
    if change is None:
        return
    services = context.services
    chat, moved = change.chat, grant_to_bot(change)
    is_here = is_in(change.new_chat_member)
    if chat.type != ChatType.PRIVATE:
        await services.store.memberships.put(moved, is_member=is_here, now=services.now())
    if not is_here:
        if await services.store.subscriptions.suspend(moved, now=services.now()):
            log.info("the bot is gone from a chat: its digest and its watches rest, all settings are kept")
        return
    if chat.type in {ChatType.GROUP, ChatType.SUPERGROUP}:
        if is_in(change.old_chat_member):
            # The bot may have the right to write again.
            await resume_chat(services, moved, context.words)
        else:
            await greet_group(moved, context)
    if chat.type == ChatType.CHANNEL and change.old_chat_member.status != ChatMemberStatus.ADMINISTRATOR:
        await offer_channel(change, moved, context)


def is_in(member: ChatMember) -> bool:
    if isinstance(member, ChatMemberRestricted):
        return member.is_member
    return member.status in PRESENT


async def greet_group(group: AdminAccess, context: BotContext) -> None:
    """Send one greeting; resume a digest that was suspended here, unless somebody stopped it."""
    words = context.words
    services = context.services
    current = await services.store.subscriptions.find(group)
    woken = await resume_chat(services, group, words)
    if woken.digest:
        lines = [
            words.html("I am back, and so is the digest:"),
            await describe_schedule(context, group, woken.digest, is_new=False),
        ]
    elif current is not None:
        lines = [words.html("I am back. /langganan resumes the digest that came here before.")]
    elif woken.watches:
        lines = [words.html("I am back.")]
    else:
        text = words.html(
            "Hello! Reply /ringkas to a link or an article, and I answer with the few sentences that matter. /berita"
            " has the latest news. Administrators can set up a digest here with /langganan."
        )
        lines = [text]
    await try_to_send(context, group.chat_id, "\n".join([*lines, *render_resumed_watches(words, woken)]))


async def offer_channel(change: ChatMemberUpdated, channel: AdminAccess, context: BotContext) -> None:
    """Write in private to the person who made the bot an administrator; the channel itself gets no message."""
    services = context.services
    words = await services.languages.for_chat(grant_private_chat(change), change.from_user.language_code)
    woken = await resume_chat(services, channel, words)
    if woken.digest:
        head = words.html(
            "I can post in <b>{chat}</b> again, and its digest is running again.", chat=change.chat.title or ""
        )
        due = await find_next_digest(services, channel, woken.digest)
        text = "\n".join([head, *render_next(words, woken.digest, due)])
    else:
        text = words.html(
            "I can post in <b>{chat}</b> now. Would you like a digest there?", chat=change.chat.title or ""
        )
    press = Press(Verb.RUN, target=change.chat.id)
    button = build_button(words.text("Set up the digest"), press.encode(), KeyboardButtonStyle.PRIMARY)
    await try_to_send(context, change.from_user.id, text, InlineKeyboardMarkup([[button]]))


async def try_to_send(
    context: BotContext, chat_id: int, html: str, keyboard: InlineKeyboardMarkup | None = None
) -> None:
    """Send a message, and only log that it was not possible."""
    try:
        await with_retries(partial(context.bot.send_message, chat_id, html, parse_mode="HTML", reply_markup=keyboard))
    except TelegramError as error:
        log.info("a greeting could not be sent: %s", error)


async def handle_migration(update: Update, context: BotContext) -> None:
    """Move the stored data of a group that became a supergroup; Telegram announces this in both chats."""
    message = update.effective_message
    moved = read_migration(message) if message else None
    if moved is None:
        return
    services = context.services
    await services.store.subscriptions.move_chat(moved)
    services.languages.forget(moved.old_id)
    services.languages.forget(moved.new_id)
    log.info("a group became a supergroup: its settings moved")
