"""All stores over one database, for either engine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from summaries.storage import Store
from summaries.storage.sql import (
    alerts,
    answers,
    articles,
    broadcasts,
    chat_data,
    chats,
    deliveries,
    figures,
    hazards,
    news,
    outbox,
    own_feeds,
    public_news,
    retention,
    sources,
    stories,
    story_edits,
    studies,
    subscriptions,
    watches,
)
from summaries.storage.sql.session import Sessions


def build_stores(database: Sessions, close: Callable[[], Awaitable[None]], *, is_for_all_bots: bool = False) -> Store:
    """Return the stores over an open database. `is_for_all_bots` makes the figures those of all bots on it."""
    return Store(
        articles=articles.ArticleRows(database),
        stories=stories.StoryRows(database),
        story_edits=story_edits.StoryEditRows(database),
        studies=studies.StudyRows(database),
        news=news.NewsRows(database),
        public_news=public_news.PublicReaderRows(database),
        queries=news.QueryRows(database),
        answers=answers.AnswerRows(database),
        saved=answers.SavedRows(database),
        watches=watches.WatchRows(database),
        alerts=alerts.AlertRows(database),
        sources=sources.SourceRows(database),
        own_feeds=own_feeds.OwnFeedRows(database),
        hazards=hazards.HazardRows(database),
        warnings=hazards.WarningRows(database),
        chats=chats.ChatRows(database),
        chat_data=chat_data.ChatDataRows(database),
        questions=chats.QuestionRows(database),
        memberships=chats.ChatMembershipRows(database),
        subscriptions=subscriptions.SubscriptionRows(database),
        deliveries=deliveries.DeliveryRows(database),
        outbox=outbox.OutboxRows(database),
        blocks=chats.BlockRows(database),
        broadcasts=broadcasts.BroadcastRows(database),
        figures=figures.FigureRows(database, is_for_all_bots=is_for_all_bots),
        upkeep=retention.RetentionRows(database),
        close=close,
    )
