from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summaries.errors import NothingToSummarize, RefusalReason
from summaries.fetch.plain.article import decode_text, read_plain_text

TITLE = "Warga Tanjung Selor Panen Rumput Laut Dua Kali Setahun"
FIRST = (
    "Kelompok petani rumput laut di pesisir Tanjung Selor memanen hasil budi daya untuk kedua kalinya tahun ini "
    "setelah cuaca di Selat Makassar membaik sejak awal September."
)
SECOND = (
    '"Hasilnya naik hampir sepertiga dibandingkan dengan panen Maret," kata Ketua Kelompok Bahari Jaya, Rusdi Hamzah, '
    "di dermaga desa."
)
THIRD = "Harga di tingkat petani mencapai Rp18.500 per kilogram. Pembeli datang dari Surabaya dan Makassar."
TEXT = f"{FIRST}\n\n{SECOND}\n\n{THIRD}"
WEDNESDAY = "2026-10-14T10:05:00+07:00"


def make_article_text(*head: str, body: str = TEXT, tail: str = "") -> str:
    return "\n".join([*head, "", body]) + tail


def assert_same_text(text: str) -> None:
    assert text.split("\n\n") == [FIRST, SECOND, THIRD]


def test_complete_article_of_a_news_site_is_read() -> None:
    article = read_plain_text(
        f"{TITLE}\n\nKabar Timur | Rabu, 14/10/2026 10:05 WITA\n{TITLE} Petani menjemur rumput laut, Selasa (13/10). "
        f"(Sari Melati/Pool via Kabar Timur)\nTanjung Selor, Kabar Timur -- {FIRST}\u00a0\n\n\n{SECOND}\n{THIRD} (rhm)"
    )
    assert article.title == TITLE
    assert article.outlet == "Kabar Timur"
    assert article.published_at is not None
    assert article.published_at.isoformat() == "2026-10-14T10:05:00+08:00"
    assert article.place == "Tanjung Selor"
    assert article.initials == "rhm"
    assert article.url is None
    assert_same_text(article.text)


def test_outlet_is_found_in_the_closing_words() -> None:
    parting = "\nKamu bisa menjadi member komunitas startup dan inovasi DailySocial.id, mengunduh laporan riset."
    article = read_plain_text(make_article_text(TITLE, tail=parting))
    assert article.outlet == "DailySocial.id"
    assert_same_text(article.text)


@pytest.mark.parametrize(
    ("head", "outlet", "published"),
    [
        (["Kabar Timur | Rabu, 14/10/2026 10:05 WIB"], "Kabar Timur", WEDNESDAY),
        (["Kabar Timur - Rabu, 14 Oktober 2026 | 10:05 WIB"], "Kabar Timur", WEDNESDAY),
        (["Kabar Timur", "Rabu, 14 Okt 2026 10:05 WIB"], "Kabar Timur", WEDNESDAY),
        (["kabartimur.com - 14/10/2026, 10:05 WIB"], "kabartimur.com", WEDNESDAY),
        (["Rabu, 14 Oktober 2026 10:05 WIB"], None, WEDNESDAY),
        (["Rabu, 14 Oktober 2026 pukul 10.05 WIB waktu baca 2 menit"], None, WEDNESDAY),
        (["Diterbitkan 14 Oktober 2026, 10:05 WIB", "Diperbarui 15 Oktober 2026, 08:00 WIB"], None, WEDNESDAY),
        (["Tayang: Rabu, 14 Oktober 2026 10:05 WIB"], None, WEDNESDAY),
        (["(14/10/2026 10:05 WIB)"], None, WEDNESDAY),
        (["October 14, 2026 10:05 WIB"], None, WEDNESDAY),
        (["Kabar Timur | Rabu, 14/10/2026 08:05 WIT"], "Kabar Timur", "2026-10-14T08:05:00+09:00"),
        (["Kabar Timur • Rabu, 14/10/2026"], "Kabar Timur", "2026-10-14T00:00:00+07:00"),
    ],
)
def test_date_line_is_read(head: list[str], outlet: str | None, published: str) -> None:
    article = read_plain_text(make_article_text(TITLE, *head))
    assert article.title == TITLE
    assert article.outlet == outlet
    assert article.published_at is not None
    assert article.published_at.isoformat() == published
    assert_same_text(article.text)


