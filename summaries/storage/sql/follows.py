"""Follows: the new articles of followed chains, and the sentences of them that are sent."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from summaries.model import (
    LONG,
    SHORT,
    ChainReport,
    Coverage,
    Development,
    DueFollow,
    FollowDecision,
    Watch,
)
from summaries.storage import values
from summaries.storage.sql.session import Row, Session
from summaries.storage.sql.watches import to_watch

# An update has three sentences: those of the newest articles. A month of updates has fewer sentences than MAX_SENT.
MAX_REPORTS = 40
MAX_SENT = 1_000
# The stories whose summaries are read to find the sentences that a chat knows, those delivered last.
MAX_SHOWN = 100
DAY = timedelta(days=1)

# Stories of a chain; a story that is not linked yet is a chain of its own.
IS_IN_CHAIN = "(t.id = %(story_id)s OR t.chain_id = %(chain_id)s)"
CHAINS = """
SELECT t.id, t.chain_id FROM story_articles s JOIN stories t ON t.id = s.story_id
    WHERE s.article_id = ANY(%s::bigint[]) AND EXISTS (SELECT 1 FROM watches WHERE article_id IS NOT NULL)
"""
MARK = """
UPDATE watches SET due_at = %(now)s WHERE due_at IS NULL AND listens_since IS NOT NULL AND article_id IN (
    SELECT s.article_id FROM stories t JOIN story_articles s ON s.story_id = t.id
    WHERE t.id = ANY(%(stories)s::bigint[]) OR t.chain_id = ANY(%(chains)s::bigint[]))
"""
# One follow a chat: follows of chains that have become one know of each other's updates.
DUE = """
SELECT w.id, w.chat_id, w.thread_id, w.words, w.is_folded, w.article_id, w.due_at, w.listens_since,
        w.created_at, t.id AS story_id, t.chain_id, x.added_at AS looked_until,
        (SELECT max(o.created_at) FROM outbox o WHERE o.watch_id = w.id AND o.spans IS NOT NULL) AS updated_at,
        (SELECT count(DISTINCT o.created_at) FROM outbox o
            WHERE o.watch_id = w.id AND o.spans IS NOT NULL AND o.created_at > %(day_ago)s) AS recent
    FROM watches w JOIN story_articles s ON s.article_id = w.article_id JOIN stories t ON t.id = s.story_id
    JOIN watch_state x ON x.id = 1
    WHERE w.id IN (SELECT min(id) FROM watches WHERE due_at <= %(now)s AND listens_since IS NOT NULL GROUP BY chat_id)
    AND w.due_at <= %(now)s ORDER BY w.due_at, w.id LIMIT %(limit)s
"""
# An article whose sentences were sent, or that came with a digest, is not considered again.
REPORTS = f"""
SELECT a.id, a.title, a.outlet, a.url, a.category, a.published_at, s.added_at, s.story_id, a.text, m.spans, m.length,
        m.method, m.language
    FROM stories t JOIN story_articles s ON s.story_id = t.id JOIN articles a ON a.id = s.article_id
    JOIN summaries m ON m.article_id = a.id AND m.length = %(length)s
    WHERE {IS_IN_CHAIN} AND NOT t.is_hidden AND t.latest_at >= %(oldest)s AND s.dated_at >= %(oldest)s
    AND s.added_at > %(listens_since)s AND s.added_at <= %(looked_until)s AND a.fact_check IS NULL AND NOT EXISTS (
        SELECT 1 FROM outbox o WHERE o.chat_id = %(chat_id)s AND o.article_id = a.id
        AND (o.spans IS NOT NULL OR o.watch_id = %(id)s))
    ORDER BY s.added_at DESC, s.article_id DESC LIMIT %(limit)s
"""
# Sentences that were sent to the chat, that are to be sent, or that may have arrived.
SENT = f"""
SELECT s.story_id, o.spans FROM outbox o JOIN story_articles s ON s.article_id = o.article_id
    JOIN stories t ON t.id = s.story_id WHERE o.chat_id = %(chat_id)s AND o.spans IS NOT NULL
    AND o.state NOT IN ('failed', 'folded') AND (o.watch_id = %(id)s OR {IS_IN_CHAIN})
    ORDER BY o.id DESC LIMIT {MAX_SENT}
"""
# The articles of the chain's stories that the chat was shown; of one in an update only its sentences.
DELIVERED = f"""
SELECT s.article_id, s.story_id, EXISTS (SELECT 1 FROM outbox o WHERE o.chat_id = d.chat_id
        AND o.sent_at = d.delivered_at AND o.article_id IS NOT NULL AND o.spans IS NOT NULL) AS is_update
    FROM stories t JOIN story_articles s ON s.story_id = t.id JOIN delivered_articles d ON d.article_id = s.article_id
    WHERE {IS_IN_CHAIN} AND d.chat_id = %(chat_id)s ORDER BY d.delivered_at DESC, s.story_id, s.article_id
