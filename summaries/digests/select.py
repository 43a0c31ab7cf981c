"""Select the stories of a digest: those that a chat wants, and of these the most important or the newest ones."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import nlargest, nsmallest
from types import MappingProxyType
from typing import Any

from summaries.digests.importance import (
    AGE_WEIGHT_PER_HOUR,
    REGION_SHARE,
    Leaning,
    Ranking,
    Wording,
    find_owner,
    rank_stories,
)
from summaries.digests.schedule import is_late, skip_quiet_hours
from summaries.model import (
    NO_MARKS,
    SHORT,
    Delivery,
    Digest,
    News,
    NewsItem,
    OwnArticle,
    OwnNews,
    Preferences,
    Report,
    SentDigest,
)
from summaries.stories import FULL_WORDS

DIGEST_LENGTH = SHORT
# The newest stories from which a digest of the newest takes turns over topics, so that no topic fills it.
NEWEST_COMPARED = 60
# The stories whose headlines are compared: several times those of the longest digest and of the day's earlier ones.
MAX_CONTENDERS = 150
# The same for chats with tastes, which may want more of something that one outlet reports.
MAX_CONTENDERS_BY_TASTE = 400
# The same for the stories about a chat's regions.
MAX_REGIONAL = 60
# The length of an article's opening that is compared with those of others.
OPENING_CHARS = 400
# Reports from before this time say little about the importance of a story today.
RECENT = timedelta(hours=24)
# An article may be shown for its story if it has at least this share of the words of the longest, as for `pick_best`.
# A shorter one may represent a story of three or more better: the longest often is a reaction or a profile.
SHOWABLE_SHARE, SHOWABLE_SHARE_OF_MANY, MANY = 0.8, 0.6, 3


# Own feeds list entries hours after their date, and also old ones when they are added.
LISTED_WITHIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Member:
    """One outlet's article of a story. `is_free` is false for an excerpt or an article behind a paywall."""

    article_id: int
    outlet: str | None
    category: str | None
    dated_at: datetime
    words: int = 0
    is_free: bool = True


@dataclass(frozen=True, slots=True)
class Candidate:
    """A story that a digest may contain, with its best article and all its articles, newest first.

    The chat does not want to see the articles `hidden`, although they count as coverage.
    """

    story_id: int
    best_id: int
    members: tuple[Member, ...]
    hidden: frozenset[int] = frozenset()

    @property
    def topic(self) -> str | None:
        """Return the topic of the best article."""
        return next((member.category for member in self.members if member.article_id == self.best_id), None)


def select_stories(
    candidates: Iterable[Candidate],
    preferences: Preferences,
    *,
    including: Collection[int],
    excluding: Collection[int],
) -> tuple[Candidate, ...]:
    """Return the stories that match the preferences; the best article is one of a preferred outlet, if any.

    `including` and `excluding` are the articles that contain words of the preferences.
    """
    outlets = {outlet.casefold() for outlet in preferences.outlets}
    found = []
    for candidate in candidates:
        if preferences.topics and not any(member.category in preferences.topics for member in candidate.members):
            continue
        own = [member.article_id for member in candidate.members if (member.outlet or "").casefold() in outlets]
        if outlets and not own:
            continue
        shown = own[0] if own else candidate.best_id
        if shown in excluding or (preferences.include and shown not in including):
            continue
        wanted = own or [member.article_id for member in candidate.members]
        hidden = frozenset(
            member.article_id
            for member in candidate.members
            if member.article_id not in wanted
            or member.article_id in excluding
            or (preferences.include and member.article_id not in including)
        )
        found.append(replace(candidate, best_id=shown, hidden=hidden))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class RegionIndex:
    """Stories by id, and for each region, by its code, their articles about it."""

    stories: Mapping[int, Candidate]
    articles: Mapping[str, Mapping[int, Set[int]]]


