"""Delete old rows: which rows of each table are old, and the statements that count and delete them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, groupby
from operator import itemgetter

from summaries.model import FOLLOW_LASTS, Forgotten, Old, Position
from summaries.storage.sql.articles import delete_public, refresh_stories
from summaries.storage.sql.session import Session, Sessions, SqlStore
from summaries.storage.sql.stories import read_state


@dataclass(frozen=True, slots=True)
class Rule:
    """Which rows of a table are old. Conditions refer to the limit of each kind as `%(digests)s`, `%(own_articles)s`, …

    `counted` is the whole condition to count with before rows of other tables are deleted, if it differs. Rows that
    meet the condition stay if `kept` holds for them, or if the chats of any bot have one of `needed_by`, which are
    tables of chats with a condition. They may be many, so a step examines the rows from one position in `order` to
    another. `is_news` marks tables that all bots share, `counts` counts the rows. PostgreSQL would scan some tables
    unless rows are ordered by `oldest`.
    """

    table: str
    key: str
    condition: str
    counted: str | None = None
    counts: str = "count(*)"
    is_news: bool = False
    order: tuple[str, ...] = ()
    kept: str | None = None
    oldest: str | None = None
    needed_by: tuple[tuple[str, str], ...] = ()

    @property
    def count(self) -> str:
        """Return the statement that counts old rows, to which `find_needs` may be appended."""
        return f"SELECT {self.counts} FROM {self.table} WHERE {self.counted or self.condition}"


# Only while there is other news: after an outage, or while the clock is ahead, all stories look old.
HAS_NEWS = "EXISTS (SELECT 1 FROM stories WHERE latest_at >= %(current)s)"
OF_STORY = "x JOIN story_articles m ON m.article_id = x.article_id"

RULES: Mapping[Old, Rule] = {
    Old.DIGESTS: Rule("deliveries", "id", "due_at < %(digests)s AND finished_at IS NOT NULL", oldest="due_at"),
    # They are found by their articles: one that was stored later was not delivered earlier.
    Old.DELIVERED: Rule(
        "delivered_articles",
        "chat_id, article_id",
        "delivered_at < %(delivered)s AND article_id < coalesce((SELECT id FROM articles"
        f" WHERE is_public AND added_at >= %(delivered)s ORDER BY added_at LIMIT 1), {2**63 - 1})",
        oldest="article_id",
    ),
    Old.TEXTS: Rule(
        "bodies",
        "id",
        "created_at < %(texts)s",
        "created_at < %(texts)s AND NOT EXISTS"
        " (SELECT 1 FROM outbox o JOIN deliveries d ON d.id = o.delivery_id WHERE o.body_id = bodies.id"
        " AND NOT (d.due_at < %(digests)s AND d.finished_at IS NOT NULL))",
        order=("created_at", "id"),
        kept="EXISTS (SELECT 1 FROM outbox o WHERE o.body_id = bodies.id)",
    ),
    # A folded alert that no digest included is no longer news.
    Old.ALERTS: Rule("outbox", "id", "kind = 'alert' AND created_at < %(alerts)s AND not_before IS NULL"),
    Old.FOLLOWS: Rule(
        "watches",
        "id",
        f"article_id IS NOT NULL AND created_at < %(follows)s AND {HAS_NEWS}",
        order=("id",),
        kept="EXISTS (SELECT 1 FROM story_articles s JOIN stories t ON t.id = s.story_id"
        " JOIN stories y ON y.id = t.id OR y.chain_id = t.chain_id"
        " WHERE s.article_id = watches.article_id AND y.latest_at >= %(follows)s)",
    ),
    Old.BROADCASTS: Rule(
        "outbox",
        "id",
        "broadcast_id IN"
        " (SELECT id FROM broadcasts WHERE created_at < %(broadcasts)s AND state IN ('done', 'cancelled'))",
    ),
    # Messages about them are deleted with them.
    Old.HAZARDS: Rule("hazards", "id", "updated_at < %(hazards)s", oldest="updated_at", is_news=True),
    Old.HAZARD_MESSAGES: Rule(
        "hazard_messages", "identifier", "read_at < %(hazard_messages)s", oldest="read_at", is_news=True
    ),
    Old.QUESTIONS: Rule("questions", "chat_id, message_id", "asked_at < %(questions)s"),
    Old.EXCHANGES: Rule("answered_messages", "chat_id, message_id", "answered_at < %(exchanges)s"),
    Old.QUERIES: Rule("queries", "id", "asked_at < %(queries)s", is_news=True),
    Old.ANSWERS: Rule("answers", "id", "made_at < %(answers)s"),
    # Stories are numbered by arrival: those before the first recent one are old, unless they still get articles.
    Old.CHAIN_TERMS: Rule(
        "chain_terms",
        "term, story_id",
        "story_id < coalesce((SELECT id FROM stories WHERE added_at >= %(chain_terms)s ORDER BY added_at, id LIMIT 1),"
        " (SELECT next_story FROM story_state)) AND NOT EXISTS"
        " (SELECT 1 FROM stories s WHERE s.id = chain_terms.story_id AND s.latest_at >= %(chain_terms)s)",
        oldest="story_id",
        is_news=True,
    ),
    Old.OWN_ARTICLES: Rule(
        "articles",
        "id",
        "NOT is_public AND updated_at < %(own_articles)s",
        is_news=True,
        order=("updated_at", "id"),
        needed_by=(
            ("saved_articles", "article_id = articles.id"),
            ("answers", "article_id = articles.id AND made_at >= %(answers)s"),
        ),
    ),
    # A story is as old as its newest article. A hidden one stays: its sources may still list it, and it would be stored
    # again as one that is not hidden. A digest that waits needs no articles: its texts are stored.
    Old.NEWS: Rule(
        "stories",
        "id",
        f"added_at < %(news)s AND NOT is_hidden AND {HAS_NEWS}",
        counts="coalesce(sum(article_count), 0)",
        is_news=True,
        order=("added_at", "id"),
        # Hoaxes come back after years.
        kept=f"EXISTS (SELECT 1 FROM claim_terms {OF_STORY} WHERE m.story_id = stories.id)",
        needed_by=(
            (f"saved_articles {OF_STORY}", "m.story_id = stories.id"),
            (f"answers {OF_STORY}", "m.story_id = stories.id AND x.made_at >= %(answers)s"),
            (f"watches {OF_STORY}", "m.story_id = stories.id"),
            (
                f"outbox {OF_STORY}",
                "m.story_id = stories.id AND (x.created_at >= %(alerts)s OR x.not_before IS NOT NULL)",
            ),
            (f"delivered_articles {OF_STORY}", "m.story_id = stories.id AND x.delivered_at >= %(delivered)s"),
        ),
    ),
}
# Nobody can refer to an article from now on, until the transaction has ended. Articles in use are skipped.
LOCK_ARTICLES = """
SELECT id FROM articles WHERE id IN (SELECT article_id FROM story_articles WHERE story_id = ANY(%s::bigint[]))
    FOR UPDATE SKIP LOCKED
