"""Delete old rows: which rows of each table are old, and the statements that count and delete them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from summaries.model import FOLLOW_LASTS, Old
from summaries.storage.sql.session import Sessions, SqlStore


@dataclass(frozen=True, slots=True)
class Rule:
    """Which rows of a table are old. Conditions refer to the limit of each kind as `%(digests)s`, `%(own_articles)s`, …

    `counted` is the condition to count with before rows of other tables are deleted, if it differs. `is_news` marks
    tables that all bots share; their rows stay while the chats of any bot have one of `needed_by`, which are tables of
    chats with a condition.
    """

    table: str
    key: str
    condition: str
    counted: str | None = None
    is_news: bool = False
    needed_by: tuple[tuple[str, str], ...] = ()


RULES: Mapping[Old, Rule] = {
    Old.DIGESTS: Rule("deliveries", "id", "due_at < %(digests)s AND finished_at IS NOT NULL"),
    Old.DELIVERED: Rule("delivered_articles", "chat_id, article_id", "delivered_at < %(delivered)s"),
    Old.TEXTS: Rule(
        "bodies",
        "id",
        "created_at < %(texts)s AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.body_id = bodies.id)",
        "created_at < %(texts)s AND NOT EXISTS"
        " (SELECT 1 FROM outbox o JOIN deliveries d ON d.id = o.delivery_id WHERE o.body_id = bodies.id"
        " AND NOT (d.due_at < %(digests)s AND d.finished_at IS NOT NULL))",
    ),
    # A folded alert that no digest included is no longer news.
    Old.ALERTS: Rule("outbox", "id", "kind = 'alert' AND created_at < %(alerts)s AND not_before IS NULL"),
    # Only while there is other news: after an outage, or while the clock is ahead, every chain looks quiet.
    Old.FOLLOWS: Rule(
        "watches",
        "id",
        "article_id IS NOT NULL AND created_at < %(follows)s"
        " AND EXISTS (SELECT 1 FROM stories WHERE latest_at >= %(current)s)"
        " AND NOT EXISTS (SELECT 1 FROM story_articles s JOIN stories t ON t.id = s.story_id"
        " JOIN stories y ON y.id = t.id OR y.chain_id = t.chain_id"
        " WHERE s.article_id = watches.article_id AND y.latest_at >= %(follows)s)",
    ),
    Old.BROADCASTS: Rule(
        "outbox",
        "id",
        "broadcast_id IN"
        " (SELECT id FROM broadcasts WHERE created_at < %(broadcasts)s AND state IN ('done', 'cancelled'))",
    ),
    Old.QUESTIONS: Rule("questions", "chat_id, message_id", "asked_at < %(questions)s"),
    Old.EXCHANGES: Rule("answered_messages", "chat_id, message_id", "answered_at < %(exchanges)s"),
    Old.QUERIES: Rule("queries", "id", "asked_at < %(queries)s", is_news=True),
    Old.ANSWERS: Rule("answers", "id", "made_at < %(answers)s"),
    # Stories are numbered by arrival: the first number of the recent ones bounds those to look up.
    Old.CHAIN_TERMS: Rule(
        "chain_terms",
        "term, story_id",
        "story_id < (SELECT coalesce(min(id), (SELECT next_story FROM story_state)) FROM stories"
        " WHERE latest_at >= %(chain_terms)s)",
        is_news=True,
    ),
    Old.OWN_ARTICLES: Rule(
        "articles",
        "id",
        "NOT is_public AND updated_at < %(own_articles)s",
        is_news=True,
        needed_by=(
            ("saved_articles", "article_id = articles.id"),
            ("answers", "article_id = articles.id AND made_at >= %(answers)s"),
        ),
    ),
}


class RetentionRows(SqlStore):
    """Implements `ports.UpkeepStore`, over the news and the chats of every bot."""

    async def count_old(self, before: Mapping[Old, datetime]) -> Mapping[Old, int]:
        everywhere = await self.database.everywhere()
        counted = {}
        for kind, rule in RULES.items():
            condition = f"{rule.counted or rule.condition}{unneeded(rule, everywhere)}"
            count = f"SELECT count(*) FROM {rule.table} WHERE {condition}"
            places = everywhere[:1] if rule.is_news else everywhere
            counted[kind] = sum([int(await place.value(count, name_limits(before))) for place in places])
        return counted

    async def forget_old(self, kind: Old, before: Mapping[Old, datetime], *, limit: int) -> int:
        everywhere = await self.database.everywhere()
        rule = RULES[kind]
        # SKIP LOCKED: rows that another process is deleting are left to it. MATERIALIZED: a plan that repeated the
        # inner statement would find other rows each time, and delete more than the limit.
        statement = (
            f"WITH old AS MATERIALIZED (SELECT {rule.key} FROM {rule.table}"
            f" WHERE {rule.condition}{unneeded(rule, everywhere)} LIMIT %(limit)s FOR UPDATE SKIP LOCKED)"
            f" DELETE FROM {rule.table} WHERE ({rule.key}) IN (SELECT {rule.key} FROM old)"
        )
        places = everywhere[:1] if rule.is_news else everywhere
        return sum([await place.run(statement, name_limits(before) | {"limit": limit}) for place in places])


def unneeded(rule: Rule, everywhere: Iterable[Sessions]) -> str:
    """Return the condition, to append to the rule's own, that no chat of any bot needs the row."""
    return "".join(
        f" AND NOT EXISTS (SELECT 1 FROM {database.place}.{table} WHERE {condition})"
        for database in everywhere
        for table, condition in rule.needed_by
    )


def name_limits(before: Mapping[Old, datetime]) -> dict[str, datetime | int]:
    """Return the limits by the names that the conditions refer to; news after `current` are of the last day."""
    limits = {kind.name.lower(): time for kind, time in before.items()}
    return {**limits, "current": before[Old.FOLLOWS] + FOLLOW_LASTS - timedelta(days=1)}