@pytest.mark.parametrize("zone", ["WIB", "WITA", "WIT"])
def test_each_indonesian_zone_keeps_its_offset(zone: str) -> None:
    article = read_plain_text(make_article_text(TITLE, f"Kabar Timur | Rabu, 14/10/2026 10:05 {zone}"))
    assert article.published_at is not None
    assert article.published_at.utcoffset() == timedelta(hours={"WIB": 7, "WITA": 8, "WIT": 9}[zone])


@pytest.mark.parametrize(
    ("opening", "place", "outlet"),
    [
        ("Jakarta, CNN Indonesia -- ", "Jakarta", "CNN Indonesia"),
        ("JAKARTA, KOMPAS.com - ", "Jakarta", "KOMPAS.com"),
        ("Liputan6.com, Jakarta - ", "Jakarta", "Liputan6.com"),
        ("Surabaya (ANTARA) - ", "Surabaya", "ANTARA"),
        ("TRIBUNNEWS.COM, MAKASSAR - ", "Makassar", "TRIBUNNEWS.COM"),
        ("Jakarta - ", "Jakarta", None),
        ("", None, None),
    ],
)
def test_dateline_is_read_without_a_date_line(opening: str, place: str | None, outlet: str | None) -> None:
    article = read_plain_text(make_article_text(TITLE, body=opening + TEXT))
    assert (article.place, article.outlet) == (place, outlet)
    assert_same_text(article.text)


@pytest.mark.parametrize(
    "opening",
    ["Nunukan, Suara Ombak -- ", "NUNUKAN, SUARA OMBAK - ", "Suara Ombak, Nunukan – ", "Nunukan (Suara Ombak) - "],
)
def test_dateline_repeats_the_outlet_of_the_date_line(opening: str) -> None:
    article = read_plain_text(
        make_article_text(TITLE, "Suara Ombak | Rabu, 14/10/2026 10:05 WITA", body=opening + TEXT)
    )
    assert (article.place, article.outlet) == ("Nunukan", "Suara Ombak")
    assert_same_text(article.text)


@pytest.mark.parametrize(
    "caption",
    [
        "Petani menjemur rumput laut di dermaga desa, Selasa (13/10). (Dok. Humas Pemkab)",
        "Petani menjemur rumput laut di dermaga desa, Selasa (13/10). (Foto: Sari Melati)",
        f"{TITLE} Petani menjemur rumput laut di dermaga. (Sari Melati)",
        "Petani menjemur rumput laut di dermaga desa. (Kabar Timur/Sari Melati)",
        "Foto: Petani menjemur rumput laut",
        "Petani menjemur rumput laut. Foto: Sari Melati",
        "Ilustrasi rumput laut",
        TITLE,
    ],
)
def test_captions_are_removed(caption: str) -> None:
    head = (TITLE, "Kabar Timur | Rabu, 14/10/2026 10:05 WITA", caption)
    assert_same_text(read_plain_text(make_article_text(*head)).text)
    assert_same_text(read_plain_text(make_article_text(*head, body=f"Nunukan, Kabar Timur -- {TEXT}")).text)


def test_uncredited_caption_before_the_dateline_is_removed() -> None:
    head = (
        TITLE,
        "Kabar Timur | Rabu, 14/10/2026 10:05 WITA",
        "Petani menjemur hasil panen di tepi dermaga desa, Selasa siang.",
    )
    assert_same_text(read_plain_text(make_article_text(*head, body=f"Nunukan, Kabar Timur -- {TEXT}")).text)


