"""Proofs of access for tests, made from Telegram's updates like the bot's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from telegram import CallbackQuery, Chat, ChatMemberLeft, ChatMemberUpdated, Message, Update, User

from bot.access.chat_admins import (
    AdminAccess,
    MemberAccess,
    OperatorAccess,
    PersonAccess,
    grant_member_access,
    grant_operator_access,
    grant_person_access,
    grant_to_bot,
)

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def user(user_id: int) -> User:
    return User(user_id, f"Orang {user_id}", is_bot=False)


def chat(chat_id: int, kind: str | None = None) -> Chat:
    """A private chat for an id above zero, else a supergroup or the kind."""
    return Chat(chat_id, kind or ("private" if chat_id > 0 else "supergroup"))


def message(where: Chat, sender: User | None, **fields: Any) -> Message:
    return Message(5, NOW, where, sender, **fields)


def press(where: Chat, presser: User, data: str = "s1::v:main") -> CallbackQuery:
    return CallbackQuery("1", presser, "instance", message=message(where, user(99)), data=data)


def member_access(chat_id: int) -> MemberAccess:
    """For somebody who writes in the chat."""
    found = grant_member_access(Update(1, message=message(chat(chat_id), user(abs(chat_id)))))
    assert found is not None
    return found


def admin_access(chat_id: int) -> AdminAccess:
    left = ChatMemberLeft(user(99))
    return grant_to_bot(ChatMemberUpdated(chat(chat_id), user(abs(chat_id)), NOW, left, left))


def person_access(user_id: int) -> PersonAccess:
    found = grant_person_access(press(chat(user_id), user(user_id)))
    assert found is not None
    return found


def operator_access(user_id: int) -> OperatorAccess:
    found = grant_operator_access(press(chat(user_id), user(user_id)), {user_id})
    assert found is not None
    return found
