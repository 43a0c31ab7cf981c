"""Seeds and article files into the store."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import seeds
from summaries.ingest.article_writer import ArticleWriter
from summaries.ingest.seed import load_files, read_catalogue
from summaries.model import SHORT, NewsQuery, Origin
from summaries.storage import Store

if TYPE_CHECKING:
    from summaries.ports import Offload

GOOD = (
    b"Harga Kedelai Turun\n\nKabar Desa | Senin, 02/11/2026 08:30 WIB\n"
    b"Bogor -- Harga kedelai di pasar induk turun menjadi Rp9.000 per kilogram pada Senin pagi.\n\n"
    b"Pedagang mencatat pasokan bertambah sejak pekan lalu setelah dua kapal bersandar di pelabuhan.\n\n"
    b"Perajin tempe menyambut baik penurunan itu karena ongkos produksi ikut berkurang cukup banyak tahun ini.\n"
)


async def test_loading_the_seeds_twice_changes_nothing(
    store: Store, writer: ArticleWriter, offload: Offload, now: datetime
) -> None:
    counts = []
    # One of each topic. Two may be of one story.
    samples = {sample.category: sample for sample in seeds.sample_articles()}.values()
    files = [(sample.name, sample.text.encode(), sample.category) for sample in samples]
    for _ in range(2):
        catalogue = read_catalogue()
        await store.sources.sync(catalogue, now=now)
        results = await load_files(files, writer, offload)
        assert all(result.refusal is None for result in results)
        listed = await store.news.list_page(NewsQuery(), length=SHORT, number=0, size=100)
        counts.append((len(catalogue), len(await store.sources.all()), len(results), listed.total))
    assert counts[0] == counts[1]
    sources, stored_sources, read, listed_stories = counts[0]
    assert sources == stored_sources >= 40
    assert 10 <= listed_stories <= read
    assert len(await store.news.categories()) >= 4


async def test_file_without_an_article_is_reported_and_others_load(writer: ArticleWriter, offload: Offload) -> None:
    files = [("gambar.txt", b"\x89PNG\x00\x00", None), ("baik.txt", GOOD, "ekonomi"), ("kosong.txt", b"", None)]
    results = await load_files(files, writer, offload)
    assert [(r.name, r.stored is not None, bool(r.refusal)) for r in results] == [
        ("gambar.txt", False, True),
        ("baik.txt", True, False),
        ("kosong.txt", False, True),
    ]
    assert results[1].stored is not None
    assert results[1].stored.origin is Origin.IMPORT
    assert results[1].stored.article.category == "ekonomi"