@pytest.mark.parametrize(
    "furniture",
    [
        "Home > Ekonomi > Perikanan",
        "Beranda / Ekonomi",
        "Ekonomi",
        "https://kabartimur.example/ekonomi/panen-rumput-laut",
        "Bagikan",
        "Facebook Twitter WhatsApp Telegram Salin Tautan",
        "A- A+",
        "Komentar (12)",
        "ADVERTISEMENT",
        "Editor: Yohana Lestari",
    ],
)
def test_boilerplate_around_the_headline_is_removed(furniture: str) -> None:
    article = read_plain_text(
        make_article_text(furniture, TITLE, furniture, "Kabar Timur | Rabu, 14/10/2026 10:05 WITA", furniture)
    )
    assert (article.title, article.outlet) == (TITLE, "Kabar Timur")
    assert article.authors == ()
    assert_same_text(article.text)


@pytest.mark.parametrize(
    ("byline", "authors"),
    [
        ("Reporter: Siti Rahma / Editor: Budi Laksana", ("Siti Rahma",)),
        ("Penulis: Siti Rahma, Agus Wijaya | Editor: Budi Laksana", ("Siti Rahma", "Agus Wijaya")),
        ("Penulis Siti Rahma", ("Siti Rahma",)),
        ("Oleh: Siti Rahma dan Agus Wijaya", ("Siti Rahma", "Agus Wijaya")),
        ("Editor: Budi Laksana", ()),
        ("Siti Rahma - detikNews", ("Siti Rahma",)),
    ],
)
def test_bylines_are_read(byline: str, authors: tuple[str, ...]) -> None:
    article = read_plain_text(make_article_text(TITLE, byline, "Rabu, 14 Oktober 2026 10:05 WIB"))
    assert article.authors == authors
    assert article.title == TITLE
    assert_same_text(article.text)


@pytest.mark.parametrize(
    ("tail", "initials", "authors"),
    [
        (" (rhm)", "rhm", ()),
        (" (rhm/agw)", "rhm/agw", ()),
        ("\n\n(rhm)", "rhm", ()),
        ("\n\n[Gambas:Video Kabar]\n\n(rhm)\n\nBaca juga: Harga Rumput Laut Naik", "rhm", ()),
        ("\n\nPewarta: Siti Rahma\nEditor: Budi Laksana\nCopyright © KABAR 2026", None, ("Siti Rahma",)),
        ("\nSCROLL TO CONTINUE WITH CONTENT\nADVERTISEMENT", None, ()),
    ],
)
def test_trailing_initials_and_credits_are_read(tail: str, initials: str | None, authors: tuple[str, ...]) -> None:
    article = read_plain_text(make_article_text(TITLE, "Kabar Timur | Rabu, 14/10/2026 10:05 WITA", tail=tail))
    assert (article.initials, article.authors) == (initials, authors)
    assert_same_text(article.text)


@pytest.mark.parametrize(
    "between", ["Baca juga: Harga Rumput Laut Naik", "ADVERTISEMENT", "SCROLL TO CONTINUE WITH CONTENT"]
)
def test_boilerplate_between_paragraphs_is_removed(between: str) -> None:
    assert_same_text(read_plain_text(f"{TITLE}\n\n{FIRST}\n{between}\n{SECOND}\n\n{between}\n\n{THIRD}").text)


CAPTION = "Petani menjemur rumput laut di dermaga desa"

