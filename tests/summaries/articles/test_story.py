"""Reading a story: the bounds, the kinds of disagreements, and fact-checks among its articles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

from summaries.articles.prepare import prepare
from summaries.articles.story import MAX_READ, StoryView, read_story
from summaries.model import Article, Coverage, FactCheck, Length, Origin, StoredArticle, Summary, Verdict
from summaries.ports.articles import ArticleStore
from summaries.ports.stories import StoryStore
from summaries.stories.disagreements import SHOWN_KINDS
from summaries.stories.figures import Kind

if TYPE_CHECKING:
    from summaries.ports import Offload

START = datetime(2026, 10, 14, 6, tzinfo=UTC)
DAM = (
    "Bendungan Sukamaju di Kabupaten Kediri jebol pada Rabu dini hari setelah hujan deras semalam suntuk. "
    "Air setinggi dua meter merendam ratusan rumah warga di tiga desa sebelah hilir. "
    "Petugas badan penanggulangan bencana mengevakuasi keluarga dengan perahu karet menuju balai kecamatan. "
)


@dataclass
class OneStory:
    """A store with one story; `read` are the ids that were asked for."""

    articles: list[Article]
    read: list[int] = field(default_factory=list)

    async def coverage(self, _article_id: int) -> tuple[Coverage, ...]:
        return tuple(
            Coverage(n, one.title, one.outlet, one.url, None, one.published_at, START)
            for n, one in enumerate(self.articles, 1)
        )

    async def chain(self, article_id: int) -> tuple[Coverage, ...]:
        return (await self.coverage(article_id))[:1]

    async def read_many(self, article_ids: Sequence[int], length: Length) -> list[tuple[StoredArticle, Summary | None]]:
        self.read.extend(article_ids)
        return [
            (
                StoredArticle(one, str(one), self.articles[one - 1], Origin.FEED, START),
                await self.find_summary(one, length),
            )
            for one in article_ids
        ]

    async def find_summary(self, article_id: int, length: Length) -> Summary | None:
        summaries = prepare(self.articles[article_id - 1]).summaries
        return next((one for one in summaries if one.length == length), None)

    async def view(self, offload: Offload, **options: object) -> StoryView | None:
        stores = {"articles": cast(ArticleStore, self), "stories": cast(StoryStore, self)}
        return await read_story(1, offload=offload, **stores, **options)  # type: ignore[arg-type]


def make_story(*numbers: str) -> OneStory:
    return OneStory(
        [
            Article(
                "Bendungan Sukamaju di Kediri Jebol",
                f"{DAM}Bencana itu menewaskan {number} orang, kata warga di posko ke-{n}.",
                url=f"https://m{n}.example/",
                outlet=f"Media {n}",
                published_at=START + timedelta(minutes=n),
            )
            for n, number in enumerate(numbers)
        ]
    )


async def test_disagreements_have_only_the_wanted_kinds(offload: Offload) -> None:
    story = make_story("empat", "enam")
    for kinds, found in ((tuple(Kind), [Kind.DEATHS]), ((Kind.INJURED,), []), ((), [])):
        view = await story.view(offload, kinds=kinds)
        assert view is not None
        assert [one.kind for one in view.disagreements] == found
    usual = await story.view(offload)
    assert usual is not None
    assert len(usual.disagreements) == (Kind.DEATHS in SHOWN_KINDS)


async def test_numbers_of_fact_checks_are_not_compared(offload: Offload) -> None:
    story = make_story("empat", "enam")
    story.articles[1] = replace(story.articles[1], fact_check=FactCheck(Verdict.FALSE, "Enam orang tewas", None))
    view = await story.view(offload, kinds=tuple(Kind))
    assert view is not None
    assert view.disagreements == ()


async def test_only_the_first_and_last_articles_are_read(offload: Offload) -> None:
    story = make_story(*["empat"] * (2 * MAX_READ + 5))
    view = await story.view(offload)
    assert view is not None
    assert len(view.coverage) == 2 * MAX_READ + 5
    assert story.read == [*range(1, MAX_READ + 1), *range(MAX_READ + 6, 2 * MAX_READ + 6)]


async def test_story_without_articles_is_none(offload: Offload) -> None:
    assert await OneStory([]).view(offload) is None
