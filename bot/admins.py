"""Who may change what a chat gets: anybody in their own private chat, elsewhere its administrators only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import Chat
from telegram.constants import ChatMemberStatus, ChatType
from telegram.error import BadRequest, Forbidden

from summaries.errors import InputError

if TYPE_CHECKING:
    from telegram import Message, User
    from telegram.ext import ExtBot

ADMINS = frozenset({ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR})


class AdminsOnly(InputError):
    """The person is no administrator of the chat."""


class NotInChat(InputError):
    """The bot does not know the chat, or is not in it."""


class MayNotPost(InputError):
    """The bot is no administrator of the channel, or may not post there."""


async def require_admin(bot: ExtBot[float], chat: Chat, user: User | None) -> None:
    """Let the owner of a private chat and a group's or channel's administrators pass.

    Raises:
        AdminsOnly, NotInChat: see there.
    """
    if chat.type == ChatType.PRIVATE:
        return
    if user is None or await status_in(bot, chat.id, user.id) not in ADMINS:
        raise AdminsOnly(f"in {chat.id}")


async def require_admin_of(bot: ExtBot[float], message: Message, target: Chat | None = None) -> None:
    """Let the message pass if who wrote it may change the settings of its chat, or of `target`: an anonymous
    administrator writes in the group's own name.

    Raises:
        AdminsOnly, NotInChat: see there.
    """
    target = target or message.chat
    if message.sender_chat is not None and message.sender_chat.id == target.id:
        return
    # In the name of another chat, such as a linked channel, anybody of that chat may write.
    await require_admin(bot, target, None if message.sender_chat else message.from_user)


async def require_posting(bot: ExtBot[float], chat: Chat) -> None:
    """The bot may post in the chat.

    Raises:
        MayNotPost: it must be made an administrator first.
    """
    if chat.type != ChatType.CHANNEL:
        return
    try:
        own = await bot.get_chat_member(chat.id, bot.id)
    except (BadRequest, Forbidden) as error:
        raise MayNotPost(error.message) from error
    if own.status != ChatMemberStatus.ADMINISTRATOR or not getattr(own, "can_post_messages", False):
        raise MayNotPost(f"in {chat.id}")


async def status_in(bot: ExtBot[float], chat_id: int, user_id: int) -> str:
    """The person's status in the chat.

    Raises:
        NotInChat: the bot can't see the chat's members.
    """
    try:
        return (await bot.get_chat_member(chat_id, user_id)).status
    except Forbidden as error:
        raise NotInChat(error.message) from error
    except BadRequest as error:
        if any(sign in error.message.casefold() for sign in ("participant", "user not found")):
            return ChatMemberStatus.LEFT
        return await status_among_admins(bot, chat_id, user_id)


async def status_among_admins(bot: ExtBot[float], chat_id: int, user_id: int) -> str:
    """The status as the list of administrators tells it, which is open where that of all members is not."""
    try:
        admins = await bot.get_chat_administrators(chat_id)
    except (BadRequest, Forbidden) as error:
        raise NotInChat(error.message) from error
    return next((admin.status for admin in admins if admin.user.id == user_id), ChatMemberStatus.LEFT)


async def find_chat(bot: ExtBot[float], chat_id: int | str) -> Chat:
    """The chat by its id or its @name.

    Raises:
        NotInChat: the bot does not know it.
    """
    try:
        found = await bot.get_chat(chat_id)
    except (BadRequest, Forbidden) as error:
        raise NotInChat(error.message) from error
    return Chat(found.id, found.type, title=found.title, username=found.username, is_forum=found.is_forum)