COPIES: dict[str, tuple[list[str], tuple[str | None, str | None, str | None, tuple[str, ...]]]] = {
    "kompas": (
        [
            "Home",
            "Regional",
            "Kalimantan",
            TITLE,
            "Kompas.com, 14 Oktober 2026, 10:05 WIB",
            "Baca di App",
            "Tim Redaksi",
            "1",
            "Lihat Foto",
            f"{CAPTION}.(KOMPAS.com/SITI RAHMA)",
            f"JAKARTA, KOMPAS.com - {TEXT}",
            "Tag rumput laut",
            "Copyright 2026 PT Media Rekaan. All Rights Reserved.",
        ],
        ("Kompas.com", "Jakarta", None, ()),
    ),
    "cnn": (
        [
            TITLE,
            "CNN Indonesia",
            "Rabu, 14 Okt 2026 10:05 WIB",
            "Bagikan :",
            "url telah tercopy",
            f"{CAPTION}. (CNN Indonesia/Adi)",
            "Jakarta, CNN Indonesia --",
            FIRST,
            "ADVERTISEMENT",
            "SCROLL TO CONTINUE WITH CONTENT",
            SECOND,
            "",
            "Pilihan Redaksi",
            "Harga Rumput Laut Naik Lagi",
            "Musim Angin Barat Datang Lebih Awal",
            THIRD,
            "(rhm/agw)",
            "[Gambas:Video CNN]",
        ],
        ("CNN Indonesia", "Jakarta", "rhm/agw", ()),
    ),
    "detik": (
        [
            "detikNews",
            "Berita",
            TITLE,
            "Siti Rahma - detikNews",
            "Rabu, 14 Okt 2026 10:05 WIB",
            "0 komentar",
            "BAGIKAN",
            "URL telah disalin",
            f"{CAPTION}. Foto: Siti Rahma/detikcom",
            f"Jakarta - {FIRST}",
            "SCROLL TO CONTINUE WITH CONTENT",
            SECOND,
            "Baca juga:",
            "Harga Rumput Laut Naik Lagi",
            THIRD,
            "",
            "(rhm/agw)",
        ],
        ("detikNews", "Jakarta", "rhm/agw", ("Siti Rahma",)),
    ),
    "liputan6": (
        [
            TITLE,
            "Diterbitkan 14 Oktober 2026, 10:05 WIB",
            "Share",
            "Copy Link",
            "Batalkan",
            f"{CAPTION}. (Liputan6.com/Siti)",
            "Perbesar",
            f"Liputan6.com, Jakarta - {TEXT}",
            "* Fakta atau Hoaks? Kirim pertanyaan ke nomor WhatsApp redaksi.",
        ],
        ("Liputan6.com", "Jakarta", None, ()),
    ),
    "antara": (
        [
            TITLE,
            "Rabu, 14 Oktober 2026 10:05 WIB waktu baca 3 menit",
            f"{CAPTION}. ANTARA/HO-Pemkab/am.",
            f"Jakarta (ANTARA) - {TEXT}",
            "Pewarta: Siti Rahma",
            "Editor: Budi Laksana",
            "Copyright © ANTARA 2026",
            "Dilarang keras mengambil konten di situs web ini tanpa izin tertulis dari redaksi.",
        ],
        ("ANTARA", "Jakarta", None, ("Siti Rahma",)),
    ),
    "tempo": (
        [
            TITLE,
            "Reporter",
            "Siti Rahma",
            "Editor",
            "Budi Laksana",
            "Rabu, 14 Oktober 2026 10:05 WIB",
            f"{CAPTION}. TEMPO/Siti",
            f"TEMPO.CO, Jakarta - {TEXT}",
            "SITI RAHMA",
            "Pilihan Editor: Harga Rumput Laut Naik Lagi",
        ],
        ("TEMPO.CO", "Jakarta", None, ("Siti Rahma",)),
    ),
    "tribun": (
        [
            TITLE,
            "Tayang: Rabu, 14 Oktober 2026 10:05 WIB",
            "Penulis: Siti Rahma",
            "Editor: Budi Laksana",
            "lihat foto",
            "Tribunnews/HO",
            f"{CAPTION}.",
            f"TRIBUNNEWS.COM, JAKARTA - {TEXT}",
        ],
        ("TRIBUNNEWS.COM", "Jakarta", None, ("Siti Rahma",)),
    ),
    "republika": (
        [
            TITLE,
            "Rep: Siti Rahma/ Red: Budi Laksana",
            "Rabu 14 Oct 2026 10:05 WIB",
            f"{CAPTION} (ilustrasi).",
            "Foto: Antara/Siti",
            f"REPUBLIKA.CO.ID, JAKARTA -- {TEXT}",
        ],
        ("REPUBLIKA.CO.ID", "Jakarta", None, ("Siti Rahma",)),
    ),
    "okezone": (
        [
            TITLE,
            "Siti Rahma, Jurnalis · Rabu 14 Oktober 2026 10:05 WIB",
            f"{CAPTION} (Foto: Okezone)",
            f"JAKARTA - {TEXT}",
            "(rhm)",
        ],
        (None, "Jakarta", "rhm", ("Siti Rahma",)),
    ),
    "forwarded": (
        [
            f"*{TITLE}*",
            "",
            TEXT,
            "",
            "Selengkapnya: https://kabartimur.example/x",
        ],
        (None, None, None, ()),
    ),
}