def index_regions(candidates: Iterable[Candidate], regions: Iterable[Sequence[Any]]) -> RegionIndex:
    """Return the index of the candidates; `regions` are codes with the id of an article."""
    stories = {candidate.story_id: candidate for candidate in candidates}
    story_of = {member.article_id: story.story_id for story in stories.values() for member in story.members}
    articles: defaultdict[str, defaultdict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for region, article_id in regions:
        articles[region][story_of[article_id]].add(article_id)
    return RegionIndex(stories, articles)


def select_regional(
    index: RegionIndex, preferences: Preferences, *, including: Collection[int], excluding: Collection[int]
) -> list[tuple[Candidate, str]]:
    """Return the stories about the preferred regions that match the other preferences, too.

    Each comes with the code of the first region that it is about. Only its articles about that are shown, if one of
    them is free. For `including` and `excluding` see `select_stories`.
    """
    region_of: dict[int, str] = {}
    for region in preferences.regions:
        for story_id in index.articles.get(region, ()):
            region_of.setdefault(story_id, region)
    stories: Sequence[Candidate] = [index.stories[story_id] for story_id in region_of]
    if preferences.has_filter:
        stories = select_stories(stories, preferences, including=including, excluding=excluding)
    found = []
    for story in stories:
        region = region_of[story.story_id]
        own = index.articles[region][story.story_id] - story.hidden
        if own:
            found.append((_show_only(story, own), region))
    return found


def _show_only(candidate: Candidate, own: Collection[int]) -> Candidate:
    members = [member for member in candidate.members if member.article_id in own]
    if not any(member.is_free for member in members):
        return candidate
    best = candidate.best_id if candidate.best_id in own else members[0].article_id
    others = {member.article_id for member in candidate.members}.difference(own)
    return replace(candidate, best_id=best, hidden=candidate.hidden | others)


def merge_newest(own: Sequence[Candidate], others: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Return the newest stories of both, each once, the newest first; as many of `own` as a digest may need."""
    merged = {story.story_id: story for story in (*others, *own[:MAX_CONTENDERS])}
    # The order in which `Candidate`s are read.
    newest = sorted(merged.values(), key=lambda story: (story.members[0].dated_at, story.story_id), reverse=True)
    return tuple(newest)


def find_contenders(
    candidates: Iterable[Candidate], since: datetime, now: datetime, count: int = MAX_CONTENDERS
) -> list[Candidate]:
    """Return the candidates that may be among the most important, by their outlets and times alone.

    Headlines only lower the weight of a story, so those of other candidates need not be read.
    """

    def estimate(candidate: Candidate) -> tuple[float, int]:
        recent = list_recent(candidate, since, now)
        hours = (now - max(member.dated_at for member in recent)) / timedelta(hours=1)
        return count_owners(recent) - AGE_WEIGHT_PER_HOUR * hours, candidate.story_id

    return nlargest(count, candidates, key=estimate)


def count_owners(members: Iterable[Member]) -> int:
    """Return the number of publishers of the articles."""
    return len({find_owner(member.outlet) for member in members})


def list_recent(candidate: Candidate, since: datetime, now: datetime) -> tuple[Member, ...]:
    """Return the articles since the chat's last digest, and at least of the last day; all if there are none."""
    start = min(since, now - RECENT)
    return tuple(member for member in candidate.members if member.dated_at >= start) or candidate.members


def rank_candidates(
    contenders: Iterable[Candidate],
    headlines: Mapping[int, tuple[str, str]],
    since: datetime,
    now: datetime,
    wording: Wording | None = None,
) -> Ranking:
    """Return the stories by importance at `now`. `headlines` are the titles and openings of articles by id, `wording`
    is that of a ranking to which the stories are added."""
    return rank_stories(collect_reports(contenders, headlines, since, now), now, wording)


def collect_reports(
    contenders: Iterable[Candidate], headlines: Mapping[int, tuple[str, str]], since: datetime, now: datetime
) -> dict[int, list[Report]]:
    """Return the reports of each story; see `list_reports`."""
    return {candidate.story_id: list(list_reports(candidate, headlines, since, now)) for candidate in contenders}


def list_reports(
    candidate: Candidate, headlines: Mapping[int, tuple[str, str]], since: datetime, now: datetime
) -> Iterator[Report]:
    """Yield the recent articles of the candidate and those that may be shown, with their titles and openings."""
    recent = list_recent(candidate, since, now)
    open_ones = [member for member in recent if member.is_free and member.article_id not in candidate.hidden]
    share = SHOWABLE_SHARE_OF_MANY if len(open_ones) >= MANY else SHOWABLE_SHARE
    enough = share * max((min(member.words, FULL_WORDS) for member in open_ones), default=0)
    showable = {member.article_id for member in open_ones if member.words >= enough} or {candidate.best_id}
    reported = {member.article_id for member in recent} | showable
    for member in candidate.members:
        if member.article_id in reported:
            title, opening = headlines.get(member.article_id, ("", ""))
            yield Report(
                member.article_id,
                title,
                member.outlet,
                member.category,
                member.dated_at,
                opening,
                member.article_id in showable,
            )


def choose_newest(
    candidates: Sequence[Candidate], count: int, regional: Mapping[int, str] = MappingProxyType({})
) -> tuple[tuple[int, int], ...]:
    """Return the newest stories and their best articles, round-robin over topics, ordered by each topic's newest one.

    Fifty football reports in a day leave room for other topics; the stories of a topic stay together. `regional` are
    the codes of the reader's regions by the stories about them: these come first, and are preferred for half of the
    digest.
    """
    own = [candidate for candidate in candidates if candidate.story_id in regional]
    preferred = dict(_take_turns(own, -(-count // REGION_SHARE)))
    others = [candidate for candidate in candidates if candidate.story_id not in preferred]
    chosen = (*preferred.items(), *_take_turns(others, count - len(preferred)))
    # Sorting is stable: within a region and among the others the turns stay.
    return tuple(sorted(chosen, key=lambda one: (one[0] not in regional, regional.get(one[0], ""))))


def _take_turns(candidates: Sequence[Candidate], count: int) -> tuple[tuple[int, int], ...]:
    by_topic: dict[str | None, list[tuple[int, int]]] = {}
    for candidate in candidates[:NEWEST_COMPARED]:
        by_topic.setdefault(candidate.topic, []).append((candidate.story_id, candidate.best_id))
    taken: dict[str | None, int] = dict.fromkeys(by_topic, 0)
    left = min(count, sum(map(len, by_topic.values())))
    while left:
        for topic, stories in by_topic.items():
            if left and taken[topic] < len(stories):
                taken[topic] += 1
                left -= 1
    return tuple(story for topic, stories in by_topic.items() for story in stories[: taken[topic]])


def prefer_by_taste(
    chosen: Sequence[tuple[int, int]],
    candidates: Sequence[Candidate],
    leaning: Leaning,
    regional: Mapping[int, str] = MappingProxyType({}),
) -> tuple[tuple[int, int], ...]:
    """Return the chosen stories with others of `candidates`, newest first, in place of some.

    Stories that the chat wants more of take up to half of the places from stories of no taste, and those that it wants
    less of give way to any others. The story of most publishers stays, and so do those in `regional` unless the chat
    wants less of them.
    """
    scores = leaning.scores
    if not scores:
        return tuple(chosen)
    stories = {candidate.story_id: candidate for candidate in candidates}
    ids = [story_id for story_id, _ in chosen]
    top = max(ids, key=lambda story_id: count_owners(stories[story_id].members), default=None)
    others = [candidate.story_id for candidate in candidates if candidate.story_id not in ids]
    wanted = [story_id for story_id in others if scores.get(story_id, 0) > 0]
    usual = [story_id for story_id in others if not scores.get(story_id, 0)]
    # Not counting those among `chosen`: otherwise one taste more could leave a place fewer for the stories of another.
    left = -(-len(ids) // 2)
    for place, story_id in reversed([*enumerate(ids)]):
        score = scores.get(story_id, 0)
        may_change = score < 0 or (score == 0 and story_id not in regional and left > 0)
        if story_id != top and may_change and (wanted or (usual and score < 0)):
            ids[place] = (wanted or usual).pop(0)
            left -= score == 0
    topics = {stories[story_id].topic: place for place, story_id in reversed([*enumerate(ids)])}
    ids.sort(key=lambda one: (one not in regional, regional.get(one, ""), topics[stories[one].topic]))
    return tuple((story_id, stories[story_id].best_id) for story_id in ids)


def restore_marks(sent: SentDigest, items: Sequence[NewsItem]) -> tuple[NewsItem, ...]:
    """Return the stories of the digest with the marks that they had when it was composed."""
    return tuple(replace(item, marks=sent.marks.get(item.stored.id, NO_MARKS)) for item in items)


def recompose_digest(sent: SentDigest, items: Sequence[NewsItem]) -> Digest:
    """Return the digest with other summaries of its stories."""
    due_at = skip_quiet_hours(sent.due_at, sent.preferences.quiet, sent.zone)
    return Digest(sent.due_at, sent.zone, tuple(items), is_late=is_late(due_at, sent.composed_at))


def compose_digest(delivery: Delivery, news: News, now: datetime) -> Digest:
    """Compose the digest of a delivery from the chat's news."""
    return Digest(
        due_at=delivery.due_at,
        zone=delivery.zone,
        items=news.items,
        more=news.total - len(news.items),
        is_late=is_late(skip_quiet_hours(delivery.due_at, delivery.preferences.quiet, delivery.zone), now),
        language=delivery.language,
        is_channel=delivery.is_channel,
        headline_ids=news.headline_ids,
    )


def choose_own_news(
    since: Mapping[int, datetime],
    feeds: Mapping[int, Sequence[int]],
    articles: Mapping[int, Sequence[tuple[datetime, OwnArticle]]],
    known: Collection[tuple[int, int]],
    lost: Collection[tuple[int, int]],
    *,
    most: int,
) -> dict[int, OwnNews]:
    """Return at most `most` articles of each chat's own `feeds`, by the chat's id, for chats that have new ones.

    `articles` are those of each feed, newest first, each with the time when it was added. Articles are new if they were
    added `since` the chat's last digest, or were in a message that is `lost`, and are not `known`; both are pairs of
    chat and article.
    """

    def is_new(chat_id: int, added_at: datetime, article: OwnArticle) -> bool:
        place, start = (chat_id, article.id), since[chat_id]
        is_fresh = added_at >= start and article.dated_at >= start - LISTED_WITHIN
        return place not in known and (is_fresh or place in lost)

    # Chats with the same articles get the same object, which is rendered once.
    shared: dict[OwnNews, OwnNews] = {}
    chosen = {}
    for chat_id, owned in feeds.items():
        found = [
            article
            for feed_id in owned
            for added_at, article in articles.get(feed_id, ())
            if is_new(chat_id, added_at, article)
        ]
        if found:
            news = OwnNews(take_turns(found, most), len(found))
            chosen[chat_id] = shared.setdefault(news, news)
    return chosen


def take_turns(articles: Iterable[OwnArticle], most: int) -> tuple[OwnArticle, ...]:
    """Return the `most` newest articles, newest first, but as many of each feed as possible, so that no feed crowds out
    another. Those of one feed come newest first."""
    taken: Counter[str] = Counter()
    ranked = []
    for article in articles:
        ranked.append((taken[article.feed], article))
        taken[article.feed] += 1
    chosen = nsmallest(most, ranked, key=lambda one: (one[0], -one[1].dated_at.timestamp()))
    return tuple(sorted((article for _, article in chosen), key=lambda one: (one.dated_at, one.id), reverse=True))


def compose_own_section(delivery: Delivery, own: OwnNews, now: datetime) -> Digest:
    """Compose the section with the articles of the chat's own feeds."""
    return replace(compose_digest(delivery, News((), 0), now), own=own)