"""
# Of the article at which the chat began, the reader may have opened any summary.
SHOWN = """
SELECT a.title, a.text, m.length, m.method, m.language, m.spans FROM articles a
    LEFT JOIN summaries m ON m.article_id = a.id
    AND (m.length = ANY(%(lengths)s::text[]) OR a.id = %(first)s)
    WHERE a.id = ANY(%(shown)s::bigint[])
"""
# The digests that showed the articles may have added sentences of second outlets.
MARKS = """
SELECT DISTINCT b.marks FROM outbox o JOIN bodies b ON b.id = o.body_id
    JOIN delivered_articles d ON d.chat_id = o.chat_id AND d.delivered_at = o.sent_at
    WHERE o.chat_id = %s AND b.marks IS NOT NULL AND d.article_id = ANY(%s::bigint[])
"""
CONSIDERED = """
UPDATE watches SET listens_since = %(seen_until)s, due_at = %(due_at)s
    WHERE id = %(id)s AND due_at = %(was_due_at)s AND listens_since = %(seen_at)s AND is_folded = %(is_folded)s
"""
HAS_LOOKED_FURTHER = "SELECT 1 FROM watch_state WHERE added_at > %s"
SAVE = """
INSERT INTO outbox (kind, chat_id, watch_id, article_id, spans, state, not_before, created_at)
    VALUES ('alert', %(chat_id)s, %(watch_id)s, %(article_id)s, %(spans)s, 'pending', %(not_before)s, %(now)s)
"""
# While an update waited, the chat got another message about its chain, or a story was hidden: the articles are
# considered again.
OVERTAKEN = """
SELECT o.id, o.watch_id, s.added_at FROM outbox o JOIN story_articles s ON s.article_id = o.article_id
    JOIN stories t ON t.id = s.story_id
    WHERE o.kind = 'alert' AND o.position = 0 AND o.not_before <= %s AND o.spans IS NOT NULL AND o.state = 'pending'
    AND o.possible_copies = 0 AND (t.is_hidden OR EXISTS (
        SELECT 1 FROM delivered_articles d JOIN story_articles x ON x.article_id = d.article_id
        JOIN stories y ON y.id = x.story_id WHERE d.chat_id = o.chat_id AND d.delivered_at >= o.created_at
        AND (y.id = t.id OR y.chain_id = t.chain_id)))
    FOR UPDATE OF o SKIP LOCKED
"""
CONSIDER_AGAIN = """
UPDATE watches SET due_at = %(now)s,
    listens_since = CASE WHEN listens_since > %(seen_at)s THEN %(seen_at)s ELSE listens_since END
    WHERE id = %(id)s AND listens_since IS NOT NULL
"""
DEVELOPMENTS = """
SELECT a.id, a.title, a.outlet, a.url, a.category, a.published_at, a.added_at, o.spans, o.created_at
    FROM outbox o JOIN articles a ON a.id = o.article_id WHERE o.id = ANY(%s::bigint[]) ORDER BY o.id
"""
# The chat's last message about the chain before a time.
SINCE = f"""
SELECT max(d.delivered_at) AS moment FROM stories t JOIN story_articles s ON s.story_id = t.id
    JOIN delivered_articles d ON d.article_id = s.article_id
    WHERE {IS_IN_CHAIN} AND d.chat_id = %(chat_id)s AND d.delivered_at < %(before)s
UNION ALL SELECT max(sent_at) FROM outbox WHERE watch_id = %(id)s AND sent_at < %(before)s
UNION ALL SELECT created_at FROM watches WHERE id = %(id)s
"""
CHAIN_OF = """
SELECT t.id AS story_id, t.chain_id FROM story_articles s JOIN stories t ON t.id = s.story_id WHERE s.article_id = %s
"""


async def mark_due(db: Session, article_ids: Sequence[int], *, now: datetime) -> int:
    """Mark the follows of the articles' chains, so that the chains are considered; return how many."""
    chains = await db.tuples(CHAINS, [list(article_ids)])
    if not chains:
        return 0
    stories, linked = {story for story, _ in chains}, {chain for _, chain in chains if chain is not None}
    return await db.run(MARK, {"now": now, "stories": sorted(stories), "chains": sorted(linked)})


async def read_due(db: Session, *, now: datetime, oldest: datetime, limit: int) -> list[DueFollow]:
    """Return due follows; see `ports.AlertStore.due_follows`."""
    wanted = {"now": now, "day_ago": now - DAY, "limit": limit}
    return [await read_follow(db, row, oldest) for row in await db.rows(DUE, wanted)]


