"""The news of the next digests: stories that a chat wants and that were not delivered to it.

Chats with the same preferences and gaps share the rows that are read; the decisions are those of `digests.select`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby, islice
from typing import Any

from summaries.digests.importance import NEUTRAL, Ranking, Story, choose_mix, make_ranking, merge_ranking
from summaries.digests.select import (
    MAX_CONTENDERS,
    MAX_CONTENDERS_BY_TASTE,
    MAX_REGIONAL,
    OPENING_CHARS,
    Candidate,
    Member,
    RegionIndex,
    choose_newest,
    collect_reports,
    find_contenders,
    index_regions,
    merge_newest,
    prefer_by_taste,
    rank_candidates,
    select_regional,
    select_stories,
)
from summaries.digests.tastes import TasteIndex
from summaries.model import DigestOrder, Length, News, NewsItem, NewsRequest, OwnNews, Preferences, RegionRule
from summaries.storage.search_rules import Shown
from summaries.storage.sql.news import read_items
from summaries.storage.sql.own_feeds import choose_own
from summaries.storage.sql.search import find_phrases
from summaries.storage.sql.session import Session, Sessions, SqlStore, rows_with, to_json
from summaries.storage.values import to_moment, to_text

# Stories with a new article, and older ones in messages that did not, or not surely, reach the chat.
ALL = """
WITH fresh (id) AS
    (SELECT id FROM stories WHERE added_at >= %s UNION SELECT id FROM stories WHERE id = ANY(%s::bigint[]))
SELECT t.id, t.article_id AS best_id, s.article_id, s.outlet, s.category, s.dated_at, s.words, s.is_free
    FROM fresh JOIN stories t ON t.id = fresh.id AND NOT t.is_hidden JOIN story_articles s ON s.story_id = t.id
    ORDER BY t.latest_at DESC, t.id DESC, s.dated_at DESC, s.article_id DESC
"""
HEADLINES = "SELECT id, title, text FROM articles WHERE id = ANY(%s::bigint[])"
REGIONS = "SELECT region, article_id FROM region_articles WHERE article_id = ANY(%s::bigint[])"
UNDELIVERED = """
SELECT d.chat_id, d.finished_at, s.story_id FROM deliveries d JOIN outbox p ON p.delivery_id = d.id
    JOIN bodies b ON b.id = p.body_id JOIN story_articles s ON s.article_id = ANY (b.article_ids)
    WHERE d.has_undelivered AND d.chat_id = ANY(%s::bigint[]) AND p.state <> 'sent'
"""
# Delivered to the chat, or in messages that are still to be sent.
DELIVERED = """
SELECT t.chat_id, s.story_id FROM delivered_articles t JOIN story_articles s ON s.article_id = t.article_id
    WHERE t.chat_id = ANY(%(chats)s::bigint[]) AND t.article_id >= %(first)s
UNION
SELECT d.chat_id, s.story_id FROM deliveries d JOIN outbox p ON p.delivery_id = d.id
    JOIN bodies b ON b.id = p.body_id JOIN story_articles s ON s.article_id = ANY (b.article_ids)
    WHERE d.finished_at IS NULL AND p.state <> 'failed' AND d.chat_id = ANY(%(chats)s::bigint[])
"""
# Found by a watch of the chat that wants its alerts in the digest, or in alerts that nobody knows to have arrived.
FOLDED = """
SELECT a.chat_id, coalesce(a.sent_at, a.created_at), t.id, t.article_id, w.article_id FROM outbox a
    LEFT JOIN watches w ON w.id = a.watch_id
    JOIN story_articles s ON s.article_id = a.article_id JOIN stories t ON t.id = s.story_id
    WHERE (a.state = 'folded' OR (a.state = 'uncertain' AND a.not_before IS NULL)) AND a.article_id IS NOT NULL
    AND a.chat_id = ANY(%s::bigint[]) AND NOT t.is_hidden AND NOT EXISTS (
        SELECT 1 FROM delivered_articles d JOIN story_articles o ON o.article_id = d.article_id
        WHERE d.chat_id = a.chat_id AND o.story_id = t.id)
    ORDER BY t.latest_at DESC, t.id DESC
"""
# For each story the articles of the newest other stories of its chain that any chat was shown.
EARLIER = """
SELECT c.id, m.article_id FROM
    (SELECT t.id, e.id AS other, row_number() OVER (PARTITION BY t.id ORDER BY e.latest_at DESC, e.id DESC) AS place
    FROM stories t JOIN stories e ON e.chain_id = t.chain_id AND e.id <> t.id WHERE t.id = ANY(%s::bigint[])) c
    JOIN story_articles m ON m.story_id = c.other
    WHERE c.place <= %s AND EXISTS (SELECT 1 FROM delivered_articles d WHERE d.article_id = m.article_id)
    ORDER BY c.id, c.place
