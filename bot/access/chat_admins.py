"""Decide who may act on which chat.

A private chat belongs to its person, a group or channel to its administrators. `authorise` decides, and the values
below are its proof: the stores that handlers get (`bot.access.guarded_store`) take one of them in place of a chat's id,
and only this module can make one.
"""

from __future__ import annotations

import re
from dataclasses import InitVar, dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, final

from telegram import CallbackQuery, Chat
from telegram.constants import ChatMemberStatus, ChatType
from telegram.error import BadRequest, ChatMigrated, Forbidden

from bot.errors import AdminsOnly, ForeignChat, MayNotPost

if TYPE_CHECKING:
    from collections.abc import Collection

    from telegram import ChatMemberUpdated, Message, Update
    from telegram.ext import ExtBot

ADMINS = frozenset({ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR})
# Telegram's own form of public names. Anything else, such as a number, would make getChat an oracle for private chats.
_PUBLIC_NAME = re.compile(r"@[A-Za-z]\w{3,31}", re.ASCII)


@final
class _Seal:
    """Only this module holds one, and the values below can't be made without it."""

    __slots__ = ()


_SEAL = _Seal()


def _check(seal: _Seal) -> None:
    if seal is not _SEAL:
        raise TypeError("only bot.access.chat_admins gives access to a chat")


@final
@dataclass(frozen=True, slots=True)
class MemberAccess:
    """An update came from this chat: its sender may see what the chat's members see."""

    chat_id: int
    seal: InitVar[_Seal]

    def __post_init__(self, seal: _Seal) -> None:
        _check(seal)


@final
@dataclass(frozen=True, slots=True)
class AdminAccess:
    """Somebody may see and change everything that is stored of this chat."""

    chat: Chat
    seal: InitVar[_Seal]

    def __post_init__(self, seal: _Seal) -> None:
        _check(seal)

    @property
    def chat_id(self) -> int:
        return self.chat.id


@final
@dataclass(frozen=True, slots=True)
class PersonAccess:
    """This person acts: they may see and change what they saved."""

    user_id: int
    seal: InitVar[_Seal]

    def __post_init__(self, seal: _Seal) -> None:
        _check(seal)


@final
@dataclass(frozen=True, slots=True)
class OperatorAccess:
    """One of the bot's own administrators (ADMIN_IDS) acts: they may broadcast, and shut others out."""

    user_id: int
    seal: InitVar[_Seal]

    def __post_init__(self, seal: _Seal) -> None:
        _check(seal)


@final
@dataclass(frozen=True, slots=True)
class Migration:
    """Telegram reported that a group became a supergroup."""

    old_id: int
    new_id: int
    seal: InitVar[_Seal]

    def __post_init__(self, seal: _Seal) -> None:
        _check(seal)


class Ruling(Enum):
    """Whether somebody may act on a chat, as far as that is known without asking Telegram."""

    ALLOWED = auto()
    REFUSED = auto()
    ASK_TELEGRAM = auto()


def ruling(here: Chat, target_id: int, *, user_id: int | None, is_chat_itself: bool) -> Ruling:
    """Rule on an action in the chat `here` that is about the chat `target_id`.

    `user_id` is None where the sender hides behind a chat; `is_chat_itself` is true where that chat is `here`, as it is
    for a group's anonymous administrators.
    """
    if target_id > 0:
        # The id of a private chat is its person's.
        return Ruling.ALLOWED if user_id == target_id else Ruling.REFUSED
    if is_chat_itself and target_id == here.id and here.type in {ChatType.GROUP, ChatType.SUPERGROUP}:
        return Ruling.ALLOWED
    return Ruling.ASK_TELEGRAM if user_id is not None and target_id < 0 else Ruling.REFUSED


async def authorise(bot: ExtBot[float], by: Message | CallbackQuery, target: int | str | None = None) -> AdminAccess:
    """Let who sent `by` act on the chat `target` (an id or an @name); without one, on the chat that they are in.

    Raises:
        AdminsOnly, ForeignChat: see there.
    """
    here, user_id, is_chat_itself = _sender(by, bot.id)
    named = await _public_chat(bot, target) if isinstance(target, str) else None
    target_id = named.id if named else here.id if target is None else int(target)
    refusal = AdminsOnly if target_id == here.id else ForeignChat
    ruled = ruling(here, target_id, user_id=user_id, is_chat_itself=is_chat_itself)
    if ruled is Ruling.ASK_TELEGRAM and user_id is not None and await _status_in(bot, target_id, user_id) in ADMINS:
        ruled = Ruling.ALLOWED
    if ruled is not Ruling.ALLOWED:
        raise refusal(f"user {user_id} in {here.id} about {target_id}")
    if target_id == here.id:
        return AdminAccess(here, _SEAL)
    return AdminAccess(named or await _find_chat(bot, target_id), _SEAL)