async def read_follow(db: Session, row: Row, oldest: datetime) -> DueFollow:
    """Return the follow of a row of `DUE` with its new reports and the texts that its chat knows."""
    wanted = row | {"oldest": oldest, "length": LONG.code, "limit": MAX_REPORTS}
    reports = tuple(map(to_report, await db.rows(REPORTS, wanted)))
    found = await db.row("SELECT * FROM subscriptions WHERE chat_id = %s", [row["chat_id"]])
    subscription = values.to_subscription(found) if found else None
    lengths = {SHORT.code, *([subscription.preferences.length.code] if subscription else [])}
    is_to_be_compared = reports and not row["is_folded"]
    texts, stories = await read_known(db, row, lengths) if is_to_be_compared else ((), frozenset())
    seen_at = values.to_moment(row["listens_since"])
    return DueFollow(
        watch=to_watch(row),
        due_at=values.to_moment(row["due_at"]),
        seen_at=seen_at,
        looked_until=max(seen_at, values.to_moment(row["looked_until"])),
        followed_at=values.to_moment(row["created_at"]),
        updated_at=values.to_optional_moment(row["updated_at"]),
        recent=row["recent"],
        reports=reports,
        known=texts,
        known_stories=stories,
        zone=subscription.zone if subscription else None,
        quiet=subscription.preferences.quiet if subscription else None,
    )


async def read_known(db: Session, row: Row, lengths: Collection[str]) -> tuple[tuple[str, ...], frozenset[int]]:
    """Return the texts of the chain of a row of `DUE` that its chat knows, and the stories.

    `lengths` are those of the summaries in its digests and alerts.
    """
    sent, delivered = await db.rows(SENT, row), await db.rows(DELIVERED, row)
    shown = [row["article_id"], *[found["article_id"] for found in delivered if not found["is_update"]][:MAX_SHOWN]]
    wanted = {"shown": shown, "first": row["article_id"], "lengths": sorted(lengths)}
    read = await db.rows(SHOWN, wanted)
    texts = [sentence.text for found in sent for sentence in values.to_sentences(found["spans"])]
    texts += await read_added(db, row["chat_id"], shown)
    summaries = [values.to_summary(values.to_text(found["text"]), found).text for found in read if found["spans"]]
    texts += dict.fromkeys((*(found["title"] for found in read), *summaries))
    return tuple(texts), frozenset(found["story_id"] for found in (*sent, *delivered, row))


async def read_added(db: Session, chat_id: int, shown: Collection[int]) -> list[str]:
    """Return the sentences of second outlets that the chat's digests had below the `shown` articles."""
    return [
        mark.addition.sentence.text
        for (stored,) in await db.tuples(MARKS, [chat_id, sorted(shown)])
        for article_id, mark in values.read_marks(stored)
        if mark.addition and article_id in shown
    ]


async def put_considered(db: Session, decided: FollowDecision, now: datetime) -> bool:
    """Record that the follow was considered; return False if it was changed or considered by others meanwhile."""
    follow, due_at = decided.follow, decided.due_at
    if due_at is None and await db.row(HAS_LOOKED_FURTHER, [follow.looked_until]):
        # Articles that were added meanwhile could not mark the follow, because it was marked.
        due_at = now
    changes = {"seen_until": decided.seen_until, "due_at": due_at}
    known = {"was_due_at": follow.due_at, "seen_at": follow.seen_at, "is_folded": follow.watch.is_folded}
    return await db.run(CONSIDERED, {"id": follow.watch.id, **changes, **known}) > 0


async def put_developments(db: Session, decided: FollowDecision, not_before: datetime, now: datetime) -> int:
    """Store the developments as messages that are sent from `not_before` on; return how many."""
    watch = decided.follow.watch
    row = {"chat_id": watch.chat.chat_id, "watch_id": watch.id, "not_before": not_before, "now": now}
    for one in decided.developments:
        spans = json.dumps([[found.start, found.end, found.text] for found in one.sentences], ensure_ascii=False)
        await db.run(SAVE, {**row, "article_id": one.coverage.article_id, "spans": spans})
    return len(decided.developments)


async def consider_overtaken(db: Session, now: datetime) -> None:
    """Take back updates that wait while the chat got another message about their chain, or a story was hidden."""
    found = await db.rows(OVERTAKEN, [now])
    if found:
        await db.run("DELETE FROM outbox WHERE id = ANY(%s::bigint[])", [[row["id"] for row in found]])
    for row in found:
        seen_at = values.to_moment(row["added_at"]) - timedelta.resolution
        await db.run(CONSIDER_AGAIN, {"id": row["watch_id"], "now": now, "seen_at": seen_at})


async def read_developments(
    db: Session, watch: Watch, ids: Sequence[int]
) -> tuple[tuple[Development, ...], datetime | None]:
    """Return the developments of these messages, and the time of the chat's last message about the chain before."""
    found = await db.rows(DEVELOPMENTS, [list(ids)])
    chain = await db.row(CHAIN_OF, [watch.article_id]) or {}
    before = min(row["created_at"] for row in found)
    wanted = chain | {"id": watch.id, "chat_id": watch.chat.chat_id, "before": before}
    times = [values.to_moment(row["moment"]) for row in await db.rows(SINCE, wanted) if row["moment"]]
    developments = tuple(Development(to_coverage(row), values.to_sentences(row["spans"])) for row in found)
    return developments, max(times, default=None)


def to_coverage(row: Row) -> Coverage:
    return values.build(
        Coverage, row, article_id=row["id"], published_at=values.optional_published(row["published_at"])
    )


def to_report(row: Row) -> ChainReport:
    return ChainReport(to_coverage(row), row["story_id"], values.to_summary(values.to_text(row["text"]), row).sentences)