"""
RECEIVED = f"""
SELECT DISTINCT mark.chat_id, mark.story_id
    FROM {rows_with(chat_id="bigint", story_id="bigint", article_id="bigint")}
    JOIN delivered_articles d ON d.chat_id = mark.chat_id AND d.article_id = mark.article_id
"""
FOLLOWED = """
SELECT w.chat_id, t.id FROM watches w JOIN story_articles s ON s.article_id = w.article_id
    JOIN stories f ON f.id = s.story_id JOIN stories t ON t.chain_id = f.chain_id AND t.id <> f.id
    WHERE w.article_id IS NOT NULL AND w.chat_id = ANY(%s::bigint[]) AND t.id = ANY(%s::bigint[])
"""
# A chat that follows the news was sent one of the newest stories of an affair; each one that was not costs a lookup.
MAX_EARLIER = 6

# Rows by the chat in their first column.
ByChat = defaultdict[int, list[Sequence[Any]]]
# Preferences whose stories are kept for further requests. Most chats share a few; chats with words of their own differ,
# and keeping the stories of all would fill the memory. Those with regions share most of them.
MAX_KEPT, MAX_REGIONAL_KEPT = 300, 2_000
# Choices that are kept. Which stories are developments differs between chats with the same preferences.
MAX_NEWS = 4_500
# Stories of these choices that are kept, with the texts of their articles.
MAX_ITEMS = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """The stories that match equal preferences: those among which a digest chooses, and the ids of all.

    `key` identifies the preferences. `ranking` has the stories of a digest of the most important ones. `first` is the
    id of the oldest article. `regional` are the codes of the chat's regions by the stories about them, and `ranked` has
    such stories of all chats whose other preferences are equal, by id and code. `tastes` finds
    the stories to which tastes apply, for chats that have any.
    """

    key: tuple[object, ...]
    contenders: tuple[Candidate, ...]
    ranking: Ranking | None
    stories: frozenset[int]
    first: int
    regional: Mapping[int, str] = field(default_factory=dict)
    ranked: dict[tuple[int, str], Story] = field(default_factory=dict)
    tastes: TasteIndex | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The stories of a digest, each with its article, the number of all new ones, and the length of the summaries.

    `headlines` are the articles, the most important first, `developments` the stories that are developments for a chat,
    `regional` those about its regions, with their codes.
    """

    shown: tuple[Shown, ...]
    total: int
    length: Length
    headlines: tuple[int, ...]
    developments: frozenset[int] = frozenset()
    regional: frozenset[tuple[int, str]] = frozenset()


