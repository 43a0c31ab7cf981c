"""Decide whether a person may act on a chat.

A private chat belongs to its person, a group or channel to its administrators. The access values below prove that this
was checked: the stores that handlers get (`bot.access.guarded_store`) require one in place of a chat's id, and only
this module can create one.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import InitVar, dataclass
from typing import final

from telegram import CallbackQuery, Chat, ChatMemberUpdated, Message, Update
from telegram.constants import ChatMemberStatus, ChatType
from telegram.error import BadRequest, ChatMigrated, Forbidden
from telegram.ext import ExtBot

from bot.errors import AdminsOnly, ForeignChat, MayNotPost

ADMINS = frozenset({ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR})
# The syntax of public names. With anything else, such as a number, getChat would reveal which private chats exist.
_PUBLIC_NAME = re.compile(r"@[A-Za-z]\w{3,31}", re.ASCII)


@final
class _Seal:
    """Key to the constructors below, which only this module holds."""

    __slots__ = ()


_SEAL = _Seal()


class _Proof:
    """Base of the proofs, which only the holder of the key can create."""

    __slots__ = ()

    def __post_init__(self, seal: _Seal) -> None:
        if seal is not _SEAL:
            raise TypeError("only bot.access.chat_admins gives access to a chat")


@final
@dataclass(frozen=True, slots=True)
class MemberAccess(_Proof):
    """Proof that an update came from this chat: its sender may read everything that the chat's members may."""

    chat_id: int
    seal: InitVar[_Seal]


@final
@dataclass(frozen=True, slots=True)
class AdminAccess(_Proof):
    """Proof that the person may read and change everything stored for this chat."""

    chat: Chat
    seal: InitVar[_Seal]

    @property
    def chat_id(self) -> int:
        return self.chat.id


@final
@dataclass(frozen=True, slots=True)
class PersonAccess(_Proof):
    """Proof of the person's identity: they may read and change their saved articles."""

    user_id: int
    seal: InitVar[_Seal]


@final
@dataclass(frozen=True, slots=True)
class OperatorAccess(_Proof):
    """Proof that the person is one of the bot's operators (ADMIN_IDS): they may broadcast, block others and edit
    stories."""

    user_id: int
    seal: InitVar[_Seal]


@final
@dataclass(frozen=True, slots=True)
class Migration(_Proof):
    """Proof that Telegram reported the migration of a group to a supergroup."""

    old_id: int
    new_id: int
    seal: InitVar[_Seal]


def decide_access(here: Chat, target_id: int, *, user_id: int | None, is_chat_itself: bool) -> bool | None:
    """Return whether an action in the chat `here` on the chat `target_id` is allowed; None if only Telegram knows.

    `user_id` is None if the sender posts as a chat; `is_chat_itself` is true if that chat is `here`, as for a group's
    anonymous administrators.
    """
    if target_id > 0:
        # A private chat has the id of its person.
        return user_id == target_id
    if is_chat_itself and target_id == here.id and here.type in {ChatType.GROUP, ChatType.SUPERGROUP}:
        return True
    return None if user_id is not None and target_id < 0 else False


async def authorise(bot: ExtBot[float], by: Message | CallbackQuery, target: int | str | None = None) -> AdminAccess:
    """Authorise the sender of `by` to act on the chat `target` (an id or an @name), by default the chat of `by`.

    Raises:
        AdminsOnly: the sender is not an administrator of the chat of `by`.
        ForeignChat: the sender may not act on the other chat.
    """
    here, user_id, is_chat_itself = _sender(by, bot.id)
    if isinstance(target, str) and _PUBLIC_NAME.fullmatch(target) is None:
        raise ForeignChat("not a public name")
    named = await _find_chat(bot, target) if isinstance(target, str) else None
    target_id = named.id if named else here.id if target is None else int(target)
    refusal = AdminsOnly if target_id == here.id else ForeignChat
    is_allowed = decide_access(here, target_id, user_id=user_id, is_chat_itself=is_chat_itself)
    if is_allowed is None:
        is_allowed = user_id is not None and await _status_in(bot, target_id, user_id) in ADMINS
    if not is_allowed:
        raise refusal(f"user {user_id} in {here.id} about {target_id}")
    if target_id == here.id:
        return AdminAccess(here, _SEAL)
    return AdminAccess(named or await _find_chat(bot, target_id), _SEAL)