"""
# The newest come last, so that a story which loses only a part keeps its place in the order.
MEMBERS = """
SELECT stories.id, m.article_id FROM stories JOIN story_articles m ON m.story_id = stories.id
    WHERE stories.id = ANY(%(ids)s::bigint[]){needs} ORDER BY stories.added_at, stories.id, m.added_at, m.article_id
"""

# Before the first position of each column in an `order`.
EARLIEST = datetime.min.replace(tzinfo=UTC)
FIRST: Mapping[str, datetime | int] = {
    **dict.fromkeys(("added_at", "created_at", "updated_at"), EARLIEST), "id": 0,
}  # fmt: skip


class RetentionRows(SqlStore):
    """Implements `ports.UpkeepStore`, over the news and the chats of every bot that shares them."""

    @property
    def pause_factor(self) -> float:
        return self.database.engine.pause_factor

    async def count_old(self, before: Mapping[Old, datetime]) -> Mapping[Old, int]:
        everywhere = await self.database.everywhere()
        counted = {}
        for kind in before:
            rule = RULES[kind]
            count = rule.count if rule.counted else f"{rule.count}{find_needs(rule, everywhere)}"
            places = everywhere[:1] if rule.is_news else everywhere
            counted[kind] = sum([int(await place.value(count, name_limits(before))) for place in places])
        return counted

    async def forget_old(
        self, kind: Old, before: Mapping[Old, datetime], *, limit: int, after: Position = ()
    ) -> Forgotten:
        everywhere = await self.database.everywhere()
        rule = RULES[kind]
        places = everywhere[:1] if rule.is_news else everywhere
        values = name_limits(before) | {"limit": limit}
        if not rule.order:
            deletion = write_deletion(
                rule, f"{rule.condition}{f' ORDER BY {rule.oldest}' if rule.oldest else ''} LIMIT %(limit)s"
            )
            counts = [await place.run(deletion, values) for place in places]
            return Forgotten(sum(counts), () if max(counts) == limit else None)
        after = after or tuple(FIRST[column] for column in rule.order)
        condition = f"{rule.condition} AND ({', '.join(rule.order)}) > ({bind('after', rule)})"
        page = (
            f"SELECT {', '.join(rule.order)}{{more}} FROM {rule.table} WHERE {condition}"
            f" ORDER BY {', '.join(rule.order)} LIMIT %(limit)s"
        )
        needs = find_needs(rule, everywhere)
        deletion = write_deletion(rule, f"{condition} AND ({', '.join(rule.order)}) <= ({bind('until', rule)}){needs}")

        async def forget_page(db: Session) -> Forgotten:
            named = values | name_position("after", after)
            if kind is Old.NEWS:
                return await forget_stories(db, page.format(more=", article_count"), needs, named, after, limit)
            found = await db.tuples(page.format(more=""), named)
            if not found:
                return Forgotten(0, None)
            count = await db.run(deletion, named | name_position("until", found[-1]))
            return Forgotten(count, found[-1] if len(found) == limit else None)

        steps = [await place.write(forget_page) for place in places]
        # Some places may be ahead: they examine a few rows twice.
        positions = [step.position for step in steps if step.position is not None]
        return Forgotten(sum(step.rows for step in steps), min(positions, default=None))


async def forget_stories(
    db: Session, page: str, needs: str, values: Mapping[str, object], after: Position, limit: int
) -> Forgotten:
    """Delete the stories of a page that fit into the limit and that nobody needs, or a part of the first one."""
    # One process at a time changes stories.
    await read_state(db, "FOR UPDATE")
    found = await db.tuples(page, values)
    if not found:
        return Forgotten(0, None)
    examined = found[: count_fitting([count for *_, count in found], limit)]
    ids = [story_id for _, story_id, _ in examined]
    # In a statement of its own, which is before the one that finds the needs: in PostgreSQL each sees the references
    # that were committed before it.
    unused = {article_id for (article_id,) in await db.tuples(LOCK_ARTICLES, [ids])}
    members = await db.tuples(MEMBERS.format(needs=needs), {**values, "ids": ids})
    stories = {story_id: [article for _, article in rows] for story_id, rows in groupby(members, itemgetter(0))}
    free = {story_id: articles for story_id, articles in stories.items() if unused.issuperset(articles)}
    articles = [article for members in free.values() for article in members]
    await delete_public(db, articles[:limit])
    await refresh_stories(db, list(free))
    if len(articles) > limit:
        return Forgotten(limit, after)
    is_last = len(examined) == len(found) < limit
    return Forgotten(len(articles), None if is_last else examined[-1][:2])


def count_fitting(counts: Sequence[int], most: int) -> int:
    """Return how many of the first counts add up to `most` or less; at least one."""
    return max(1, sum(total <= most for total in accumulate(counts)))


def write_deletion(rule: Rule, condition: str) -> str:
    """Return the statement that deletes the rows of the rule's table for which the condition holds."""
    # SKIP LOCKED: rows that another process is deleting are left to it. MATERIALIZED: a plan that repeated the inner
    # statement would find other rows each time, and delete more than the limit.
    return (
        f"WITH old AS MATERIALIZED (SELECT {rule.key} FROM {rule.table} WHERE {condition} FOR UPDATE SKIP LOCKED)"
        f" DELETE FROM {rule.table} WHERE ({rule.key}) IN (SELECT {rule.key} FROM old)"
    )


def bind(name: str, rule: Rule) -> str:
    """Return the placeholders of a position in the rule's order."""
    return ", ".join(f"%({name}_{number})s" for number in range(len(rule.order)))


def name_position(name: str, position: Position) -> dict[str, str | datetime | int]:
    """Return the values for the placeholders of `bind`."""
    return {f"{name}_{number}": value for number, value in enumerate(position)}


def find_needs(rule: Rule, everywhere: Iterable[Sessions]) -> str:
    """Return the condition, to append to the rule's own, that the row is not kept and no chat of any bot needs it."""
    needs = [
        f"EXISTS (SELECT 1 FROM {database.place}.{table} WHERE {condition})"
        for database in everywhere
        for table, condition in rule.needed_by
    ]
    return "".join(f" AND NOT {need}" for need in (rule.kept, *needs) if need)


def name_limits(before: Mapping[Old, datetime]) -> dict[str, str | datetime | int]:
    """Return the limits by the names that the conditions refer to; news after `current` are of the last day."""
    limits: dict[str, str | datetime | int] = {kind.name.lower(): time for kind, time in before.items()}
    return {**limits, "current": before[Old.FOLLOWS] + FOLLOW_LASTS - timedelta(days=1)}