class DigestNews(SqlStore):
    """Implements `ports.DigestNews`: keeps the candidates of one run and its choices, which many chats share."""

    def __init__(self, database: Sessions) -> None:
        super().__init__(database)
        self._candidates: dict[tuple[datetime, frozenset[int]], tuple[Candidate, ...]] = {}
        self._indexes: dict[tuple[datetime, frozenset[int]], RegionIndex] = {}
        self._phrases: dict[tuple[tuple[str, ...], int], Collection[int]] = {}
        self._headlines: dict[int, tuple[str, str]] = {}
        self._wanted: dict[tuple[object, ...], Wanted] = {}
        self._regional: dict[tuple[object, ...], Wanted] = {}
        self._plans: dict[tuple[object, ...], Plan] = {}
        self._news: dict[Plan, News] = {}
        self._items: dict[tuple[int, Length], NewsItem] = {}
        self._marked: dict[tuple[int, Length, bool, str | None], NewsItem] = {}
        self._earlier: dict[int, tuple[int, ...]] = {}

    async def choose(self, requests: Sequence[NewsRequest]) -> tuple[News, ...]:
        if len(self._wanted) > MAX_KEPT:
            self._wanted.clear()
            self._phrases.clear()
        if len(self._regional) > MAX_REGIONAL_KEPT:
            self._regional.clear()
        drop_oldest(self._plans, MAX_NEWS)
        drop_oldest(self._news, MAX_NEWS)
        drop_oldest(self._items, MAX_ITEMS)
        drop_oldest(self._marked, MAX_ITEMS)
        return await self.database.read(lambda db: self._choose(db, requests))

    async def choose_own(self, requests: Sequence[NewsRequest], *, most: int) -> Mapping[int, OwnNews]:
        return await self.database.read(lambda db: choose_own(db, requests, most))

    async def _choose(self, db: Session, requests: Sequence[NewsRequest]) -> tuple[News, ...]:
        chats = [request.chat_id for request in requests]
        undelivered = group_by_chat(await db.tuples(UNDELIVERED, [chats]))
        wanted = [await self._find_wanted(db, request, undelivered[request.chat_id]) for request in requests]
        first = min((found.first for found in wanted), default=0)
        delivered = group_by_chat(await db.tuples(DELIVERED, {"chats": chats, "first": first}))
        folded = group_by_chat(await db.tuples(FOLDED, [chats]))
        plans = await db.compute(self._plan_all, requests, wanted, delivered, folded)
        plans = await self._mark_developments(db, chats, plans, folded)
        # By identity first: comparing plans takes longer, and most chats share the same object.
        distinct = {id(plan): plan for plan in plans}
        await self._read_news(db, list(dict.fromkeys(plan for plan in distinct.values() if plan not in self._news)))
        found: dict[int, News] = {}
        for key, plan in distinct.items():
            # The oldest is the one that was not chosen for longest.
            self._news[plan] = found[key] = self._news.pop(plan)
        return tuple(found[id(plan)] for plan in plans)

    async def _find_wanted(self, db: Session, request: NewsRequest, undelivered: Iterable[Sequence[Any]]) -> Wanted:
        """Return the stories for the request, reading once for requests that are equal."""
        since, wants = request.since, request.preferences
        lost = frozenset(story for _, at, story in undelivered if to_moment(at) >= since)
        is_ranked, has_tastes = wants.order is DigestOrder.IMPORTANT, bool(wants.tastes)
        filters = (wants.topics, wants.outlets, wants.include, wants.exclude)
        key = (since, lost, *filters, request.due_at, is_ranked, has_tastes)
        own_key = (*key, wants.regions, wants.region_rule)
        if key not in self._wanted or (wants.regions and own_key not in self._regional):
            if (since, lost) not in self._candidates:
                rows = await db.tuples(ALL, [since, sorted(lost)])
                self._candidates[since, lost] = await db.compute(to_candidates, rows)
            candidates = self._candidates[since, lost]
            if key not in self._wanted:
                self._wanted[key] = await self._select(db, candidates, request, key)
            if wants.regions:
                if (since, lost) not in self._indexes:
                    articles = [member.article_id for story in candidates for member in story.members]
                    regions = await db.tuples(REGIONS, [articles])
                    self._indexes[since, lost] = await db.compute(index_regions, candidates, regions)
                own = await self._prefer_regions(db, self._indexes[since, lost], request, self._wanted[key])
                self._regional[own_key] = replace(own, key=own_key)
        return self._regional[own_key] if wants.regions else self._wanted[key]

    async def _find_phrases(self, db: Session, wants: Preferences, first: int) -> dict[str, Collection[int]]:
        """Return the articles from `first` on that contain words of the preferences."""
        for words in (wants.include, wants.exclude):
            if (words, first) not in self._phrases:
                self._phrases[words, first] = await find_phrases(db, words, first)
        return {"including": self._phrases[wants.include, first], "excluding": self._phrases[wants.exclude, first]}

    async def _select(
        self, db: Session, candidates: Sequence[Candidate], request: NewsRequest, key: tuple[object, ...]
    ) -> Wanted:
        """Return the candidates that match the preferences apart from regions, and rank the most important ones; see
        `digests.select`."""
        # Words are searched from the oldest article on; a story may grow for days.
        first = min((member.article_id for story in candidates for member in story.members), default=0)
        wants = request.preferences
        if wants.has_filter:
            candidates = await db.compute(
                select_stories, candidates, wants, **await self._find_phrases(db, wants, first)
            )
        stories = frozenset(candidate.story_id for candidate in candidates)
        since, now = request.since, request.due_at
        is_ranked, has_tastes = wants.order is DigestOrder.IMPORTANT, bool(wants.tastes)
        count = MAX_CONTENDERS_BY_TASTE if is_ranked and has_tastes else MAX_CONTENDERS
        if is_ranked:
            contenders = await db.compute(find_contenders, candidates, since, now, count)
        else:
            contenders = list(candidates[:count])
        if not is_ranked and not has_tastes:
            return Wanted(key, tuple(contenders), None, stories, first)
        await self._read_headlines(db, contenders)
        ranking = await db.compute(rank_candidates, contenders, self._headlines, since, now) if is_ranked else None
        reports = collect_reports(contenders, self._headlines, since, now) if has_tastes else {}
        tastes = await db.compute(TasteIndex, reports) if has_tastes else None
        return Wanted(key, () if is_ranked else tuple(contenders), ranking, stories, first, tastes=tastes)

    async def _read_headlines(self, db: Session, contenders: Iterable[Candidate]) -> None:
        unread = {member.article_id for story in contenders for member in story.members} - self._headlines.keys()
        found = await db.tuples(HEADLINES, [sorted(unread)]) if unread else []
        self._headlines |= await db.compute(read_openings, found)

    async def _prefer_regions(self, db: Session, index: RegionIndex, request: NewsRequest, wanted: Wanted) -> Wanted:
        """Return the wanted stories with those about the chat's regions, or only these.

        Only these are ranked again: very many chats share the others.
        """
        since, now, wants = request.since, request.due_at, request.preferences
        phrases = await self._find_phrases(db, wants, wanted.first)
        found = await db.compute(select_regional, index, wants, **phrases)
        is_only = wants.region_rule is RegionRule.ONLY
        stories = frozenset(story.story_id for story, _ in found) if is_only else wanted.stories
        contenders = find_contenders([story for story, _ in found], since, now, MAX_REGIONAL)
        regions = {story.story_id: region for story, region in found}
        regional = {story.story_id: regions[story.story_id] for story in contenders}
        if wanted.tastes:
            await self._read_headlines(db, contenders)
            reports = collect_reports(contenders, self._headlines, since, now)
            wanted = replace(wanted, tastes=await db.compute(wanted.tastes.extend, reports))
        if wanted.ranking is None:
            newest = merge_newest(contenders, () if is_only else wanted.contenders)
            return replace(wanted, contenders=newest, stories=stories, regional=regional)
        wording = wanted.ranking.wording
        if new := [story for story in contenders if (story.story_id, regional[story.story_id]) not in wanted.ranked]:
            await self._read_headlines(db, new)
            ranked = await db.compute(rank_candidates, new, self._headlines, since, now, wording)
            wanted.ranked.update(((story.id, regional[story.id]), story) for story in ranked.stories)
        others = make_ranking((), wording) if is_only else wanted.ranking
        ranking = merge_ranking(others, [wanted.ranked[pair] for pair in regional.items()])
        return replace(wanted, ranking=ranking, stories=stories, regional=regional)

    def _plan_all(
        self, requests: Sequence[NewsRequest], wanted: Sequence[Wanted], delivered: ByChat, folded: ByChat
    ) -> list[Plan]:
        return [
            self._plan(request, found, {story for _, story in delivered[request.chat_id]}, folded[request.chat_id])
            for request, found in zip(requests, wanted, strict=True)
        ]

    def _plan(self, request: NewsRequest, wanted: Wanted, known: set[int], folded: Iterable[Sequence[Any]]) -> Plan:
        """Return the plan of a request; plans of the same news are equal."""
        wants = request.preferences
        hidden = wanted.stories & known
        # Folded alerts come first, regardless of the chat's preferences.
        alerts = {story: article for _, at, story, article, _ in folded if to_moment(at) >= request.since}
        first = [(story, article) for story, article in alerts.items() if story not in known]
        key = (wanted.key, wants.length, wants.count, wants.topics, wants.tastes, hidden, *first)
        if key not in self._plans:
            passed = hidden | {story for story, _ in first}
            left = max(0, wants.count - len(first))
            leaning = wanted.tastes.weigh(wants.tastes) if wanted.tastes else NEUTRAL
            if wanted.ranking is None:
                newest = [found for found in wanted.contenders if found.story_id not in passed]
                chosen = choose_newest(newest, left, wanted.regional)
                chosen = prefer_by_taste(chosen, newest, leaning, wanted.regional)
            else:
                chosen = choose_mix(wanted.ranking, left, wants.topics, passed, wanted.regional, leaning)
            total = len(first) + len(wanted.stories - passed)
            shown = (*first, *chosen)[: wants.count]
            regional = {story: wanted.regional[story] for story, _ in shown if story in wanted.regional}
            headlines = order_headlines(shown, first, wanted.ranking, regional)
            self._plans[key] = Plan(shown, total, wants.length, headlines, regional=frozenset(regional.items()))
        return self._plans[key]

    async def _mark_developments(
        self, db: Session, chats: Sequence[int], plans: Sequence[Plan], folded: ByChat
    ) -> list[Plan]:
        """Return the plans with the stories of affairs that the chats follow, or of which they received a story."""
        # Equal plans are the same object here.
        shown = {id(plan): [story for story, _ in plan.shown] for plan in plans}
        await self._read_earlier(db, {story for stories in shown.values() for story in stories} - self._earlier.keys())
        linked = {key: [story for story in stories if self._earlier[story]] for key, stories in shown.items()}
        known = {(chat_id, row[2]) for chat_id, rows in folded.items() for row in rows if row[4] is not None}
        if stories := {story for found in linked.values() for story in found}:
            pairs = [
                (chat_id, story, article_id)
                for chat_id, plan in zip(chats, plans, strict=True)
                for story in linked[id(plan)]
                for article_id in self._earlier[story]
            ]
            known.update(await db.tuples(RECEIVED, {"rows": to_json(pairs)}))
            known.update(await db.tuples(FOLLOWED, [list(chats), sorted(stories)]))
        if not known:
            return list(plans)
        marked = []
        for chat_id, plan in zip(chats, plans, strict=True):
            developments = frozenset(story for story in shown[id(plan)] if (chat_id, story) in known)
            marked.append(replace(plan, developments=developments) if developments else plan)
        return marked

    async def _read_earlier(self, db: Session, unread: Collection[int]) -> None:
        """Read the articles of the other stories in the chains of the stories that chats were shown."""
        found: dict[int, list[int]] = {story: [] for story in unread}
        for story, article_id in await db.tuples(EARLIER, [sorted(unread), MAX_EARLIER]) if unread else ():
            found[story].append(article_id)
        self._earlier |= {story: tuple(articles) for story, articles in found.items()}

    async def _read_news(self, db: Session, plans: Sequence[Plan]) -> None:
        """Read the items of the plans, each once. Plans share an item, so that it is rendered once."""
        for length in {plan.length for plan in plans}:
            own = [plan for plan in plans if plan.length == length]
            unread = dict.fromkeys(pair for plan in own for pair in plan.shown if (pair[1], length) not in self._items)
            for item in await read_items(db, list(unread), length):
                self._items[item.stored.id, length] = item
            for plan in own:
                regional = dict(plan.regional)
                items = (
                    self._find_item(article_id, length, story in plan.developments, regional.get(story))
                    for story, article_id in plan.shown
                )
                self._news[plan] = News(tuple(item for item in items if item), plan.total, plan.headlines)

    def _find_item(self, article_id: int, length: Length, is_development: bool, region: str | None) -> NewsItem | None:
        """Return the item of the article with these marks; None if it has no summary."""
        item = self._items.get((article_id, length))
        if item is None or (not is_development and region is None):
            return item
        key = article_id, length, is_development, region
        if key not in self._marked:
            marks = replace(item.marks, is_development=is_development, region=region)
            self._marked[key] = replace(item, marks=marks)
        return self._marked[key]


