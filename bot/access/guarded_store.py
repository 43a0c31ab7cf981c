"""The stores that handlers get. Methods on data of a chat or a person require a proof of access in place of an id.

Only `bot.access.chat_admins` creates the proofs. mypy rejects other arguments, and these classes check the type at run
time too, because a message also has a `chat_id`. News, searches and figures are public and not guarded.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Concatenate, Generic, ParamSpec, TypeVar

from telegram import Chat

from bot.access.chat_admins import AdminAccess, MemberAccess, Migration, OperatorAccess, PersonAccess
from summaries import model, ports
from summaries.digests.schedule import NEWS_WINDOW
from summaries.storage import Store

Access = MemberAccess | AdminAccess
Port = TypeVar("Port")
Proof = TypeVar("Proof")
Params = ParamSpec("Params")
Result = TypeVar("Result")


def readable_chat_id(access: Access) -> int:
    """Return the id of a chat that may be read; raise TypeError if `access` is no proof of that."""
    if type(access) not in (MemberAccess, AdminAccess):
        raise TypeError(f"{type(access).__name__} gives no access to a chat")
    return access.chat_id


def here_chat_id(access: MemberAccess) -> int:
    """Return the id of the update's chat; raise TypeError if `access` is no proof of being in it."""
    return readable_chat_id(access)


def admin_chat_id(access: AdminAccess) -> int:
    """Return the id of a chat that may be changed; raise TypeError if `access` is not an administrator's proof."""
    if type(access) is not AdminAccess:
        raise TypeError(f"{type(access).__name__} does not let a chat be changed")
    return access.chat_id


def acting_user_id(access: PersonAccess) -> int:
    """Return the id of the person whose identity is proved; raise TypeError if `access` is no such proof."""
    if type(access) is not PersonAccess:
        raise TypeError(f"{type(access).__name__} is not a person who acts")
    return access.user_id


def operator_id(access: OperatorAccess) -> int:
    """Return the id of the operator whose identity is proved; raise TypeError if `access` is no such proof."""
    if type(access) is not OperatorAccess:
        raise TypeError(f"{type(access).__name__} is not an administrator of the bot")
    return access.user_id


@dataclass(frozen=True, slots=True)
class Guard(Generic[Port]):
    """A store behind a guard."""

    _store: Port


def for_id(
    check: Callable[[Proof], int], method: Callable[Concatenate[Port, int, Params], Awaitable[Result]]
) -> Callable[Concatenate[Guard[Port], Proof, Params], Awaitable[Result]]:
    """Return the method with a proof of access in place of its first argument, the id that `check` returns."""

    async def guarded(self: Guard[Port], proof: Proof, /, *args: Params.args, **kwargs: Params.kwargs) -> Result:
        # The store may be of any class that implements the port.
        call: Callable[Concatenate[int, Params], Awaitable[Result]] = getattr(self._store, method.__name__)
        return await call(check(proof), *args, **kwargs)

    return guarded


def for_operator(
    method: Callable[Concatenate[Port, Params], Awaitable[Result]],
) -> Callable[Concatenate[Guard[Port], OperatorAccess, Params], Awaitable[Result]]:
    """Return the method with an operator's proof as an additional first argument."""

    async def guarded(
        self: Guard[Port], proof: OperatorAccess, /, *args: Params.args, **kwargs: Params.kwargs
    ) -> Result:
        operator_id(proof)
        call: Callable[Params, Awaitable[Result]] = getattr(self._store, method.__name__)
        return await call(*args, **kwargs)

    return guarded


class Subscriptions(Guard[ports.SubscriptionStore]):
    """`ports.SubscriptionStore`, guarded."""

    find = for_id(readable_chat_id, ports.SubscriptionStore.find)
    next_due_at = for_id(readable_chat_id, ports.SubscriptionStore.next_due_at)
    deactivate = for_id(admin_chat_id, ports.SubscriptionStore.deactivate)
    suspend = for_id(admin_chat_id, ports.SubscriptionStore.suspend)
    resume = for_id(admin_chat_id, ports.SubscriptionStore.resume)

    async def change(
        self,
        chat: AdminAccess,
        change: Callable[[model.Subscription | None], model.Subscription],
        *,
        next_due: Callable[[model.Subscription], datetime | None],
        now: datetime,
        by: int | None = None,
    ) -> model.Subscription:
        chat_id = admin_chat_id(chat)

        def changed(before: model.Subscription | None) -> model.Subscription:
            after = change(before)
            if after.chat.chat_id != chat_id:
                raise ValueError("this is the digest of another chat")
            return after

        return await self._store.change(chat_id, changed, next_due=next_due, now=now, by=by)

    async def move_chat(self, moved: Migration) -> None:
        if type(moved) is not Migration:
            raise TypeError(f"{type(moved).__name__} moves no chat")
        await self._store.move_chat(moved.old_id, moved.new_id)