@pytest.mark.parametrize("name", COPIES)
def test_copied_whole_page_is_read(name: str) -> None:
    lines, expected = COPIES[name]
    article = read_plain_text("\n".join(lines))
    assert article.title == TITLE
    assert (article.outlet, article.place, article.initials, article.authors) == expected
    assert_same_text(article.text)
    if name != "forwarded":
        assert article.published_at is not None
        assert article.published_at.isoformat() == WEDNESDAY


def test_topic_in_the_date_line_is_the_default_category() -> None:
    text = make_article_text(TITLE, "Kabar Timur - Bisnis | Rabu, 14/10/2026 10:05 WITA")
    assert read_plain_text(text).category == "ekonomi"
    assert read_plain_text(text).outlet == "Kabar Timur"
    assert read_plain_text(text, category="daerah").category == "daerah"


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\u2028"])
def test_line_breaks_and_invisible_characters_are_normalized(line_break: str) -> None:
    text = make_article_text(
        "\ufeff" + TITLE, "Kabar Timur | Rabu,\u00a014/10/2026 10:05\u00a0WITA", body=TEXT.replace(" ", " \u200b", 3)
    )
    article = read_plain_text(text.replace("\n", line_break))
    assert (article.title, article.outlet) == (TITLE, "Kabar Timur")
    assert_same_text(article.text)


def test_entities_and_spaces_before_punctuation() -> None:
    copied = TEXT.replace('"Hasilnya', "&#8220;Hasilnya").replace(' Maret,"', " Maret , &rdquo;")
    article = read_plain_text(
        make_article_text(TITLE, body=copied.replace("desa.", "desa &amp; pasar . Harga 5 . 000 R&D;"))
    )
    assert "“Hasilnya naik hampir sepertiga dibandingkan dengan panen Maret, ” kata" in article.text
    assert "di dermaga desa & pasar. Harga 5 . 000 R&D;" in article.text


def test_pasted_links_and_named_entities() -> None:
    body = "&ldquo;Panen naik,&rdquo; kata Rina Dewi , petani. " + TEXT + " Baca juga:Harga Beras Naik di Pasar Kota"
    text = read_plain_text(make_article_text(TITLE, body=body)).text
    assert text.startswith("“Panen naik,” kata Rina Dewi, petani. ")
    assert "Baca juga" not in text
    assert "Harga Beras" not in text