def read_openings(rows: Sequence[Sequence[Any]]) -> dict[int, tuple[str, str]]:
    """Return titles and starts of texts by article, from rows of `HEADLINES`."""
    return {article_id: (title, to_text(text)[:OPENING_CHARS]) for article_id, title, text in rows}


def drop_oldest(kept: dict[Any, Any], most: int) -> None:
    """Remove the keys that were added first, until there are `most`."""
    for key in list(islice(kept, max(0, len(kept) - most))):
        del kept[key]


def order_headlines(
    shown: Sequence[Shown], first: Sequence[Shown], ranking: Ranking | None, regional: Collection[int] = ()
) -> tuple[int, ...]:
    """Return the articles of the stories `shown`: those of `first`, the most important one of the others, then those in
    `regional` before the rest, each the most important first."""
    if ranking is None:
        return tuple(article_id for _, article_id in shown)
    articles, alerts = dict(shown), dict(first)
    ranked = sorted(articles.keys() - alerts.keys(), key=ranking.places.__getitem__)
    ranked[1:] = sorted(ranked[1:], key=lambda story_id: story_id not in regional)
    return tuple(articles[story_id] for story_id in (*alerts, *ranked) if story_id in articles)


def group_by_chat(rows: Iterable[Sequence[Any]]) -> ByChat:
    found: ByChat = defaultdict(list)
    for row in rows:
        found[row[0]].append(row)
    return found


def to_candidates(rows: Iterable[Sequence[Any]]) -> tuple[Candidate, ...]:
    """Return candidates from rows of `ALL`, grouped by story."""
    return tuple(
        Candidate(
            story_id,
            best_id,
            tuple(
                Member(article_id, outlet, category, to_moment(dated_at), words, bool(is_free))
                for _, _, article_id, outlet, category, dated_at, words, is_free in members
            ),
        )
        for (story_id, best_id), members in groupby(rows, key=lambda row: (row[0], row[1]))
    )