class Deliveries(Guard[ports.DeliveryStore]):
    """The part of `ports.DeliveryStore` that handlers use, guarded."""

    history = for_id(readable_chat_id, ports.DeliveryStore.history)
    last_stories = for_id(readable_chat_id, ports.DeliveryStore.last_stories)
    find_sent = for_id(here_chat_id, ports.DeliveryStore.find_sent)
    add_delivered = for_id(here_chat_id, ports.DeliveryStore.add_delivered)

    async def choose_more(self, here: MemberAccess, preferences: model.Preferences, *, now: datetime) -> model.News:
        """Return the news of the last day that the chat wants and that was not delivered to it."""
        request = model.NewsRequest(here_chat_id(here), now - NEWS_WINDOW, now, preferences)
        (news,) = await self._store.open_news().choose([request])
        return news


class Watches(Guard[ports.WatchStore]):
    """`ports.WatchStore`, guarded."""

    of_chat = for_id(readable_chat_id, ports.WatchStore.of_chat)
    find_follow = for_id(readable_chat_id, ports.WatchStore.find_follow)
    follows = for_id(readable_chat_id, ports.WatchStore.follows)
    remove_all = for_operator(ports.WatchStore.remove_all)

    async def find(self, chat: AdminAccess, watch_id: int) -> model.Watch | None:
        return await self._store.find(watch_id, admin_chat_id(chat))

    async def add(
        self, chat: AdminAccess, words: str, *, thread_id: int | None, most: int, now: datetime
    ) -> model.Watch | None:
        return await self._store.add(model.ChatRef(admin_chat_id(chat), thread_id), words, most=most, now=now)

    async def follow(
        self, chat: AdminAccess, article_id: int, title: str, *, thread_id: int | None, most: int, now: datetime
    ) -> model.Watch | None:
        target = model.ChatRef(admin_chat_id(chat), thread_id)
        return await self._store.follow(target, article_id, title, most=most, now=now)

    async def remove(self, chat: AdminAccess, watch_id: int) -> bool:
        return await self._store.remove(watch_id, admin_chat_id(chat))

    async def fold(self, chat: AdminAccess, watch_id: int, *, is_folded: bool) -> bool:
        return await self._store.fold(watch_id, admin_chat_id(chat), is_folded=is_folded)


class Warnings(Guard[ports.WarningStore]):
    """The part of `ports.WarningStore` that handlers use, guarded."""

    find = for_id(readable_chat_id, ports.WarningStore.find)
    remove = for_id(admin_chat_id, ports.WarningStore.remove)

    async def change(
        self,
        chat: AdminAccess,
        change: Callable[[model.WarningSettings], model.WarningSettings],
        *,
        now: datetime,
    ) -> model.WarningSettings:
        chat_id = admin_chat_id(chat)

        def changed(before: model.WarningSettings) -> model.WarningSettings:
            after = change(before)
            if after.chat.chat_id != chat_id:
                raise ValueError("these are the warnings of another chat")
            return after

        return await self._store.change(chat_id, changed, now=now)


class OwnFeeds(Guard[ports.OwnFeedStore]):
    """The part of `ports.OwnFeedStore` that handlers use, guarded."""

    of_chat = for_id(readable_chat_id, ports.OwnFeedStore.of_chat)
    list_page = for_id(readable_chat_id, ports.OwnFeedStore.list_page)
    add = for_id(admin_chat_id, ports.OwnFeedStore.add)
    remove = for_id(admin_chat_id, ports.OwnFeedStore.remove)
    remove_all = for_operator(ports.OwnFeedStore.remove_all)


class Chats(Guard[ports.ChatStore]):
    """`ports.ChatStore`, guarded."""

    find = for_id(readable_chat_id, ports.ChatStore.find)

    async def put(self, chat: AdminAccess, settings: model.ChatSettings, *, now: datetime) -> None:
        if admin_chat_id(chat) != settings.chat_id:
            raise ValueError("these are the settings of another chat")
        await self._store.put(settings, now=now)


class Questions(Guard[ports.QuestionStore]):
    """`ports.QuestionStore`, guarded.

    A question belongs to the chat in which it was asked. Its target is a plain id, for which the person who answers
    must be authorised again.
    """

    find = for_id(here_chat_id, ports.QuestionStore.find)
    latest = for_id(here_chat_id, ports.QuestionStore.latest)

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
            model.OpenQuestion(readable_chat_id(here), message_id, kind, admin_chat_id(target), panel_id, now)
        )

    async def close(self, here: MemberAccess, question: model.OpenQuestion) -> bool:
        if readable_chat_id(here) != question.chat_id:
            raise ValueError("this question was asked in another chat")
        return await self._store.close(question)


