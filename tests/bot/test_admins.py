"""Who may change what a chat gets."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from telegram import (
    Chat,
    ChatMember,
    ChatMemberAdministrator,
    ChatMemberLeft,
    ChatMemberMember,
    ChatMemberOwner,
    Message,
    User,
)
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.admins import (
    AdminsOnly,
    MayNotPost,
    NotInChat,
    find_chat,
    require_admin,
    require_admin_of,
    require_posting,
)
from summaries.errors import InputError

SARI, BUDI, BOT = (User(number, str(number), is_bot=number == 3) for number in (1, 2, 3))
GROUP = Chat(-7, "supergroup", title="Warga")
CHANNEL = Chat(-9, "channel", title="Kanal")
RIGHTS: Any = dict.fromkeys(
    [
        "can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats",
        "can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories",
        "can_edit_stories", "can_delete_stories",
    ],
    True,
)  # fmt: skip


def owner(user: User) -> ChatMember:
    return ChatMemberOwner(user, is_anonymous=False)


def admin(user: User, **rights: Any) -> ChatMember:
    return ChatMemberAdministrator(user, **RIGHTS, **rights)


class FakeBot:
    """Answers what Telegram would; an error is raised."""

    id = BOT.id

    def __init__(self, member: ChatMember | TelegramError, admins: list[ChatMember] | TelegramError | None = None):
        self.member, self.admins = member, admins

    async def get_chat_member(self, chat_id: int, user_id: int) -> ChatMember:
        if isinstance(self.member, TelegramError):
            raise self.member
        return self.member

    async def get_chat_administrators(self, chat_id: int) -> list[ChatMember]:
        if isinstance(self.admins, TelegramError):
            raise self.admins
        return self.admins or []


HIDDEN = BadRequest("Member list is inaccessible")


@pytest.mark.parametrize(
    ("member", "admins", "error"),
    [
        (owner(SARI), None, None),
        (admin(SARI), None, None),
        (ChatMemberMember(SARI), None, AdminsOnly),
        (ChatMemberLeft(SARI), None, AdminsOnly),
        (BadRequest("PARTICIPANT_ID_INVALID"), None, AdminsOnly),
        # Where members can't be asked for one by one, the administrators can.
        (HIDDEN, [owner(BUDI), admin(SARI)], None),
        (HIDDEN, [owner(BUDI)], AdminsOnly),
        (HIDDEN, Forbidden("bot was kicked"), NotInChat),
        (Forbidden("bot was kicked"), None, NotInChat),
    ],
)
async def test_administrators_of_a_group(member: Any, admins: Any, error: type[InputError] | None) -> None:
    bot: Any = FakeBot(member, admins)
    if error is None:
        await require_admin(bot, GROUP, SARI)
    else:
        with pytest.raises(error):
            await require_admin(bot, GROUP, SARI)


async def test_a_private_chat_is_its_persons() -> None:
    bot: Any = FakeBot(Forbidden("never asked"))
    await require_admin(bot, Chat(1, "private"), SARI)


@pytest.mark.parametrize(
    ("sender_chat", "target", "is_let_in"),
    [
        (GROUP, None, True),
        # In the name of another chat, such as the linked channel, or about another chat.
        (CHANNEL, None, False),
        (GROUP, CHANNEL, False),
    ],
)
async def test_who_writes_in_the_name_of_a_chat(sender_chat: Chat, target: Chat | None, is_let_in: bool) -> None:
    message = Message(1, datetime(2026, 11, 24, tzinfo=UTC), GROUP, SARI, sender_chat=sender_chat)
    bot: Any = FakeBot(owner(SARI))
    if is_let_in:
        await require_admin_of(bot, message, target)
    else:
        bot.member = ChatMemberMember(SARI)
        with pytest.raises(AdminsOnly):
            await require_admin_of(bot, message, target)


@pytest.mark.parametrize(
    ("chat", "own", "may_post"),
    [
        (GROUP, Forbidden("never asked"), True),
        (CHANNEL, admin(BOT, can_post_messages=True), True),
        (CHANNEL, admin(BOT, can_post_messages=False), False),
        (CHANNEL, ChatMemberMember(BOT), False),
        (CHANNEL, Forbidden("bot is not a member of the channel chat"), False),
    ],
)
async def test_where_the_bot_may_post(chat: Chat, own: Any, may_post: bool) -> None:
    bot: Any = FakeBot(own)
    if may_post:
        await require_posting(bot, chat)
    else:
        with pytest.raises(MayNotPost):
            await require_posting(bot, chat)


async def test_a_chat_that_is_not_known() -> None:
    class Unknowing:
        async def get_chat(self, chat_id: int | str) -> Chat:
            raise BadRequest("Chat not found")

    bot: Any = Unknowing()
    with pytest.raises(NotInChat):
        await find_chat(bot, "@tiada")