def test_hard_wrapped_text_is_joined_into_paragraphs() -> None:
    def wrap(paragraph: str) -> str:
        lines = [""]
        for word in paragraph.split():
            if len(lines[-1]) + len(word) > 40:
                lines.append("")
            lines[-1] = f"{lines[-1]} {word}".strip()
        return "\n".join(lines)

    body = "\n\n".join(wrap(paragraph) for paragraph in (FIRST, SECOND, THIRD))
    article = read_plain_text(make_article_text(TITLE, "", "Kabar Timur | Rabu, 14/10/2026 10:05 WITA", body=body))
    assert article.title == TITLE
    assert_same_text(article.text)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (TEXT, "Kelompok petani rumput laut di pesisir Tanjung Selor memanen hasil budi daya…"),
        (f"Panen rumput laut kembali naik. {TEXT}", "Panen rumput laut kembali naik"),
        (f"{TITLE} | kabartimur.com\n\n{TEXT}", TITLE),
        (f"Jadwal Panen Raya - Rabu, 14 Oktober 2026\n\n{TEXT}", "Jadwal Panen Raya - Rabu, 14 Oktober 2026"),
        (f"VIDEO: {TITLE}\n\n{TEXT}", f"VIDEO: {TITLE}"),
        (f"Panen Naik, Tetapi Harga...\n\n{TEXT}", "Panen Naik, Tetapi Harga..."),
        (f"Hasil Panen Rumput Laut\ndi Tanjung Selor Naik\n\n{TEXT}", "Hasil Panen Rumput Laut di Tanjung Selor Naik"),
        (f"Harga Turun. Petani Resah\n\n{TEXT}", "Harga Turun. Petani Resah"),
        (f"Gempa 28 September 2018 Dikenang\n\n{TEXT}", "Gempa 28 September 2018 Dikenang"),
    ],
)
def test_title_is_chosen_without_a_date_line(text: str, title: str) -> None:
    article = read_plain_text(text)
    assert article.title == title
    assert article.text.endswith(THIRD)
    assert FIRST in article.text


@pytest.mark.parametrize(
    "opening",
    [
        "Harga rumput laut turun. Petani di pesisir utara resah. Lalu bagaimana nasib panen mereka tahun depan?",
        "1. Rumput laut merah",
        "- Rumput laut merah",
    ],
)
def test_paragraph_without_full_stop_is_not_the_title(opening: str) -> None:
    assert read_plain_text(f"{opening}\n\n{TEXT}").paragraphs[0] == opening


def test_place_on_its_own_line_is_read() -> None:
    article = read_plain_text(make_article_text(TITLE, "detikNews", "Rabu, 14 Oktober 2026 10:05 WIB", "Surabaya", "-"))
    assert (article.place, article.outlet) == ("Surabaya", "detikNews")
    assert_same_text(article.text)


def test_paragraph_before_a_later_dateline_is_kept() -> None:
    article = read_plain_text(f"{FIRST}\n\nJakarta - {SECOND}\n\n{THIRD}")
    assert FIRST in article.text


SCRIPT = "\n".join(
    ["import os", "def main(argv):", "    total = 0", "    for name in argv:", "        total += os.stat(name)"] * 12
)
TABLE = "kota,penduduk,luas\n" + "\n".join(f"Kota Nomor {n},{n * 1000},{n * 7}" for n in range(60))
PAGE = "<html><body>" + "".join(f"<p>Paragraf nomor {n} dari laman ini.</p>\n" for n in range(30)) + "</body></html>"
DATA = '{\n  "berita": [\n' + '    {"judul": "Panen rumput laut", "kota": "Nunukan"},\n' * 30 + "  ]\n}"
HEADLINES = "\n".join(f"Kabar nomor {n} dari pesisir utara hari ini juga" for n in range(40))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", RefusalReason.EMPTY),
        (" \n\u200b\ufeff\u00a0\r\n", RefusalReason.EMPTY),
        (TITLE, RefusalReason.TOO_SHORT),
        (f"{TITLE}\nKabar Timur | Rabu, 14/10/2026 10:05 WITA\n{FIRST}", RefusalReason.TOO_SHORT),
        ("https://kabartimur.example/panen", RefusalReason.TOO_SHORT),
        ("ADVERTISEMENT\nBaca juga: Harga Naik", RefusalReason.TOO_SHORT),
        (TEXT + "\0", RefusalReason.NOT_AN_ARTICLE),
        ("\x01\x02\x03\x04 isi" * 100, RefusalReason.NOT_AN_ARTICLE),
        ("%PDF-1.7\n" + TEXT, RefusalReason.NOT_AN_ARTICLE),
        (SCRIPT, RefusalReason.NOT_AN_ARTICLE),
        (TABLE, RefusalReason.NOT_AN_ARTICLE),
        (PAGE, RefusalReason.NOT_AN_ARTICLE),
        (DATA, RefusalReason.NOT_AN_ARTICLE),
        (HEADLINES, RefusalReason.NOT_AN_ARTICLE),
        ("Nilai 12.5 17.25 98.1 33.0 poin. " * 40, RefusalReason.NOT_AN_ARTICLE),
        ("rumput " * 60 + ".", RefusalReason.NOT_AN_ARTICLE),
    ],
)
def test_non_article_is_refused_with_its_reason(text: str, reason: RefusalReason) -> None:
    with pytest.raises(NothingToSummarize) as refusal:
        read_plain_text(text)
    assert refusal.value.reason is reason
    assert refusal.value.detail


