"""Access to chats: the people who may act on a chat, and no others."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import (
    CallbackQuery,
    Chat,
    ChatMember,
    ChatMemberAdministrator,
    ChatMemberLeft,
    ChatMemberMember,
    ChatMemberOwner,
    Update,
    User,
)
from telegram.constants import ChatType
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError

from bot.access import chat_admins as admins
from bot.access.chat_admins import (
    AdminAccess,
    MemberAccess,
    Migration,
    OperatorAccess,
    PersonAccess,
    authorise,
    decide_access,
    grant_member_access,
    grant_operator_access,
    grant_person_access,
    read_migration,
    require_posting,
)
from bot.access.guarded_store import acting_user_id, admin_chat_id, operator_id, readable_chat_id
from bot.errors import AdminsOnly, ForeignChat, MayNotPost
from summaries.errors import InputError
from tests.bot.grants import admin_access, chat, member_access, message, operator_access, person_access, press, user

SARI, BUDI = user(1), user(2)
BOT = User(99, "Ringkas", is_bot=True)
ANONYMOUS, OTHER_BOT = User(1087968824, "Group", is_bot=True), User(77, "Lain", is_bot=True)
GROUP, CHANNEL = Chat(-7, "supergroup", title="Warga"), Chat(-9, "channel", title="Kanal")
OWN = chat(SARI.id)
RIGHTS: Any = dict.fromkeys(
    [
        "can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats",
        "can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories",
        "can_edit_stories", "can_delete_stories",
    ],
    True,
)  # fmt: skip


def make_owner(person: User) -> ChatMember:
    return ChatMemberOwner(person, is_anonymous=False)


def make_admin(person: User, **rights: Any) -> ChatMember:
    return ChatMemberAdministrator(person, **RIGHTS, **rights)


class FakeBot:
    """Answers like Telegram and keeps the questions; an error is raised."""

    id = BOT.id

    def __init__(
        self,
        member: ChatMember | TelegramError | None = None,
        listed: list[ChatMember] | TelegramError | None = None,
        found: Chat | TelegramError | None = None,
    ) -> None:
        self.member, self.listed, self.found = member, listed, found
        self.asked: list[str] = []

    async def get_chat_member(self, chat_id: int, user_id: int) -> Any:
        self.asked.append(f"member {chat_id} {user_id}")
        return self._given(self.member)

    async def get_chat_administrators(self, chat_id: int) -> Any:
        self.asked.append(f"admins {chat_id}")
        return self._given(self.listed)

    async def get_chat(self, chat_id: int | str) -> Any:
        self.asked.append(f"chat {chat_id}")
        return self._given(self.found)

    @staticmethod
    def _given(answer: Any) -> Any:
        if isinstance(answer, TelegramError):
            raise answer
        assert answer is not None, "Telegram must not be asked"
        return answer


async def catch_refusal(bot: Any, by: Any, target: int | str | None = None) -> InputError:
    with pytest.raises(InputError) as caught:
        await authorise(bot, by, target)
    return caught.value


HIDDEN = BadRequest("Member list is inaccessible")
GONE = Forbidden("Forbidden: bot was kicked from the supergroup chat")


@pytest.mark.parametrize(
    ("member", "listed", "is_admin"),
    [
        (make_owner(SARI), None, True),
        (make_admin(SARI), None, True),
        (ChatMemberMember(SARI), None, False),
        (ChatMemberLeft(SARI), None, False),
        (BadRequest("PARTICIPANT_ID_INVALID"), None, False),
        # Where members can't be asked for one by one, the administrators can.
        (HIDDEN, [make_owner(BUDI), make_admin(SARI)], True),
        (HIDDEN, [make_owner(BUDI)], False),
        (HIDDEN, GONE, False),
        (GONE, None, False),
        (BadRequest("Chat not found"), None, False),
        (ChatMigrated(-1007), None, False),
    ],
)
@pytest.mark.parametrize("by", [message(GROUP, SARI), press(GROUP, SARI)])
async def test_group_is_managed_by_its_administrators(by: Any, member: Any, listed: Any, is_admin: bool) -> None:
    bot: Any = FakeBot(member, listed)
    if is_admin:
        assert (await authorise(bot, by)).chat == GROUP
    else:
        assert type(await catch_refusal(bot, by)) is AdminsOnly


@pytest.mark.parametrize("by", [message(OWN, SARI), press(OWN, SARI), press(GROUP, SARI)])
async def test_private_chat_is_managed_by_its_user(by: Any) -> None:
    bot: Any = FakeBot(found=OWN)
    assert (await authorise(bot, by, SARI.id)).chat_id == SARI.id


@pytest.mark.parametrize(
    "by",
    [
        message(OWN, SARI),
        press(OWN, SARI),
        press(GROUP, SARI),
        message(GROUP, ANONYMOUS, sender_chat=GROUP),
        message(GROUP, None),
        # Updates that Telegram does not send.
        message(chat(BUDI.id), SARI),
        message(chat(BUDI.id), None),
        message(chat(BUDI.id), BUDI, sender_chat=CHANNEL),
        message(chat(BUDI.id), BUDI, sender_chat=chat(BUDI.id)),
        press(chat(BUDI.id), SARI),
    ],
)
async def test_stranger_to_a_private_chat_is_refused_without_an_api_call(by: Any) -> None:
    bot: Any = FakeBot()
    await catch_refusal(bot, by, BUDI.id)
    assert bot.asked == []


UNKNOWN = BadRequest("Chat not found")


@pytest.mark.parametrize(
    ("target", "bot"),
    [
        (BUDI.id, FakeBot()),
        (0, FakeBot()),
        ("2", FakeBot()),
        ("-9", FakeBot()),
        ("@budi; -9", FakeBot()),
        ("@bot", FakeBot()),
        ("https://t.me/kanal", FakeBot()),
        ("@budi_desa", FakeBot(found=UNKNOWN)),
        ("@budi_desa", FakeBot(found=chat(BUDI.id))),
        ("@kanal_desa", FakeBot(ChatMemberMember(SARI), found=CHANNEL)),
        ("@kanal_desa", FakeBot(HIDDEN, HIDDEN, found=CHANNEL)),
        ("@kanal_desa", FakeBot(GONE, found=CHANNEL)),
        ("@kanal_desa", FakeBot(found=GONE)),
        (-9, FakeBot(ChatMemberLeft(SARI))),
        (-9, FakeBot(ChatMemberMember(SARI))),
        (-9, FakeBot(UNKNOWN)),
        (-9, FakeBot(GONE)),
        (-9, FakeBot(ChatMigrated(-1009))),
        (-9, FakeBot(make_owner(SARI), found=GONE)),
    ],
)
async def test_every_foreign_chat_gets_the_same_refusal(target: int | str, bot: Any) -> None:
    for by in (message(OWN, SARI), press(OWN, SARI)):
        assert type(await catch_refusal(bot, by, target)) is ForeignChat
    if isinstance(target, int) and not isinstance(bot.member, ChatMemberOwner):
        # Only administrators learn the chat's name.
        assert not any(asked.startswith("chat") for asked in bot.asked)


async def test_administrator_manages_a_channel_from_a_private_chat() -> None:
    for target in (-9, "@kanal_desa"):
        bot: Any = FakeBot(make_admin(SARI), found=CHANNEL)
        access = await authorise(bot, message(OWN, SARI), target)
        assert (access.chat_id, access.chat.title) == (-9, "Kanal")


@pytest.mark.parametrize(
    ("sender", "sender_chat", "target", "is_let_in"),
    [
        (ANONYMOUS, GROUP, None, True),
        # In the name of another chat, such as the linked channel, or about another chat.
        (ANONYMOUS, CHANNEL, None, False),
        (ANONYMOUS, GROUP, CHANNEL.id, False),
        (ANONYMOUS, CHANNEL, CHANNEL.id, False),
        (SARI, CHANNEL, None, False),
        # Nobody may act in the name of the bot, whose own messages carry the buttons.
        (BOT, None, None, False),
        (None, None, None, False),
    ],
)
async def test_sender_chat_acts_for_its_own_chat(
    sender: User | None, sender_chat: Chat | None, target: int | None, is_let_in: bool
) -> None:
    bot: Any = FakeBot(make_owner(SARI))
    by = message(GROUP, sender, sender_chat=sender_chat)
    if is_let_in:
        assert (await authorise(bot, by, target)).chat == GROUP
    else:
        await catch_refusal(bot, by, target)
    assert bot.asked == []


async def test_channel_post_gives_no_access_to_the_channel() -> None:
    bot: Any = FakeBot(make_owner(SARI))
    await catch_refusal(bot, message(CHANNEL, None, sender_chat=CHANNEL))


async def test_inline_button_gives_no_access_to_a_chat() -> None:
    bot: Any = FakeBot()
    inline = CallbackQuery("1", SARI, "instance", data="s1::r", inline_message_id="abc")
    for target in (None, SARI.id, -9):
        assert type(await catch_refusal(bot, inline, target)) is ForeignChat


IDS = st.one_of(st.sampled_from([-9, -7, -1, 0, 1, 2, 7]), st.integers(-(10**15), 10**15))


@given(
    here=st.builds(Chat, IDS, st.sampled_from([*ChatType])),
    target=IDS,
    user_id=st.none() | st.integers(1, 10**15) | st.sampled_from([1, 2, 7]),
    is_chat_itself=st.booleans(),
)
def test_access_decision_never_admits_a_stranger(
    here: Chat, target: int, user_id: int | None, is_chat_itself: bool
) -> None:
    ruled_so = decide_access(here, target, user_id=user_id, is_chat_itself=is_chat_itself)
    if target > 0:
        assert ruled_so is (user_id == target)
    elif ruled_so is True:
        assert is_chat_itself
        assert target == here.id
        assert here.type in {"group", "supergroup"}
    elif ruled_so is None:
        assert user_id is not None
        assert target < 0


@pytest.mark.parametrize(
    ("where", "own", "may_post"),
    [
        (GROUP, Forbidden("never asked"), True),
        (CHANNEL, make_admin(BOT, can_post_messages=True), True),
        (CHANNEL, make_admin(BOT, can_post_messages=False), False),
        (CHANNEL, ChatMemberMember(BOT), False),
        (CHANNEL, Forbidden("bot is not a member of the channel chat"), False),
    ],
)
async def test_posting_requires_the_right_in_channels(where: Chat, own: Any, may_post: bool) -> None:
    bot: Any = FakeBot(make_admin(SARI), found=where)
    access = await authorise(bot, message(OWN, SARI), where.id)
    bot.member = own
    if may_post:
        await require_posting(bot, access)
    else:
        with pytest.raises(MayNotPost):
            await require_posting(bot, access)


@pytest.mark.parametrize(
    ("update", "chat_id"),
    [
        (Update(1, message=message(OWN, SARI)), 1),
        (Update(1, message=message(GROUP, SARI)), -7),
        # The chat of a guest message may have the id of Budi's private chat.
        (Update(1, guest_message=message(chat(BUDI.id), SARI)), 1),
        (Update(1, message=message(GROUP, ANONYMOUS, sender_chat=GROUP)), -7),
        (Update(1, callback_query=press(GROUP, SARI)), -7),
        (Update(1, callback_query=CallbackQuery("1", SARI, "i", inline_message_id="abc")), 1),
        (Update(1), None),
        # Updates that Telegram does not send.
        (Update(1, message=message(chat(BUDI.id), SARI)), None),
        (Update(1, message=message(chat(BUDI.id), None)), None),
        (Update(1, callback_query=press(chat(BUDI.id), SARI)), None),
    ],
)
def test_member_access_is_granted_for_the_chat_of_an_update(update: Update, chat_id: int | None) -> None:
    found = grant_member_access(update)
    assert (found.chat_id if found else None) == chat_id


@pytest.mark.parametrize(
    ("by", "user_id"),
    [
        (message(OWN, SARI), 1),
        # The bot's own message in a private chat, whose button was pressed.
        (message(OWN, BOT), 1),
        (message(GROUP, BOT), None),
        (message(GROUP, SARI), 1),
        (press(GROUP, SARI), 1),
        # All of these share one account.
        (message(GROUP, ANONYMOUS, sender_chat=GROUP), None),
        (message(GROUP, SARI, sender_chat=CHANNEL), None),
        (message(GROUP, OTHER_BOT), None),
        (message(CHANNEL, None, sender_chat=CHANNEL), None),
    ],
)
def test_user_and_operator_access_are_granted_by_sender(by: Any, user_id: int | None) -> None:
    person = grant_person_access(by)
    assert (person.user_id if person else None) == user_id
    operator = grant_operator_access(by, frozenset({1, ANONYMOUS.id, OTHER_BOT.id}))
    assert (operator.user_id if operator else None) == user_id
    assert grant_operator_access(by, frozenset({2})) is None


def test_migration_is_read_from_service_messages() -> None:
    to, from_ = message(GROUP, SARI, migrate_to_chat_id=-1007), message(chat(-1007), SARI, migrate_from_chat_id=-7)
    for moved in (read_migration(to), read_migration(from_)):
        assert moved is not None
        assert (moved.old_id, moved.new_id) == (-7, -1007)
    assert read_migration(message(GROUP, SARI)) is None


PROOFS = (MemberAccess, AdminAccess, PersonAccess, OperatorAccess, Migration)
MADE = (member_access(1), admin_access(1), person_access(1), operator_access(1))


@pytest.mark.parametrize("proof", PROOFS)
def test_proof_cannot_be_constructed_elsewhere(proof: Any) -> None:
    values = {MemberAccess: (1,), AdminAccess: (OWN,), PersonAccess: (1,), OperatorAccess: (1,), Migration: (1, 2)}
    for seal in (None, object(), admins._Seal()):
        with pytest.raises(TypeError):
            proof(*values[proof], seal)
    with pytest.raises(TypeError):
        proof(*values[proof])
    # Every proof that this module knows is in the list.
    sealed = {value for value in vars(admins).values() if isinstance(value, type) and dataclasses.is_dataclass(value)}
    assert sealed == set(PROOFS)


@pytest.mark.parametrize("access", MADE)
def test_proof_cannot_be_changed_to_another_chat(access: Any) -> None:
    name = dataclasses.fields(access)[0].name
    # Python 3.13 raises another type than its predecessors.
    with pytest.raises((TypeError, ValueError), match="seal"):
        dataclasses.replace(access, **{name: 2})
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(access, name, 2)
    assert copy.copy(access) == access


@pytest.mark.parametrize(
    ("check", "accepted"), [(readable_chat_id, {0, 1}), (admin_chat_id, {1}), (acting_user_id, {2}), (operator_id, {3})]
)
def test_stores_accept_only_proofs(check: Any, accepted: set[int]) -> None:
    forged = [1, "1", OWN, SARI, message(OWN, SARI), Update(1), None]
    for number, access in enumerate([*MADE, *forged]):
        if number in accepted:
            assert check(access) == 1
        else:
            with pytest.raises(TypeError):
                check(access)
