"""/mengapa after a digest: why it has its stories."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.panel.changes import Press, Verb
from bot.services import Services
from summaries.articles.prepare import prepare
from summaries.model import Article, Origin
from tests.bot.stage import Json, Stage, list_buttons, open_stage

READER = 2001
PLACES: tuple[Json, ...] = ({"type": "private", "chat_id": READER},)
DAM = Article(title="Bendungan Wairana Jebol, Ratusan Warga Mengungsi", text="", category="daerah")
# Each outlet's own words: copies of one text count once.
DAM_TEXTS = {
    "Kompas.com": (
        "Bendungan Wairana di Kabupaten Sukamakmur jebol pada Senin dini hari setelah hujan deras tiga hari.",
        "Ratusan warga Desa Telaga mengungsi ke balai desa. Bupati Sitti Rahma mengatakan tidak ada korban jiwa.",
        "Tim penyelamat masih menyisir rumah warga yang terendam air setinggi dua meter sampai siang ini.",
        "Listrik di desa itu dipadamkan sementara.",
    ),
    "Tribunnews": (
        "Warga Desa Telaga berlarian ketika Bendungan Wairana jebol menjelang subuh, Senin, di Sukamakmur.",
        "Air bendungan merendam rumah sampai dua meter, sehingga ratusan orang bermalam di balai desa dan masjid.",
        "Sitti Rahma, bupati setempat, datang membawa selimut dan memastikan bahwa semua warganya selamat dari banjir.",
        "Sekolah di desa itu libur sampai airnya surut.",
    ),
    "Antara": (
        "Sukamakmur menetapkan keadaan darurat sesudah Bendungan Wairana jebol akibat hujan yang tidak berhenti.",
        "Menurut Bupati Sitti Rahma, dapur umum sudah dibuka untuk ratusan pengungsi dari Desa Telaga sejak pagi.",
        "Pemerintah pusat mengirim perahu karet, sebab jalan menuju rumah warga masih tergenang air sampai dua meter.",
        "Hujan diperkirakan turun lagi nanti sore.",
    ),
    "Tempo": (
        "Jebolnya Bendungan Wairana memaksa ratusan penduduk Desa Telaga, Sukamakmur, meninggalkan rumah mereka.",
        "Petugas bendungan mengaku sudah melaporkan retakan sejak bulan lalu, tetapi perbaikannya terus ditunda.",
        "Bupati Sitti Rahma berjanji memeriksa laporan itu setelah semua pengungsi mendapat makanan dan selimut.",
        "Polisi ikut memeriksa kontrak perbaikannya.",
    ),
}
MATCH = Article(
    title="Persatuan Kota Juara Piala Gubernur",
    text="Persatuan Kota menjuarai Piala Gubernur setelah mengalahkan Bintang Timur dengan skor tiga lawan satu.\n\n"
    "Pelatih Benny Wanggai memuji penyerangnya, yang mencetak dua gol sebelum turun minum di Stadion Lukas.\n\n"
    "Ribuan penonton merayakan kemenangan itu di alun-alun kota hingga larut malam bersama pemain klub.",
    category="olahraga",
)
HOROSCOPE = Article(
    title="Ramalan Zodiak Besok: Leo dan Virgo Beruntung",
    text="Ramalan zodiak besok menyebut Leo dan Virgo beruntung dalam urusan uang dan pekerjaan di kantor mereka.\n\n"
    "Gemini diminta bersabar menghadapi teman lama, sedangkan Taurus sebaiknya menunda rencana bepergian jauh.\n\n"
    "Pisces dianjurkan beristirahat cukup dan makan buah segar agar tubuh tetap bugar sepanjang pekan depan nanti.",
    category="gaya-hidup",
)


async def add(stage: Stage, article: Article, outlet: str, hours: float) -> None:
    services: Services = stage.app.bot_data.services
    slug = f"{outlet}-{article.title}".casefold().replace(" ", "-")
    published_at = datetime.now(UTC) - timedelta(hours=hours)
    found = replace(article, outlet=outlet, url=f"https://kabar.example/{slug}", published_at=published_at)
    await services.writer.add(prepare(found), origin=Origin.FEED)


async def test_last_digest_names_the_reason_of_each_story(tmp_path: Path) -> None:
    async with open_stage(tmp_path, PLACES) as stage:
        # Kompas.com and Tribunnews have one owner.
        for outlet, hours in (("Kompas.com", 5), ("Tribunnews", 4.5), ("Antara", 4), ("Tempo", 1)):
            await add(stage, replace(DAM, text="\n\n".join(DAM_TEXTS[outlet])), outlet, hours)
        await add(stage, MATCH, "Antara", 3)
        await add(stage, HOROSCOPE, "Tempo", 2)
        await stage.say(READER, READER, "/jadwal 03:33")
        panel = await stage.posted(READER)
        for topic in ("daerah", "olahraga", "gaya-hidup"):
            await stage.press(panel, READER, Press(Verb.ADD_TOPIC, topic).encode())
        (digest,) = await stage.deliver(READER)
        (answer,) = await stage.say(READER, READER, "/mengapa")
        reasons = (
            answer.parameters["text"].partition("<b>Alasan memilih berita</b> dalam kabar terakhir\n")[2].splitlines()
        )
        alone = "baru dari satu kelompok media, dan masih hangat"
        assert reasons == [
            f"1. {DAM.title}: diliput 3 kelompok media, 2 di antaranya dalam tiga jam; topik pilihan Anda: Daerah",
            f"2. {MATCH.title}: {alone}; topik pilihan Anda: Olahraga",
            f"3. {HOROSCOPE.title}: {alone}; bacaan ringan untuk tempat yang tersisa; topik pilihan Anda: Gaya hidup",
        ]
        # The numbers are those of the digest.
        assert all(line.partition(":")[0] in digest["text"] for line in reasons)


async def test_news_of_the_readers_region_comes_first_and_is_explained(tmp_path: Path) -> None:
    async with open_stage(tmp_path, PLACES) as stage:
        for outlet, hours in (("Antara", 4), ("Tempo", 1)):
            await add(stage, replace(DAM, text="\n\n".join(DAM_TEXTS[outlet])), outlet, hours)
        local = replace(MATCH, title="Warga Kota Malang Rayakan Juara Piala Gubernur")
        await add(stage, local, "Detik", 3)
        await stage.say(READER, READER, "/jadwal 03:33")
        panel = await stage.posted(READER)
        await stage.press(panel, READER, Press(Verb.VIEW, "regions-35").encode())
        await stage.press(panel, READER, Press(Verb.ADD_REGION, "5101-51").encode())
        await stage.press(panel, READER, Press(Verb.DROP_REGION, "5101-51").encode())
        await stage.press(panel, READER, Press(Verb.ASK, "region").encode())
        (abroad, *_) = await stage.say(READER, READER, "", location={"latitude": 52.4, "longitude": 4.9})
        assert abroad.parameters["text"].startswith("Saya belum mengenal tempat itu")
        (chosen, *_) = await stage.say(READER, READER, "", location={"latitude": -7.977123, "longitude": 112.634567})
        assert "Daerah: Kota Malang lebih dahulu" in chosen.parameters["text"]
        (digest,) = await stage.deliver(READER)
        assert digest["text"].index("Daerah Anda: Kota Malang") < digest["text"].index("1. " + local.title)
        (answer,) = await stage.say(READER, READER, "/mengapa")
        assert f"1. {local.title}: baru dari satu kelompok media, dan masih hangat; daerah Anda Kota Malang" in (
            answer.parameters["text"].splitlines()
        )
        (news,) = await stage.say(READER, READER, "/berita")
        _, shown = await stage.press(news.result, READER, list_buttons(news.result)["Kota Malang"])
        assert shown.parameters["text"].startswith("<b>Berita dari Kota Malang</b>")
        assert DAM.title not in shown.parameters["text"]