def _sender(by: Message | CallbackQuery, bot_id: int) -> tuple[Chat, int | None, bool]:
    """Return the chat of `by`, its sender's id, and whether the sender posts as that chat."""
    if isinstance(by, CallbackQuery):
        if by.message is None:
            raise ForeignChat("a press outside of any chat")
        # A callback query has the person's id, even for an anonymous administrator.
        return by.message.chat, by.from_user.id, False
    if by.sender_chat is not None:
        # Any member of another chat, such as a linked channel, may post in its name.
        return by.chat, None, by.sender_chat.id == by.chat.id
    is_person = by.from_user is not None and by.from_user.id != bot_id
    return by.chat, by.from_user.id if by.from_user and is_person else None, False


def grant_member_access(update: Update) -> MemberAccess | None:
    """Return access to the update's chat; for an inline query or a guest message, to its person's private chat.

    Return None if the update comes from no chat, or claims a private chat that is not its sender's.
    """
    user, chat = update.effective_user, update.effective_chat
    if chat is None or update.guest_message is not None:
        return MemberAccess(user.id, _SEAL) if user else None
    if chat.id > 0 and (user is None or user.id != chat.id):
        return None
    return MemberAccess(chat.id, _SEAL)


def grant_person_access(by: Message | CallbackQuery) -> PersonAccess | None:
    """Return the sender's access to their own data; None if they post as a chat, which others may do too.

    The bot's own message in a private chat, below which a button was pressed, is the person's.
    """
    is_hidden = not isinstance(by, CallbackQuery) and by.sender_chat is not None
    user = by.from_user
    if isinstance(by, Message) and by.chat.type == ChatType.PRIVATE and user is not None and user.is_bot:
        return PersonAccess(by.chat_id, _SEAL)
    return None if user is None or user.is_bot or is_hidden else PersonAccess(user.id, _SEAL)


def grant_operator_access(by: Message | CallbackQuery, admin_ids: Collection[int]) -> OperatorAccess | None:
    """Return the sender's access as an operator of the bot; None if they are not one."""
    return as_operator(grant_person_access(by), admin_ids)


def as_operator(person: PersonAccess | None, admin_ids: Collection[int]) -> OperatorAccess | None:
    """Return the person's access as an operator of the bot; None if they are not one."""
    return OperatorAccess(person.user_id, _SEAL) if person and person.user_id in admin_ids else None


def grant_to_bot(change: ChatMemberUpdated) -> AdminAccess:
    """Return access to the chat in which the bot's membership changed. Telegram reports this, so no person is
    checked."""
    return AdminAccess(change.chat, _SEAL)


def grant_private_chat(change: ChatMemberUpdated) -> MemberAccess:
    """Return access to the private chat of the person who changed the bot's membership."""
    return MemberAccess(change.from_user.id, _SEAL)


def read_migration(message: Message) -> Migration | None:
    """Return the ids in Telegram's message about a group that became a supergroup."""
    old, new = message.migrate_from_chat_id or message.chat_id, message.migrate_to_chat_id or message.chat_id
    return None if old == new else Migration(old, new, _SEAL)


async def require_posting(bot: ExtBot[float], target: AdminAccess) -> None:
    """Check that the bot may post in the chat.

    Raises:
        MayNotPost: the bot is not an administrator of the channel with the right to post.
    """
    if target.chat.type != ChatType.CHANNEL:
        return
    try:
        own = await bot.get_chat_member(target.chat_id, bot.id)
    except (BadRequest, Forbidden) as error:
        raise MayNotPost(error.message) from error
    if own.status != ChatMemberStatus.ADMINISTRATOR or not getattr(own, "can_post_messages", False):
        raise MayNotPost(f"in {target.chat_id}")


async def _status_in(bot: ExtBot[float], chat_id: int, user_id: int) -> str:
    """Return the person's status in the chat; LEFT if the bot can't see it."""
    try:
        return (await bot.get_chat_member(chat_id, user_id)).status
    except (Forbidden, ChatMigrated):
        return ChatMemberStatus.LEFT
    except BadRequest as error:
        if any(sign in error.message.casefold() for sign in ("participant", "user not found", "chat not found")):
            return ChatMemberStatus.LEFT
    # Telegram shows the administrators even if it hides the other members.
    try:
        admins = await bot.get_chat_administrators(chat_id)
    except (BadRequest, Forbidden, ChatMigrated):
        return ChatMemberStatus.LEFT
    return next((admin.status for admin in admins if admin.user.id == user_id), ChatMemberStatus.LEFT)


async def _find_chat(bot: ExtBot[float], chat_id: int | str) -> Chat:
    try:
        found = await bot.get_chat(chat_id)
    except (BadRequest, Forbidden, ChatMigrated) as error:
        raise ForeignChat(error.message) from error
    return Chat(found.id, found.type, title=found.title, username=found.username, is_forum=found.is_forum)
