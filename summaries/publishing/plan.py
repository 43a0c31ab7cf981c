"""The files of the site, and fingerprints of all that their contents depend on."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from heapq import nlargest
from importlib.resources import files
from importlib.resources.abc import Traversable

from summaries.digests.importance import AGE_WEIGHT_PER_HOUR
from summaries.digests.schedule import load_zone
from summaries.model import StoryHead
from summaries.topic_model.topics import GENERAL, TOPICS

# The newest stories of a topic: more would make its page slow on a phone. Older ones are on the pages of the days.
TOPIC_STORIES = 100
# The candidates for the thirty places on the front page.
FRONT_CANDIDATES = 90
# The front page has stories of the day before the newest one, so that it is not empty after a day without news.
FRONT_PERIOD = timedelta(hours=24)
FINGERPRINT_CHARS = 16


class SectionKind(StrEnum):
    """The kind of a list of stories; the value is its folder."""

    FRONT = ""
    TOPIC = "topik"
    DAY = "hari"


@dataclass(frozen=True, slots=True)
class Site:
    """The settings of a site: its public address without a slash at the end, if it is known, and its time zone."""

    url: str | None = None
    zone: str = "Asia/Jakarta"


@dataclass(frozen=True, slots=True)
class Section:
    """A list of stories. `key` is its topic or day, `before` and `after` are the days with news next to its day.

    The stories of the front page are candidates, from which the most important ones are chosen.
    """

    kind: SectionKind
    key: str
    story_ids: tuple[int, ...]
    before: str | None = None
    after: str | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        """Return the files of the section, its page first."""
        match self.kind:
            case SectionKind.FRONT:
                return "index.html", "atom.xml", "feed.json"
            case SectionKind.TOPIC:
                return tuple(f"{self.kind}/{self.key}.{ending}" for ending in ("html", "xml", "json"))
            case _:
                return f"{self.kind}/{self.key}.html", f"cari/{self.key}.json"


@dataclass(frozen=True, slots=True)
class Plan:
    """The sections of the site, its pages of stories, and the fingerprint of each file of either."""

    sections: tuple[Section, ...]
    stories: Mapping[str, int]
    fingerprints: Mapping[str, str]
    by_article: Mapping[int, int]

    @property
    def days(self) -> tuple[str, ...]:
        """Return the days with news, the latest first."""
        return tuple(section.key for section in self.sections if section.kind is SectionKind.DAY)


def story_path(story_id: int) -> str:
    return f"berita/{story_id}.html"


def plan_site(heads: Sequence[StoryHead], site: Site, now: datetime) -> Plan:
    """Return the plan for the stories, the newest first. `now` only limits dates in the future."""
    base = fingerprint((fingerprint_code(), site.url, site.zone))
    chains = defaultdict(list)
    for head in heads:
        if head.chain_id is not None:
            chains[head.chain_id].append((head.id, head.version))
    chain_prints = {chain_id: fingerprint(sorted(members)) for chain_id, members in chains.items()}
    prints = {
        head.id: fingerprint((base, head.id, head.version, chain_prints.get(head.chain_id or 0))) for head in heads
    }
    sections = (choose_front(heads, now), *group_by_topic(heads), *group_by_day(heads, site.zone))
    found = {story_path(head.id): prints[head.id] for head in heads}
    for section in sections:
        stories = [prints[story_id] for story_id in section.story_ids]
        mark = fingerprint((base, section.key, section.before, section.after, stories))
        found |= dict.fromkeys(section.paths, mark)
    return Plan(
        sections,
        {story_path(head.id): head.id for head in heads},
        found,
        {head.article_id: head.id for head in heads},
    )


def choose_front(heads: Sequence[StoryHead], now: datetime) -> Section:
    """Return the candidates for the front page: recent stories with the most outlets, as for a digest."""
    latest = max((min(head.latest_at, now) for head in heads), default=now)

    def estimate(head: StoryHead) -> tuple[float, int]:
        hours = max(timedelta(), latest - head.latest_at) / timedelta(hours=1)
        return head.outlet_count - AGE_WEIGHT_PER_HOUR * hours, head.id

    recent = [head for head in heads if head.latest_at >= latest - FRONT_PERIOD]
    return Section(SectionKind.FRONT, "", tuple(head.id for head in nlargest(FRONT_CANDIDATES, recent, key=estimate)))


def choose_topic(category: str | None) -> str:
    """Return the topic whose page has an article of the category."""
    return category if category is not None and category in TOPICS else GENERAL


def group_by_topic(heads: Iterable[StoryHead]) -> list[Section]:
    """Return the section of each topic, also of one without stories: every page links to all of them."""
    found: dict[str, list[int]] = {topic: [] for topic in TOPICS}
    for head in heads:
        found[choose_topic(head.category)].append(head.id)
    return [Section(SectionKind.TOPIC, topic, tuple(ids[:TOPIC_STORIES])) for topic, ids in found.items()]


def group_by_day(heads: Iterable[StoryHead], zone: str) -> list[Section]:
    """Return a section for each day with news, the latest first."""
    found: dict[date, list[int]] = {}
    info = load_zone(zone)
    for head in heads:
        found.setdefault(head.latest_at.astimezone(info).date(), []).append(head.id)
    days = sorted(found, reverse=True)
    names = [day.isoformat() for day in days]
    return [
        Section(SectionKind.DAY, name, tuple(found[day]), before, after)
        for day, name, before, after in zip(days, names, [*names[1:], None], [None, *names[:-1]], strict=False)
    ]


def fingerprint(value: object) -> str:
    """Return a short hash of a value of plain types."""
    return hashlib.sha256(repr(value).encode()).hexdigest()[:FINGERPRINT_CHARS]


@cache
def fingerprint_code() -> str:
    """Return a hash of this package, so that a new version writes the site again."""
    return fingerprint([hashlib.sha256(content).hexdigest() for content in read_package(files(__package__ or ""))])


def read_package(folder: Traversable) -> Iterable[bytes]:
    """Yield the contents of the package's files, in the order of their names."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir() and entry.name != "__pycache__":
            yield from read_package(entry)
        elif entry.is_file():
            yield entry.read_bytes()