def test_article_needs_at_least_forty_words() -> None:
    sentence = "Panen rumput laut di pesisir utara naik hampir sepertiga. "
    enough = " ".join((sentence * 5).split()[:40])
    assert len(read_plain_text(enough).text.split()) == 40
    with pytest.raises(NothingToSummarize, match="39 words"):
        read_plain_text(enough.rsplit(" ", 1)[0])


@pytest.mark.parametrize(
    "text",
    [
        "海藻养殖户今年第二次收获。价格上涨了三分之一。买家来自泗水和望加锡。" * 6,
        "ชาวบ้านเก็บเกี่ยวสาหร่ายเป็นครั้งที่สองของปีนี้ ราคาเพิ่มขึ้นหนึ่งในสาม " * 6,
        "Морские фермеры собрали второй урожай водорослей в этом году. Цены выросли на треть. " * 6,
        "جمع المزارعون محصول الأعشاب البحرية للمرة الثانية هذا العام. ارتفعت الأسعار بمقدار الثلث. " * 6,
    ],
)
def test_article_in_any_script_is_read(text: str) -> None:
    assert read_plain_text(text).text


@pytest.mark.parametrize(
    "body",
    [
        "Harga naik – “Rp18.500”".encode(),
        b"\xef\xbb\xbf" + "Harga naik – “Rp18.500”".encode(),
        "Harga naik – “Rp18.500”".encode("utf-16"),
        b"\xfe\xff" + "Harga naik – “Rp18.500”".encode("utf-16-be"),
        "Harga naik – “Rp18.500”".encode("windows-1252"),
    ],
)
def test_files_are_decoded(body: bytes) -> None:
    assert decode_text(body) == "Harga naik – “Rp18.500”"


@pytest.mark.parametrize("body", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"isi\0isi", b"\xff\x81\x8d\x8f"])
def test_binary_files_are_refused(body: bytes) -> None:
    with pytest.raises(NothingToSummarize) as refusal:
        decode_text(body)
    assert refusal.value.reason is RefusalReason.NOT_AN_ARTICLE


LINES = st.one_of(
    st.text(max_size=80),
    st.sampled_from(
        [
            TITLE,
            FIRST,
            SECOND,
            THIRD,
            "",
            "Kabar Timur | Rabu, 14/10/2026 10:05 WIB",
            "(rhm)",
            "Editor: Budi",
            "Jakarta - ",
            " - ",
        ]
    ),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(LINES, max_size=12).map("\n".join))
def test_any_text_gives_an_article_or_a_refusal(text: str) -> None:
    with suppress(NothingToSummarize):
        article = read_plain_text(text)
        assert article.title.strip() == article.title != ""
        assert len(article.text.split()) >= 40
        assert all(paragraph.strip() == paragraph != "" for paragraph in article.paragraphs)
        assert "\n" not in article.text.replace("\n\n", "")
        assert article.published_at is None or article.published_at.utcoffset() is not None


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_give_text_or_a_refusal(body: bytes) -> None:
    with suppress(NothingToSummarize):
        assert isinstance(decode_text(body), str)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from([FIRST, SECOND, THIRD]), min_size=3, max_size=8))
def test_all_paragraphs_are_kept_in_order(paragraphs: list[str]) -> None:
    article = read_plain_text(
        make_article_text(TITLE, "Kabar Timur | Rabu, 14/10/2026 10:05 WIB", body="\n\n".join(paragraphs))
    )
    assert list(article.paragraphs) == paragraphs
