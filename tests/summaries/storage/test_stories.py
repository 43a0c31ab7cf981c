"""The contract of ports.StoryStore, and that a crash leaves no half article."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from summaries.errors import StoryConflict
from summaries.model import SHORT, Article, Listed, NewsQuery, Origin, StoredArticle
from summaries.ports import StoryState
from summaries.ports.stories import Listing, PreparedArticle
from summaries.storage import Store, open_store
from summaries.storage.sqlite.session import SqliteSession
from summaries.stories import Entry

Make = Callable[..., Article]
Prepare = Callable[[Article], PreparedArticle]
DAY = timedelta(days=1)


class StoryWriter:
    """Puts articles into a store, always on the newest state."""

    def __init__(self, store: Store, now: datetime) -> None:
        self.store = store
        self.now = now
        self.state = StoryState()

    async def put(
        self, articles: Sequence[PreparedArticle], stories: Mapping[str, int], **options: Any
    ) -> tuple[StoredArticle, ...]:
        usual: dict[str, Any] = {
            "known": self.state,
            "next_story": 1,
            "keep_since": self.now - 3 * DAY,
            "origin": Origin.FEED,
        }
        stored, self.state = await self.store.stories.put_many(articles, stories, **(usual | options), now=self.now)
        return stored

    async def list_best(self) -> list[int]:
        """Return the id of each story's best article."""
        page = await self.store.news.list_page(NewsQuery(), length=SHORT, number=0, size=9)
        return [item.stored.id for item in page.items]


@pytest.fixture
def story_writer(store: Store, now: datetime) -> StoryWriter:
    return StoryWriter(store, now)


async def test_articles_of_one_story_are_listed_together(
    story_writer: StoryWriter, make_event: Make, make_article: Make, prepare_article: Prepare
) -> None:
    first = prepare_article(make_event("Warta Kota", published_at=story_writer.now - timedelta(hours=2)))
    full = prepare_article(
        make_event("Kabar Desa", published_at=story_writer.now - timedelta(hours=1), category="daerah")
    )
    other = prepare_article(make_article())
    stored = await story_writer.put([full, other, first], {full.key: 7, first.key: 7, other.key: 8})
    assert [one.article for one in stored] == [full.article, other.article, first.article]
    assert await story_writer.store.articles.find(full.key) == stored[0]
    assert await story_writer.store.articles.find_summary(stored[2].id, SHORT) == first.summaries[0]
    coverage = await story_writer.store.stories.coverage(stored[2].id)
    assert [(t.outlet, t.url, t.category) for t in coverage] == [
        ("Warta Kota", first.article.url, "ekonomi"),
        ("Kabar Desa", full.article.url, "daerah"),
    ]
    assert await story_writer.store.stories.coverage(stored[0].id) == coverage
    assert stored[0].id in await story_writer.list_best()
    assert stored[2].id not in await story_writer.list_best()


async def test_article_moves_between_stories_and_empty_story_is_deleted(
    story_writer: StoryWriter, make_event: Make, prepare_article: Prepare
) -> None:
    one, two = (prepare_article(make_event(outlet)) for outlet in ("Kabar Desa", "Warta Kota"))
    (first,) = await story_writer.put([one], {one.key: 1})
    (second,) = await story_writer.put([two], {two.key: 2, one.key: 2})
    assert len(await story_writer.list_best()) == 1
    assert {t.article_id for t in await story_writer.store.stories.coverage(first.id)} == {first.id, second.id}
    # A key that nobody knows is nobody's.
    await story_writer.put([one], {"url:away": 5})
    assert len(await story_writer.list_best()) == 1


