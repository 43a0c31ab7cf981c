"""/berita with a province, regency or city, in the chat."""

from __future__ import annotations

from pathlib import Path

from bot.services import Services
from bot.telegram_text import visible_text
from summaries.articles.prepare import prepare
from summaries.model import Article, Origin
from tests.bot.stage import Json, open_stage

READER = 2001
PLACES: tuple[Json, ...] = ({"type": "private", "chat_id": READER},)
TEXTS = (
    """Wali Kota Malang Buka Pasar Bunga

Wali Kota Malang membuka pasar bunga yang diperbaiki selama enam bulan. Kios anggrek, mawar dan krisan kini beratap, dan
pembeli tidak lagi kehujanan.

Pedagang bunga membayar sewa yang sama seperti tahun lalu. Menurut mereka, penjualan anggrek naik setiap akhir pekan
karena semakin banyak orang menghias rumah.""",
    """Bupati Malang Tanam Mangrove di Pesisir

Bupati Malang menanam dua ribu bibit mangrove bersama nelayan dan pelajar. Akar mangrove menahan abrasi yang menggerus
pantai setiap musim angin barat.

Nelayan berharap kepiting dan udang kembali bertelur di sana. Bibit yang mati akan diganti oleh dinas kelautan sebelum
musim hujan berikutnya datang.""",
    """Pasar Ikan Kendari Diperluas

Pasar ikan Kendari diperluas supaya kapal besar dapat membongkar muatan tuna dan cakalang. Gudang es yang baru menyimpan
tiga puluh ton.

Pembeli dari pabrik pengalengan menyambut perluasan itu. Harga cakalang turun sedikit sejak pembongkaran tidak lagi
menunggu giliran sampai tengah malam.""",
)


async def test_news_of_a_region_are_listed(tmp_path: Path) -> None:
    async with open_stage(tmp_path, PLACES) as stage:
        services: Services = stage.app.bot_data.services
        for number, written in enumerate(TEXTS):
            title, _, text = written.partition("\n\n")
            article = Article(title, text, url=f"https://kabar.example/{number}", outlet="Kabar Desa")
            await services.writer.add(prepare(article), origin=Origin.FEED)
        for command, heading, numbers in (
            ("/berita jatim", "Berita dari Jawa Timur", {0, 1}),
            ("/berita Kota Malang", "Berita dari Kota Malang", {0}),
            ("berita kabupaten malang", "Berita dari Kabupaten Malang", {1}),
            ("/berita sultra", "Berita dari Sulawesi Tenggara", {2}),
        ):
            (listed,) = await stage.say(READER, READER, command)
            text = visible_text(str(listed.parameters["text"]))
            assert text.startswith(heading)
            assert {number for number, one in enumerate(TEXTS) if one.splitlines()[0] in text} == numbers
        (nothing,) = await stage.say(READER, READER, "/berita aceh")
        assert "berita dari Aceh" in nothing.text
