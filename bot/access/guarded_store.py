"""The stores that handlers get. Methods on data of a chat or a person require a proof of access in place of an id.

Only `bot.access.chat_admins` creates the proofs. mypy rejects other arguments, and these classes check the type at run
time too, because a message also has a `chat_id`. News, searches and figures are public and not guarded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.access.chat_admins import AdminAccess, MemberAccess, Migration, OperatorAccess, PersonAccess
from summaries.model import ChatMembership, ChatRef, OpenQuestion

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from telegram import Chat

    from summaries import ports
    from summaries.model import (
        AnsweredQuestion,
        AnswerRef,
        Broadcast,
        ChatSettings,
        DeliveryRecord,
        Resumed,
        SavedPage,
        Subscription,
        Watch,
    )
    from summaries.storage import Store

    Access = MemberAccess | AdminAccess


def readable_chat_id(access: Access) -> int:
    """Return the id of a chat that may be read.

    Raises:
        TypeError: `access` is not a proof of access.
    """
    if type(access) not in (MemberAccess, AdminAccess):
        raise TypeError(f"{type(access).__name__} gives no access to a chat")
    return access.chat_id


def admin_chat_id(access: AdminAccess) -> int:
    """Return the id of a chat that may be changed.

    Raises:
        TypeError: `access` is not an administrator's proof.
    """
    if type(access) is not AdminAccess:
        raise TypeError(f"{type(access).__name__} does not let a chat be changed")
    return access.chat_id


def acting_user_id(access: PersonAccess) -> int:
    """Return the id of the person whose identity is proved.

    Raises:
        TypeError: `access` is not a person's proof.
    """
    if type(access) is not PersonAccess:
        raise TypeError(f"{type(access).__name__} is not a person who acts")
    return access.user_id


def operator_id(access: OperatorAccess) -> int:
    """Return the id of the operator whose identity is proved.

    Raises:
        TypeError: `access` is not an operator's proof.
    """
    if type(access) is not OperatorAccess:
        raise TypeError(f"{type(access).__name__} is not an administrator of the bot")
    return access.user_id


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """`ports.SubscriptionStore`, guarded."""

    _store: ports.SubscriptionStore

    async def find(self, chat: Access) -> Subscription | None:
        return await self._store.find(readable_chat_id(chat))

    async def next_due_at(self, chat: Access) -> datetime | None:
        return await self._store.next_due_at(readable_chat_id(chat))

    async def change(
        self,
        chat: AdminAccess,
        change: Callable[[Subscription | None], Subscription],
        *,
        next_due: Callable[[Subscription], datetime | None],
        now: datetime,
        by: int | None = None,
    ) -> Subscription:
        chat_id = admin_chat_id(chat)

        def changed(before: Subscription | None) -> Subscription:
            after = change(before)
            if after.chat.chat_id != chat_id:
                raise ValueError("this is the digest of another chat")
            return after

        return await self._store.change(chat_id, changed, next_due=next_due, now=now, by=by)

    async def deactivate(self, chat: AdminAccess, *, now: datetime) -> bool:
        return await self._store.deactivate(admin_chat_id(chat), now=now)

    async def suspend(self, chat: AdminAccess, *, now: datetime) -> bool:
        return await self._store.suspend(admin_chat_id(chat), now=now)

    async def resume(
        self, chat: AdminAccess, *, next_due: Callable[[Subscription], datetime | None], now: datetime
    ) -> Resumed:
        return await self._store.resume(admin_chat_id(chat), next_due=next_due, now=now)

    async def move_chat(self, moved: Migration) -> None:
        if type(moved) is not Migration:
            raise TypeError(f"{type(moved).__name__} moves no chat")
        await self._store.move_chat(moved.old_id, moved.new_id)


@dataclass(frozen=True, slots=True)
class Deliveries:
    """The part of `ports.DeliveryStore` that handlers use, guarded."""

    _store: ports.DeliveryStore

    async def history(self, chat: Access, *, limit: int) -> tuple[DeliveryRecord, ...]:
        return await self._store.history(readable_chat_id(chat), limit=limit)


@dataclass(frozen=True, slots=True)
class Watches:
    """`ports.WatchStore`, guarded."""

    _store: ports.WatchStore

    async def of_chat(self, chat: Access) -> tuple[Watch, ...]:
        return await self._store.of_chat(readable_chat_id(chat))

    async def find(self, chat: AdminAccess, watch_id: int) -> Watch | None:
        return await self._store.find(watch_id, admin_chat_id(chat))

    async def add(
        self, chat: AdminAccess, words: str, *, thread_id: int | None, most: int, now: datetime
    ) -> Watch | None:
        return await self._store.add(ChatRef(admin_chat_id(chat), thread_id), words, most=most, now=now)

    async def remove(self, chat: AdminAccess, watch_id: int) -> bool:
        return await self._store.remove(watch_id, admin_chat_id(chat))

    async def fold(self, chat: AdminAccess, watch_id: int, *, is_folded: bool) -> bool:
        return await self._store.fold(watch_id, admin_chat_id(chat), is_folded=is_folded)

    async def remove_all(self, operator: OperatorAccess, chat_id: int) -> None:
        operator_id(operator)
        await self._store.remove_all(chat_id)


@dataclass(frozen=True, slots=True)
class Chats:
    """`ports.ChatStore`, guarded."""

    _store: ports.ChatStore

    async def find(self, chat: Access) -> ChatSettings:
        return await self._store.find(readable_chat_id(chat))

    async def put(self, chat: AdminAccess, settings: ChatSettings, *, now: datetime) -> None:
        if admin_chat_id(chat) != settings.chat_id:
            raise ValueError("these are the settings of another chat")
        await self._store.put(settings, now=now)


@dataclass(frozen=True, slots=True)
class Questions:
    """`ports.QuestionStore`, guarded.

    A question belongs to the chat in which it was asked. Its target is a plain id, for which the person who answers
    must be authorised again.
    """

    _store: ports.QuestionStore

    async def ask(
        self,
        here: MemberAccess,
        target: AdminAccess,
        kind: str,
        *,
        message_id: int,
        panel_id: int | None,
        now: datetime,
    ) -> None:
        await self._store.ask(
            OpenQuestion(readable_chat_id(here), message_id, kind, admin_chat_id(target), panel_id, now)
        )

    async def find(self, here: MemberAccess, message_id: int) -> OpenQuestion | None:
        return await self._store.find(readable_chat_id(here), message_id)

    async def latest(self, here: MemberAccess) -> OpenQuestion | None:
        return await self._store.latest(readable_chat_id(here))

    async def close(self, here: MemberAccess, question: OpenQuestion) -> bool:
        if readable_chat_id(here) != question.chat_id:
            raise ValueError("this question was asked in another chat")
        return await self._store.close(question)


@dataclass(frozen=True, slots=True)
class ChatMemberships:
    """`ports.ChatMembershipStore`, guarded. Of a channel, handlers can read only whether the bot is in it."""

    _store: ports.ChatMembershipStore

    async def put(self, chat: AdminAccess, *, is_member: bool, now: datetime) -> None:
        await self._store.put(ChatMembership(admin_chat_id(chat), chat.chat.type, chat.chat.title, is_member), now=now)

    async def is_bot_in(self, channel: Chat) -> bool:
        place = await self._store.find(channel.id)
        return place is not None and place.is_member


@dataclass(frozen=True, slots=True)
class ChatData:
    """`ports.ChatDataStore`, guarded."""

    _store: ports.ChatDataStore

    async def export(self, chat: AdminAccess) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        return await self._store.export(admin_chat_id(chat))

    async def forget(self, chat: AdminAccess) -> int:
        return await self._store.forget(admin_chat_id(chat))


@dataclass(frozen=True, slots=True)
class Answers:
    """`ports.AnswerStore`, guarded."""

    _store: ports.AnswerStore

    async def open(self, here: MemberAccess, article_id: int, *, now: datetime) -> AnswerRef:
        return await self._store.open(readable_chat_id(here), article_id, now=now)

    async def find(self, here: MemberAccess, answer_id: int) -> AnswerRef | None:
        return await self._store.find(answer_id, readable_chat_id(here))

    async def remember(
        self, here: MemberAccess, question_id: int, answered: AnsweredQuestion, *, now: datetime
    ) -> None:
        await self._store.remember(readable_chat_id(here), question_id, answered, now=now)

    async def recall(self, here: MemberAccess, question_id: int) -> AnsweredQuestion | None:
        return await self._store.recall(readable_chat_id(here), question_id)


@dataclass(frozen=True, slots=True)
class Saved:
    """`ports.SavedStore`, guarded."""

    _store: ports.SavedStore

    async def save(self, person: PersonAccess, article_id: int, *, now: datetime) -> bool:
        return await self._store.save(acting_user_id(person), article_id, now=now)

    async def remove(self, person: PersonAccess, article_id: int) -> bool:
        return await self._store.remove(acting_user_id(person), article_id)

    async def is_saved(self, person: PersonAccess, article_id: int) -> bool:
        return await self._store.is_saved(acting_user_id(person), article_id)

    async def page(self, person: PersonAccess, *, number: int, size: int) -> SavedPage:
        return await self._store.page(acting_user_id(person), number=number, size=size)


@dataclass(frozen=True, slots=True)
class Broadcasts:
    """The part of `ports.BroadcastStore` that handlers use, guarded."""

    _store: ports.BroadcastStore

    async def now(self, broadcast: Broadcast) -> Broadcast | None:
        """Return the stored state of the broadcast."""
        return await self._store.find(broadcast.id)

    async def draft(self, operator: OperatorAccess, html: str, chat: Access, *, now: datetime) -> Broadcast:
        operator_id(operator)
        return await self._store.draft(html, readable_chat_id(chat), now=now)

    async def audience(self, operator: OperatorAccess) -> int:
        operator_id(operator)
        return await self._store.audience()

    async def begin(self, operator: OperatorAccess, broadcast_id: int, message_id: int) -> Broadcast | None:
        operator_id(operator)
        return await self._store.begin(broadcast_id, message_id)

    async def cancel(self, operator: OperatorAccess, broadcast_id: int) -> Broadcast | None:
        operator_id(operator)
        return await self._store.cancel(broadcast_id)


@dataclass(frozen=True, slots=True)
class GuardedStore:
    """The guarded stores of one bot."""

    subscriptions: Subscriptions
    deliveries: Deliveries
    watches: Watches
    chats: Chats
    questions: Questions
    memberships: ChatMemberships
    chat_data: ChatData
    answers: Answers
    saved: Saved
    broadcasts: Broadcasts
    news: ports.NewsStore
    stories: ports.StoryStore
    queries: ports.QueryStore
    sources: ports.SourceStore
    figures: ports.FigureStore


def guard_store(store: Store) -> GuardedStore:
    """Return the store with guards around it."""
    return GuardedStore(
        subscriptions=Subscriptions(store.subscriptions),
        deliveries=Deliveries(store.deliveries),
        watches=Watches(store.watches),
        chats=Chats(store.chats),
        questions=Questions(store.questions),
        memberships=ChatMemberships(store.memberships),
        chat_data=ChatData(store.chat_data),
        answers=Answers(store.answers),
        saved=Saved(store.saved),
        broadcasts=Broadcasts(store.broadcasts),
        news=store.news,
        stories=store.stories,
        queries=store.queries,
        sources=store.sources,
        figures=store.figures,
    )