async def test_edited_article_stays_in_its_story(
    story_writer: StoryWriter, make_event: Make, prepare_article: Prepare
) -> None:
    article = make_event("Kabar Desa")
    first, second = prepare_article(article), prepare_article(make_event("Warta Kota"))
    stored = await story_writer.put([first, second], {first.key: 1, second.key: 1})
    edited = prepare_article(replace(article, title="Bendungan Jebol", text="Bendungan jebol. Warga mengungsi."))
    story_writer.now += timedelta(hours=1)
    (again,) = await story_writer.put([edited], {})
    assert (again.id, again.added_at, again.article) == (stored[0].id, stored[0].added_at, edited.article)
    # The other one is the fuller now.
    assert await story_writer.list_best() == [stored[1].id]
    coverage = await story_writer.store.stories.coverage(stored[0].id)
    assert [t.title for t in coverage] == ["Bendungan Jebol", second.article.title]
    changes = await story_writer.store.stories.changes(after=0, since=story_writer.now - 3 * DAY, limit=10)
    assert changes.entries == (Entry(second.signature, 1), Entry(edited.signature, 1))


async def test_article_is_found_by_every_address_that_lists_it(
    story_writer: StoryWriter, make_article: Make, prepare_article: Prepare
) -> None:
    article = prepare_article(make_article())
    for number in range(6):
        listing = Listing("url:lain.example/1", f"Judul {number}")
        await story_writer.put([replace(article, listing=listing)], {article.key: 1})
    assert await story_writer.store.articles.listed([article.key, "url:lain.example/1", "url:lain.example/2"]) == {
        article.key: Listed(article.article.url, outlet="Kabar Desa"),
        "url:lain.example/1": Listed(article.article.url, ("Judul 2", "Judul 3", "Judul 4", "Judul 5"), "Kabar Desa"),
    }


async def test_changes_are_ordered_and_paged(
    story_writer: StoryWriter, make_event: Make, make_article: Make, prepare_article: Prepare
) -> None:
    ask = story_writer.store.stories.changes
    since = story_writer.now - 3 * DAY
    assert await ask(after=0, since=since, limit=10) == type(await ask(after=0, since=since, limit=10))(
        (), StoryState(0, 1)
    )
    old = prepare_article(make_article(9, published_at=story_writer.now - 4 * DAY))
    new = [prepare_article(make_article(number)) for number in range(3)]
    await story_writer.put([*new, old], {article.key: n + 1 for n, article in enumerate([*new, old])}, next_story=5)
    part = await ask(after=0, since=since, limit=2)
    assert (part.entries, part.is_complete) == ((Entry(new[0].signature, 1), Entry(new[1].signature, 2)), False)
    rest = await ask(after=part.state.revision, since=since, limit=2)
    assert (rest.entries, rest.state, rest.is_complete) == ((Entry(new[2].signature, 3),), story_writer.state, True)
    assert rest.state.next_story == 5
    # A move is a change of the article that moved.
    event = prepare_article(make_event())
    await story_writer.put([event], {event.key: 1, new[1].key: 1})
    moved = await ask(after=rest.state.revision, since=since, limit=9)
    assert moved.entries == (Entry(event.signature, 1), Entry(new[1].signature, 1))


async def test_old_signatures_are_deleted_and_stories_are_kept(
    story_writer: StoryWriter, make_article: Make, prepare_article: Prepare
) -> None:
    article = prepare_article(make_article())
    (stored,) = await story_writer.put([article], {article.key: 1})
    story_writer.now += 4 * DAY
    later = prepare_article(make_article(2, published_at=story_writer.now))
    await story_writer.put([later], {later.key: 2})
    changes = await story_writer.store.stories.changes(after=0, since=story_writer.now - 9 * DAY, limit=9)
    assert changes.entries == (Entry(later.signature, 2),)
    assert len(await story_writer.store.stories.coverage(stored.id)) == 1


async def test_write_based_on_an_outdated_state_conflicts(
    story_writer: StoryWriter, make_article: Make, prepare_article: Prepare
) -> None:
    one, two = (prepare_article(make_article(number)) for number in range(2))
    before = story_writer.state
    await story_writer.put([one], {one.key: 1})
    with pytest.raises(StoryConflict):
        await story_writer.put([two], {two.key: 1}, known=before)
    assert await story_writer.store.articles.find(two.key) is None