def _sender(by: Message | CallbackQuery, bot_id: int) -> tuple[Chat, int | None, bool]:
    """The chat that it was sent in, the sender, and whether that is the chat itself."""
    if isinstance(by, CallbackQuery):
        if by.message is None:
            raise ForeignChat("a press outside of any chat")
        # Telegram names the person who pressed, also an anonymous administrator.
        return by.message.chat, by.from_user.id, False
    if by.sender_chat is not None:
        # In the name of another chat, such as a linked channel, anybody of that chat may write.
        return by.chat, None, by.sender_chat.id == by.chat.id
    is_person = by.from_user is not None and by.from_user.id != bot_id
    return by.chat, by.from_user.id if by.from_user and is_person else None, False


def present_in(update: Update) -> MemberAccess | None:
    """The chat that the update comes from; an inline query comes from its person's private chat. None where it comes
    from no chat, or claims a private chat that is not its sender's."""
    user, chat = update.effective_user, update.effective_chat
    if chat is None:
        return MemberAccess(user.id, _SEAL) if user else None
    if chat.id > 0 and (user is None or user.id != chat.id):
        return None
    return MemberAccess(chat.id, _SEAL)


def person_of(by: Message | CallbackQuery) -> PersonAccess | None:
    """The person who acts; None where they hide behind a chat, which others do too."""
    is_hidden = not isinstance(by, CallbackQuery) and by.sender_chat is not None
    user = by.from_user
    return None if user is None or user.is_bot or is_hidden else PersonAccess(user.id, _SEAL)


def operator_of(by: Message | CallbackQuery, admin_ids: Collection[int]) -> OperatorAccess | None:
    """The administrator of the bot who acts; None where it is somebody else."""
    person = person_of(by)
    return OperatorAccess(person.user_id, _SEAL) if person and person.user_id in admin_ids else None


def bot_moved(change: ChatMemberUpdated) -> AdminAccess:
    """The chat in which Telegram changed the bot's own place: what follows from that is nobody's wish."""
    return AdminAccess(change.chat, _SEAL)


def private_chat_of(change: ChatMemberUpdated) -> MemberAccess:
    """The private chat of the person who changed the bot's place."""
    return MemberAccess(change.from_user.id, _SEAL)


def migration_of(message: Message) -> Migration | None:
    """The ids of a group that became a supergroup, from Telegram's message about that."""
    old, new = message.migrate_from_chat_id or message.chat_id, message.migrate_to_chat_id or message.chat_id
    return None if old == new else Migration(old, new, _SEAL)


async def require_posting(bot: ExtBot[float], target: AdminAccess) -> None:
    """The bot may post in the chat.

    Raises:
        MayNotPost: it must be made an administrator first.
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
    """The person's status in the chat; that of a stranger where the bot can't see it."""
    try:
        return (await bot.get_chat_member(chat_id, user_id)).status
    except (Forbidden, ChatMigrated):
        return ChatMemberStatus.LEFT
    except BadRequest as error:
        if any(sign in error.message.casefold() for sign in ("participant", "user not found", "chat not found")):
            return ChatMemberStatus.LEFT
    # The list of administrators is open where that of all members is not.
    try:
        admins = await bot.get_chat_administrators(chat_id)
    except (BadRequest, Forbidden, ChatMigrated):
        return ChatMemberStatus.LEFT
    return next((admin.status for admin in admins if admin.user.id == user_id), ChatMemberStatus.LEFT)


async def _public_chat(bot: ExtBot[float], name: str) -> Chat:
    """The group or channel with that @name.

    Raises:
        ForeignChat: there is none.
    """
    if _PUBLIC_NAME.fullmatch(name) is None:
        raise ForeignChat("not a public name")
    return await _find_chat(bot, name)


async def _find_chat(bot: ExtBot[float], chat_id: int | str) -> Chat:
    try:
        found = await bot.get_chat(chat_id)
    except (BadRequest, Forbidden, ChatMigrated) as error:
        raise ForeignChat(error.message) from error
    return Chat(found.id, found.type, title=found.title, username=found.username, is_forum=found.is_forum)
