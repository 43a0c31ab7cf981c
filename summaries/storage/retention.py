"""Which rows are old, whatever the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from summaries.model import Old

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Rule:
    """Which rows of a table are old. Conditions name each kind's moment as `:digests`, `:own_articles`, …

    `counted` is the condition while what goes before is still there; None where that makes no difference. Rows of the
    news stay for as long as the chats of any bot have one of `needed_by`, each a table of chats and a condition;
    `is_news` tells such tables from those that every bot has.
    """

    table: str
    key: str
    condition: str
    counted: str | None = None
    is_news: bool = False
    needed_by: tuple[tuple[str, str], ...] = ()


RULES: Mapping[Old, Rule] = {
    Old.DIGESTS: Rule("deliveries", "id", "due_at < :digests AND finished_at IS NOT NULL"),
    Old.TOLD: Rule("told_articles", "chat_id, article_id", "told_at < :told"),
    Old.TEXTS: Rule(
        "bodies",
        "id",
        "created_at < :texts AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.body_id = bodies.id)",
        "created_at < :texts AND NOT EXISTS (SELECT 1 FROM outbox o JOIN deliveries d ON d.id = o.delivery_id"
        " WHERE o.body_id = bodies.id AND NOT (d.due_at < :digests AND d.finished_at IS NOT NULL))",
    ),
    # A folded alert that no digest covered by now is no longer news.
    Old.ALERTS: Rule("outbox", "id", "kind = 'alert' AND created_at < :alerts AND not_before IS NULL"),
    Old.BROADCASTS: Rule(
        "outbox",
        "id",
        "broadcast_id IN (SELECT id FROM broadcasts WHERE created_at < :broadcasts AND state IN ('done', 'cancelled'))",
    ),
    Old.QUESTIONS: Rule("questions", "chat_id, message_id", "asked_at < :questions"),
    Old.EXCHANGES: Rule("answered_messages", "chat_id, message_id", "answered_at < :exchanges"),
    Old.QUERIES: Rule("queries", "id", "asked_at < :queries", is_news=True),
    Old.ANSWERS: Rule("answers", "id", "made_at < :answers"),
    Old.OWN_ARTICLES: Rule(
        "articles",
        "id",
        "NOT is_public AND updated_at < :own_articles",
        is_news=True,
        needed_by=(
            ("saved_articles", "article_id = articles.id"),
            ("answers", "article_id = articles.id AND made_at >= :answers"),
        ),
    ),
}


def unneeded(rule: Rule, schemas: Iterable[str] = ("",)) -> str:
    """The condition that no chat needs the row, to be put behind the rule's own; `schemas` hold the chats of all bots,
    each with its dot."""
    return "".join(
        f" AND NOT EXISTS (SELECT 1 FROM {schema}{table} WHERE {condition})"
        for schema in schemas
        for table, condition in rule.needed_by
    )
