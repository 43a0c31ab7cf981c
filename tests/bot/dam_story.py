"""A story of two outlets that disagree, and an earlier one of the same affair."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from summaries.articles.prepare import prepare
from summaries.ingest.article_writer import ArticleWriter
from summaries.model import Article, Origin
from summaries.storage import open_store
from summaries.workers.pools import ThreadOffload

START = datetime(2026, 10, 14, 6, tzinfo=UTC)
TITLE = "Bendungan Sukamaju di Kediri Jebol"
DAM = (
    "Bendungan Sukamaju di Kabupaten Kediri jebol pada Rabu dini hari setelah hujan deras semalam suntuk. "
    "Air setinggi dua meter merendam ratusan rumah warga di tiga desa sebelah hilir. "
    "Petugas badan penanggulangan bencana mengevakuasi keluarga dengan perahu karet menuju balai kecamatan. "
)
FIRST = (
    f"{DAM}Bencana itu menewaskan empat orang. "
    "Bupati Kediri Hartono menetapkan masa tanggap darurat dua pekan dan membuka dapur umum. "
    "Perbaikan bendungan Sukamaju diperkirakan menelan Rp 60 miliar."
)
SECOND = (
    f"{DAM}Bencana itu menewaskan enam orang. Kementerian Pekerjaan Umum mengirim alat berat dari Surabaya dan "
    "Madiun untuk menutup tanggul yang rusak. Perbaikan bendungan Sukamaju diperkirakan menelan Rp 85 miliar."
)

EARLIER = "Warga Sukamaju Laporkan Tanggul Retak"
CRACK = (
    "Warga hilir melaporkan retakan sepanjang empat meter pada tanggul Sukamaju kepada pengelola pengairan. "
    "Kepala balai Wahyudi mengatakan petugas sudah memeriksa pintu air dan menandai bagian yang lemah. "
    "Petani berharap perbaikan selesai sebelum musim tanam karena saluran itu mengairi ribuan hektare sawah. "
    "Pemerintah kabupaten akan memasang kamera pengawas di dua tempat dan melatih warga membaca tanda bahaya."
)


async def store_dam_story(url: str, *more: Article) -> None:
    """Store the articles in the database at `url`, with the ids 1 to 3, and `more` after them."""
    store = await open_store(url)
    offload = ThreadOffload(threads=1)
    writer = ArticleWriter(stories=store.stories, offload=offload, clock=lambda: START + timedelta(hours=3))
    reports = ((0, "Antara", TITLE, FIRST), (1, "Detik", TITLE, SECOND), (-96, "Tempo", EARLIER, CRACK))
    for hours, outlet, title, text in reports:
        moment = START + timedelta(hours=hours)
        article = Article(title, text, outlet=outlet, url=f"https://{outlet}.example/1", published_at=moment)
        await writer.add(prepare(article), origin=Origin.FEED)
    for article in more:
        await writer.add(prepare(article), origin=Origin.FEED)
    await writer.close()
    offload.close()
    await store.close()
