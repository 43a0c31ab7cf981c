"""Public stories without a database: a dam that broke, as two outlets report it, a fact-check, and a hostile one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from summaries.articles.prepare import prepare
from summaries.model import (
    LONG,
    MEDIUM,
    Article,
    Coverage,
    FactCheck,
    Origin,
    PublicStory,
    StoredArticle,
    StoryHead,
    Summary,
    SummarySentence,
    Verdict,
)

START = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAM = (
    "Bendungan Sukamaju di Kabupaten Kediri jebol pada Rabu dini hari setelah hujan deras semalam suntuk. "
    "Air setinggi dua meter merendam ratusan rumah warga di tiga desa sebelah hilir. "
    "Petugas badan penanggulangan bencana mengevakuasi keluarga dengan perahu karet menuju balai kecamatan. "
)
REPORTS = (
    Article(
        "Bendungan Sukamaju Jebol, 12 Orang Tewas",
        DAM + "Sebanyak 12 orang tewas dalam bencana itu.",
        "https://kabar.example/bendungan",
        "Kabar Desa",
        "daerah",
        START,
    ),
    Article(
        "15 Orang Tewas akibat Bendungan Jebol",
        "Bendungan Sukamaju di Kabupaten Kediri jebol pada Rabu dini hari. Kerugian petani di Kediri ditaksir mencapai"
        " Rp40 miliar karena sawah siap panen terendam lumpur. Sebanyak 15 orang tewas dalam bencana itu. Wali kota"
        " mengirim makanan, selimut, dan obat untuk keluarga yang tidur di balai kecamatan sejak malam. Sekolah di tiga"
        " desa diliburkan sampai jalan utama dapat dilalui lagi.",
        "https://warta.example/bendungan",
        "Warta Kota",
        "nasional",
        START + HOUR / 6,
    ),
)
HOAX = Article(
    "Cek Fakta: Minum Air Garam Sembuhkan Demam Berdarah",
    "Beredar klaim bahwa minum air garam menyembuhkan demam berdarah. Hasil penelusuran menunjukkan klaim itu salah."
    " Dokter di Surabaya menyarankan pasien minum air putih dan segera pergi ke rumah sakit.",
    "https://periksa.example/air-garam",
    "Periksa",
    "cek-fakta",
    START - HOUR,
    fact_check=FactCheck(Verdict.FALSE, "Minum air garam menyembuhkan demam berdarah"),
)
HOSTILE = Article(
    '<script>alert(1)</script> & "kutip" \x0b',
    "Warga desa memanen padi lebih awal <img src=x onerror=alert(1)>. Hasilnya naik\x01 dari tahun lalu ]]>.",
    "javascript:alert(1)",
    '<b onmouseover="x">',
    "bukan-topik",
    START - 30 * HOUR,
)


class FakeNews:
    """Implements `ports.PublicNews`. `read` are the stories that were read, in order."""

    def __init__(self) -> None:
        self.stories: dict[int, tuple[PublicStory, int, int | None]] = {}
        self.hidden: set[int] = set()
        self.read: list[int] = []

    def put(self, *articles: Article, story_id: int, version: int = 1, chain_id: int | None = None) -> None:
        """Add or replace a story; the first article is its best."""
        self.stories[story_id] = make_story(*articles, story_id=story_id), version, chain_id

    async def list_heads(self, *, limit: int) -> tuple[StoryHead, ...]:
        heads = [
            StoryHead(
                story.id,
                version,
                story.article_id,
                story.articles[0][0].article.category,
                len(story.coverage),
                story.coverage[-1].reported_at,
                chain_id,
            )
            for story, version, chain_id in self.stories.values()
            if story.id not in self.hidden
        ]
        return tuple(sorted(heads, key=lambda head: (head.latest_at, head.id), reverse=True)[:limit])

    async def read_stories(self, story_ids: Collection[int], *, most: int) -> tuple[PublicStory, ...]:
        self.read += sorted(story_ids)
        found = (self.stories[one] for one in sorted(story_ids) if one in self.stories and one not in self.hidden)
        return tuple(replace(story, chain=self._find_chain(chain_id)) for story, _, chain_id in found)

    def _find_chain(self, chain_id: int | None) -> tuple[Coverage, ...]:
        stories = (story for story, _, other in self.stories.values() if other == chain_id is not None)
        return tuple(story.coverage[0] for story in stories if story.id not in self.hidden)


def summarize(article: Article) -> tuple[Summary, ...]:
    """Return the usual summaries; of the hostile article, which would be refused, the whole text."""
    if article is HOSTILE:
        sentence = SummarySentence(article.text, 0, len(article.text))
        return tuple(Summary((sentence,), "lead", length) for length in (MEDIUM, LONG))
    return prepare(article).summaries


def cover(stored: StoredArticle) -> Coverage:
    article = stored.article
    return Coverage(
        stored.id, article.title, article.outlet, article.url, article.category, stored.reported_at, stored.added_at
    )


def make_story(*articles: Article, story_id: int = 1) -> PublicStory:
    """Return a story of the articles, of which the first is the best; their ids follow that of the story."""
    stored = [
        StoredArticle(10 * story_id + n, f"url:{n}", article, Origin.FEED, START) for n, article in enumerate(articles)
    ]
    by_length = [{summary.length: summary for summary in summarize(article)} for article in articles]
    coverage = tuple(map(cover, stored))
    return PublicStory(
        story_id,
        stored[0].id,
        coverage,
        coverage[:1],
        tuple((one, lengths.get(LONG)) for one, lengths in zip(stored, by_length, strict=True)),
        {one.id: lengths[MEDIUM] for one, lengths in zip(stored, by_length, strict=True) if MEDIUM in lengths},
    )


@pytest.fixture
def news() -> FakeNews:
    """Four stories: the dam (1), its day after (2), a fact-check (3) and a hostile one (4)."""
    found = FakeNews()
    found.put(*REPORTS, story_id=1, chain_id=1)
    after = replace(REPORTS[1], title="Bantuan Tiba di Kediri", url="https://warta.example/bantuan")
    found.put(replace(after, published_at=START + 24 * HOUR), story_id=2, chain_id=1)
    found.put(HOAX, story_id=3)
    found.put(HOSTILE, story_id=4)
    return found