async def test_public_article_without_a_story_starts_one(
    story_writer: StoryWriter, make_article: Make, prepare_article: Prepare, summarize_first: Callable[..., Any]
) -> None:
    article = make_article(1)
    own = await story_writer.store.articles.put(
        article, summarize_first(article), origin=Origin.CHAT, now=story_writer.now
    )
    assert await story_writer.store.stories.coverage(own.id) == ()
    await story_writer.store.articles.put(article, summarize_first(article), origin=Origin.FEED, now=story_writer.now)
    coverage = await story_writer.store.stories.coverage(own.id)
    assert [t.article_id for t in coverage] == [own.id]
    with pytest.raises(StoryConflict):
        await story_writer.put([prepare_article(make_article(2))], {})
    changes = await story_writer.store.stories.changes(after=0, since=story_writer.now, limit=9)
    assert changes.state.next_story == 2
    # An edit of it, without a story named, leaves it there.
    await story_writer.put([prepare_article(article)], {}, known=changes.state)
    assert await story_writer.store.stories.coverage(own.id) == coverage


async def test_unreadable_signature_is_skipped(
    story_writer: StoryWriter,
    execute: Callable[[str], None],
    make_article: Make,
    prepare_article: Prepare,
    caplog: pytest.LogCaptureFixture,
) -> None:
    one, two = (prepare_article(make_article(number)) for number in range(2))
    await story_writer.put([one, two], {one.key: 1, two.key: 2})
    execute("UPDATE signatures SET signature = substr(signature, 1, 9) WHERE article_id = 1")
    changes = await story_writer.store.stories.changes(after=0, since=story_writer.now, limit=9)
    assert changes.entries == (Entry(two.signature, 2),)
    assert "cannot be read" in caplog.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_crash_at_any_statement_leaves_no_partial_article(
    story_writer: StoryWriter,
    tmp_path: Path,
    make_event: Make,
    make_article: Make,
    prepare_article: Prepare,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A killed process leaves the files as they are on disk after one of its statements."""
    existing = prepare_article(make_event("Kabar Desa"))
    await story_writer.put([existing], {existing.key: 1})
    names = ["ringkas.db", "ringkas.db-wal"]
    copies: list[Path] = []
    execute = SqliteSession._execute

    def execute_and_crash(session: SqliteSession, *arguments: Any) -> Any:
        cursor = execute(session, *arguments)
        copies.append(tmp_path / f"crash-{len(copies)}")
        copies[-1].mkdir()
        for name in names:
            shutil.copy(tmp_path / name, copies[-1] / name)
        return cursor

    monkeypatch.setattr(SqliteSession, "_execute", execute_and_crash)
    new = [prepare_article(make_event("Warta Kota")), prepare_article(make_article())]
    edited = prepare_article(replace(existing.article, title="Bendungan Jebol"))
    await story_writer.put([*new, edited], {new[0].key: 2, new[1].key: 3, existing.key: 2})
    monkeypatch.undo()
    before = ([existing.article.title], 2, 1, [1], 1)
    assert len(copies) > 20
    for copy in copies:
        await (await open_store(f"sqlite:///{copy / names[0]}")).close()
        assert read_content(copy / names[0]) == before
    assert read_content(tmp_path / names[0]) == (
        ["Bendungan Jebol", new[1].article.title, new[0].article.title], 6, 3, [2, 3], 3,
    )  # fmt: skip


def read_content(path: Path) -> tuple[object, ...]:
    """Titles, summaries, articles that a search finds, stories, signatures."""
    with closing(sqlite3.connect(path)) as db:
        return (
            [title for (title,) in db.execute("SELECT title FROM articles ORDER BY title")],
            db.execute("SELECT count(*) FROM summaries").fetchone()[0],
            db.execute("SELECT count(*) FROM article_search_docsize").fetchone()[0],
            [story for (story,) in db.execute("SELECT DISTINCT story_id FROM story_articles ORDER BY story_id")],
            db.execute("SELECT count(*) FROM signatures").fetchone()[0],
        )