class ChatMemberships(Guard[ports.ChatMembershipStore]):
    """`ports.ChatMembershipStore`, guarded. Of a channel, handlers can read only whether the bot is in it."""

    async def put(self, chat: AdminAccess, *, is_member: bool, now: datetime) -> None:
        await self._store.put(
            model.ChatMembership(admin_chat_id(chat), chat.chat.type, chat.chat.title, is_member), now=now
        )

    async def is_bot_in(self, channel: Chat) -> bool:
        place = await self._store.find(channel.id)
        return place is not None and place.is_member


class ChatData(Guard[ports.ChatDataStore]):
    """`ports.ChatDataStore`, guarded."""

    export = for_id(admin_chat_id, ports.ChatDataStore.export)
    forget = for_id(admin_chat_id, ports.ChatDataStore.forget)


class Answers(Guard[ports.AnswerStore]):
    """`ports.AnswerStore`, guarded."""

    open = for_id(here_chat_id, ports.AnswerStore.open)
    remember = for_id(here_chat_id, ports.AnswerStore.remember)
    recall = for_id(here_chat_id, ports.AnswerStore.recall)

    async def find(self, here: MemberAccess, answer_id: int) -> model.AnswerRef | None:
        return await self._store.find(answer_id, here_chat_id(here))


class Saved(Guard[ports.SavedStore]):
    """`ports.SavedStore`, guarded."""

    save = for_id(acting_user_id, ports.SavedStore.save)
    remove = for_id(acting_user_id, ports.SavedStore.remove)
    is_saved = for_id(acting_user_id, ports.SavedStore.is_saved)
    page = for_id(acting_user_id, ports.SavedStore.page)


class Broadcasts(Guard[ports.BroadcastStore]):
    """The part of `ports.BroadcastStore` that handlers use, guarded."""

    audience = for_operator(ports.BroadcastStore.audience)
    begin = for_operator(ports.BroadcastStore.begin)
    cancel = for_operator(ports.BroadcastStore.cancel)

    async def now(self, broadcast: model.Broadcast) -> model.Broadcast | None:
        """Return the stored state of the broadcast."""
        return await self._store.find(broadcast.id)

    async def draft(self, operator: OperatorAccess, html: str, chat: Access, *, now: datetime) -> model.Broadcast:
        operator_id(operator)
        return await self._store.draft(html, readable_chat_id(chat), now=now)


class StoryEdits(Guard[ports.StoryEditStore]):
    """`ports.StoryEditStore`, guarded."""

    coverage = for_operator(ports.StoryEditStore.coverage)
    list_edits = for_operator(ports.StoryEditStore.list_edits)

    async def hide(self, operator: OperatorAccess, article_id: int, *, now: datetime) -> model.StoryEdit | None:
        return await self._store.hide(article_id, admin_id=operator_id(operator), now=now)

    async def split(
        self, operator: OperatorAccess, article_ids: Sequence[int], *, now: datetime
    ) -> model.StoryEdit | None:
        return await self._store.split(article_ids, admin_id=operator_id(operator), now=now)

    async def merge(
        self, operator: OperatorAccess, article_id: int, other_id: int, *, now: datetime
    ) -> model.StoryEdit | None:
        return await self._store.merge(article_id, other_id, admin_id=operator_id(operator), now=now)

    async def undo(self, operator: OperatorAccess, edit_id: int, *, now: datetime) -> model.StoryEdit | None:
        return await self._store.undo(edit_id, admin_id=operator_id(operator), now=now)


class GuardedStore:
    """The guarded stores of one bot, and those that hold nothing of a chat or a person."""

    def __init__(self, store: Store) -> None:
        self.subscriptions = Subscriptions(store.subscriptions)
        self.deliveries = Deliveries(store.deliveries)
        self.watches = Watches(store.watches)
        self.warnings = Warnings(store.warnings)
        self.own_feeds = OwnFeeds(store.own_feeds)
        self.chats = Chats(store.chats)
        self.questions = Questions(store.questions)
        self.memberships = ChatMemberships(store.memberships)
        self.chat_data = ChatData(store.chat_data)
        self.answers = Answers(store.answers)
        self.saved = Saved(store.saved)
        self.broadcasts = Broadcasts(store.broadcasts)
        self.story_edits = StoryEdits(store.story_edits)
        self.news: ports.NewsStore = store.news
        self.stories: ports.StoryStore = store.stories
        self.queries: ports.QueryStore = store.queries
        self.sources: ports.SourceStore = store.sources
        self.hazards: ports.HazardStore = store.hazards
        self.figures: ports.FigureStore = store.figures
