"""Importing this module loads everything that reading feeds and pages needs: modules, models, caches.

The fork server imports it, so that worker processes share the memory and read their first page as fast as later ones.
"""

from __future__ import annotations

import gc

from summaries.articles.prepare import prepare
from summaries.fetch.articles import read_with_variants
from summaries.fetch.feeds.feeds import read_feed

PARAGRAPHS = (
    "Warga Desa Telaga memanen padi lebih awal pada Senin pagi karena hujan turun sejak pekan lalu di lereng gunung.",
    "Kepala desa, Sitti Rahma, mengatakan hasil panen naik dari tahun lalu dan harga gabah ikut naik di pasar.",
    "Pemerintah kabupaten akan membangun lumbung baru supaya petani tidak perlu menjual seluruh hasil panen sekaligus.",
    "Para petani berharap jalan menuju sawah diperbaiki sebelum musim tanam berikutnya agar pupuk lebih cepat tiba.",
)


def read_a_page() -> None:
    """Read a page as a worker does."""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    page = (
        f"<html><head><title>Panen Raya</title></head><body><article><h1>Panen Raya</h1>{body}</article></body></html>"
    )
    reading = read_with_variants(
        page.encode(), "https://kabar.example/panen-raya", media_type="text/html", charset="utf-8"
    )
    if reading.article is not None:
        prepare(reading.article)


def read_a_little_feed() -> None:
    head = '<?xml version="1.0"?><rss version="2.0"><channel><title>Kabar</title>'
    item = "<item><title>Panen Raya</title><link>https://kabar.example/panen-raya</link></item>"
    read_feed(f"{head}{item}</channel></rss>".encode(), url="https://kabar.example/rss")


read_a_little_feed()
read_a_page()
# A garbage collection writes to every object, which would unshare its memory page.
gc.collect()
gc.freeze()
