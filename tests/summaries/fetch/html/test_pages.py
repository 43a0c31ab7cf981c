# ruff: noqa: E501 - lines of HTML read better unbroken
"""Pages as outlets build them, to articles; and pages that are none."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from summaries.errors import NothingToSummarize, RefusalReason
from summaries.fetch.html.html_tree import MAX_PAGE_BYTES
from summaries.fetch.html.pages import read_page
from summaries.model import Article

URL = "https://www.kabartimur.example/ekonomi/2026/10/14/4551234/petani-kediri-mulai-panen-raya"
TITLE = "Petani Kediri Mulai Panen Raya, Harga Gabah Stabil"
PARAGRAPHS = (
    "Petani di Kabupaten Kediri mulai memanen padi pada awal pekan ini. Hasilnya lebih baik daripada musim lalu.",
    "“Air cukup dan hama sedikit, jadi bulirnya penuh,” kata Sumarni, petani di Desa Tegalrejo, Rabu (14/10).",
    "Dinas Pertanian mencatat luas panen mencapai 12.400 hektare. Angka itu naik delapan persen dari tahun lalu.",
    "Harga gabah kering panen bertahan di kisaran Rp6.500 per kilogram, kata Kepala Dinas Bambang Setiawan.",
    "Pemerintah daerah meminta Bulog segera menyerap hasil panen agar harga tidak jatuh pada puncak musim.",
)
TEXT = "\n\n".join(PARAGRAPHS)
RELATED = "".join(
    f'<li><a href="/berita/{n}">{headline}</a></li>'
    for n, headline in enumerate(
        (
            "Bendungan Baru Diresmikan Bulan Depan",
            "Ekspor Kopi Naik Dua Digit Tahun Ini",
            "Jalan Desa Rusak Warga Tanam Pisang",
            "Nelayan Keluhkan Solar Langka di Pesisir",
        )
    )
)
LISTS = f"""<div class="popular"><h3>Terpopuler</h3><ul>{RELATED}</ul></div>
<div class="latest"><h3>Terbaru</h3><div><h4><a href="/x">Ekspor Kopi Naik</a></h4><span>3 jam yang lalu</span>
<p>Nilai ekspor kopi dari Jawa Timur naik pada kuartal ketiga menurut data yang dirilis ...</p></div></div>"""
FOOTER = "<footer><p>Hak cipta 2026 PT Kabar Timur Media. Dilarang mengutip tanpa izin tertulis dari redaksi kami.</p></footer>"
NAV = '<nav><ul><li><a href="/">Beranda</a></li><li><a href="/ekonomi">Ekonomi</a></li></ul></nav>'
OG = f'<meta property="og:title" content="{TITLE}"><meta property="og:type" content="article">'


def make_json_ld(**more: object) -> str:
    article = {
        "@type": "NewsArticle",
        "headline": TITLE,
        "datePublished": "2026-10-14T10:05:00+07:00",
        "author": [{"@type": "Person", "name": "Rina Wulandari"}],
        "articleSection": "Ekonomi",
        "image": {"url": "https://img.kabartimur.example/panen.jpg"},
        "publisher": {"name": "Kabar Timur"},
    } | more
    return f'<script type="application/ld+json">{json.dumps(article)}</script>'


def make_page(body: str, *, head: str = OG, title: str = f"{TITLE} - Kabar Timur") -> bytes:
    return f"<!doctype html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>".encode()


def wrap_paragraphs(paragraphs: tuple[str, ...] = PARAGRAPHS) -> str:
    return "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)


LAYOUTS = {
    "plain paragraphs": f'{NAV}<h1>{TITLE}</h1><div class="content">{wrap_paragraphs()}</div>{LISTS}{FOOTER}',
    "line breaks in one element": f"<h1>{TITLE}</h1><div id='detail'>{'<br><br>'.join(PARAGRAPHS)}</div>{LISTS}",
    "table of old": f"<table><tr><td>{NAV}</td><td><b>{TITLE}</b><br>Rabu, 14/10/2026 10:05 WIB<br>"
    f"{'<br/><br/>'.join(PARAGRAPHS)}</td><td><ul>{RELATED}</ul></td></tr></table>{FOOTER}",
    "an element for each": f"<h1>{TITLE}</h1>"
    + "".join(f'<div class="a1"><div><span>{one}</span></div></div>' for one in PARAGRAPHS)
    + LISTS,
    "split over parts": f"<article><h1>{TITLE}</h1><div class='part'>{wrap_paragraphs(PARAGRAPHS[:2])}</div><div class='adsense'>Iklan</div>"
    f"<div class='part'>{wrap_paragraphs(PARAGRAPHS[2:])}</div></article>{LISTS}",
    "named after its tags": f'<div class="post tag-padi tag-kediri"><h1>{TITLE}</h1><div class="multi-fontsize">{wrap_paragraphs()}</div></div>'
    + LISTS,
    "in a form": f"<form><h1>{TITLE}</h1><div>{wrap_paragraphs()}</div></form>{LISTS}{FOOTER}",
    "marked up": f'<h1>{TITLE}</h1><div itemprop="articleBody">{wrap_paragraphs()}</div>{LISTS}',
    "not closed": f"<h1>{TITLE}<div>{'<p>'.join(('', *PARAGRAPHS))}<div>{LISTS}",
}


@pytest.mark.parametrize("body", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_every_layout_gives_text_and_headline(body: str) -> None:
    article = read_page(make_page(body), url=URL)
    assert article.text == TEXT
    assert article.title == TITLE


FURNITURE = {
    "date and byline": ("<div>Rabu, 14 Okt 2026 10:05 WIB</div><div>Penulis: Rina Wulandari</div>", "", ""),
    "caption": ("<figure><img><figcaption>Petani memanen padi. (ANTARA FOTO/Prasetia)</figcaption></figure>", "", ""),
    "caption in an element": ('<div class="photo__caption">Petani memanen padi di sawah. Foto: Rina</div>', "", ""),
    "caption beside a picture": (
        "<div><a><img></a><div>Petani memanen padi di sawah mereka, Rabu (14/10).</div></div>",
        "",
        "",
    ),
    "share": ('<div class="share-buttons"><a>Facebook</a> <a>WhatsApp</a> Bagikan artikel ini</div>', "", ""),
    "read also": ("", "<p><strong>Baca juga: <a href='/x'>Ekspor Kopi Naik Dua Digit</a></strong></p>", ""),
    "link alone": ("", "<p><a href='/x'>Ekspor Kopi Naik Dua Digit Tahun Ini</a></p>", ""),
    "advertisement": ("", "<div>ADVERTISEMENT</div><p>SCROLL TO CONTINUE WITH CONTENT</p>", ""),
    "number of the page": ("", "<div>2 dari 3 halaman</div>", "<p>Bersambung ke halaman berikutnya...</p>"),
    "picture's buttons": ("<div>Lihat Foto</div>", "<span>Perbesar</span>", ""),
    "picture's agency": ("<div>ANTARA FOTO/Adi Gunawan/rwa.</div>", "", ""),
    "hashtags": ("", "", "<div>#padi #kediri</div>"),
    "newsletter": ("", "", "<h4>Berlangganan newsletter</h4>"),
    "embedded post": (
        "",
        '<blockquote class="instagram-media"><p>Lihat postingan ini di Instagram</p><p>Sebuah kiriman dibagikan oleh Rina.</p></blockquote>',
        "",
    ),
    "video": ("", "<p>[Gambas:Video Kabar]</p>", ""),
    "related table": ("", f"<table class='linksisip'><tr><td>Baca juga:{RELATED}</td></tr></table>", ""),
    "hidden": ("", "<p style='display:none'>Kalimat rahasia yang tidak pernah terlihat oleh pembaca mana pun.</p>", ""),
    "script": ("", "<script>document.write('Kalimat dari skrip yang bukan bagian dari berita ini.')</script>", ""),
    "editor at the end": ("", "", "<p>Editor: Dewi Lestari</p>"),
    "label and name": ("", "", "<div>Penulis</div><div>: Kontributor Kediri, Rina</div>"),
    "more to read": ("", "", f"<h4>JANGAN LEWATKAN!</h4><ul>{RELATED}</ul>"),
    "tags": ("", "", '<div class="tags"><a>padi</a> <a>kediri</a></div>'),
    "comments": ("", "", "<div id='comments'><p>Semoga harga pupuk juga ikut turun tahun depan ya Pak.</p></div>"),
    "follow us": ("", "", "<p>Ikuti berita terbaru kami di kanal WhatsApp dan Telegram.</p>"),
    "address repeated": ("", "", f"<p>{PARAGRAPHS[1]}</p>"),
}


@pytest.mark.parametrize("where", FURNITURE.values(), ids=FURNITURE.keys())
def test_page_boilerplate_is_removed(where: tuple[str, str, str]) -> None:
    before, between, after = where
    body = f"<h1>{TITLE}</h1>{before}<div>{wrap_paragraphs(PARAGRAPHS[:2])}{between}{wrap_paragraphs(PARAGRAPHS[2:])}{after}</div>{LISTS}{FOOTER}"
    assert read_page(make_page(body), url=URL).text == TEXT


def test_dateline_and_initials_are_separated_from_the_text() -> None:
    first, *rest = PARAGRAPHS
    body = f"<h1>{TITLE}</h1><div><p><b>Kediri, Kabartimur.com</b> - {first}</p>{wrap_paragraphs(tuple(rest))}<p>(rnw/dew)</p></div>"
    article = read_page(make_page(body), url=URL)
    assert (article.text, article.place, article.initials) == (TEXT, "Kediri", "rnw/dew")


def test_all_stated_metadata_is_read() -> None:
    head = make_json_ld() + '<link rel="canonical" href="' + URL.replace("www", "m") + '?utm_source=x">'
    article = read_page(make_page(f"<h1>{TITLE}</h1>{wrap_paragraphs()}", head=head), url=URL + "?fbclid=1")
    assert article == Article(
        title=TITLE,
        text=TEXT,
        url=URL.replace("www.", ""),
        outlet="Kabar Timur",
        category="ekonomi",
        published_at=article.published_at,
        authors=("Rina Wulandari",),
        image_url="https://img.kabartimur.example/panen.jpg",
    )
    assert article.published_at == datetime(2026, 10, 14, 3, 5, tzinfo=UTC)


def test_json_ld_text_is_used_when_the_page_has_none() -> None:
    body = f"<h1>{TITLE}</h1><div id='app'><p>Memuat berita, mohon tunggu sebentar ya.</p></div>"
    head = make_json_ld(articleBody="<p>" + "</p><p>".join(PARAGRAPHS) + "</p>")
    assert read_page(make_page(body, head=head), url=URL).text == TEXT


@pytest.mark.parametrize(
    ("encoding", "declared", "by_http"),
    [
        ("utf-8", "", None),
        ("utf-8", '<meta charset="iso-8859-1">', None),
        ("cp1252", '<meta charset="iso-8859-1">', None),
        ("cp1252", "", "windows-1252"),
        ("cp1252", "", None),
        ("cp1252", '<meta charset="utf-8">', None),
        ("cp1252", "", "utf-8"),
        ("utf-16", "", None),
    ],
)
def test_page_encodings_are_read(encoding: str, declared: str, by_http: str | None) -> None:
    body = make_page(f"<h1>{TITLE}</h1>{wrap_paragraphs()}", head=declared + OG).decode().encode(encoding)
    assert read_page(body, url=URL, charset=by_http).text == TEXT


def test_one_bad_byte_does_not_change_the_charset() -> None:
    body = make_page(f"<h1>{TITLE}</h1>{wrap_paragraphs()}<p>\xa9</p>", head='<meta charset="utf-8">' + OG)
    assert read_page(body + b"\xff", url=URL).text == TEXT


def test_windows_1252_bytes_in_a_utf_8_page_are_decoded() -> None:
    mixed = (
        b"<p>Kafe \xc3\xa9l\xc3\xa9gan itu \x93ramai\x94 sejak pagi \x96 kata pemiliknya, Ren\xc3\xa9 d\xe2\x80. </p>"
    )
    body = make_page(f"<h1>{TITLE}</h1>{wrap_paragraphs()}MIXED", head='<meta charset="utf-8">' + OG).replace(
        b"MIXED", mixed
    )
    text = read_page(body, url=URL).text
    assert "Kafe élégan itu “ramai” sejak pagi – kata pemiliknya, René d\ufffd." in text


TEASERS = "".join(
    f"<div><h3><a href='/b/{n}'>Judul berita nomor {n} hari ini</a></h3><span>{n} menit lalu</span>"
    f"<p>Cuplikan berita nomor {n} yang menceritakan sedikit tentang peristiwa itu kepada pembaca ...</p></div>"
    for n in range(1, 30)
)
NO_ARTICLE = {
    "front page": ("https://k.example/", make_page(f"{NAV}<h1>Kabar</h1>{TEASERS}", head="", title="Kabar Timur")),
    "index": ("https://k.example/indeks", make_page(f"<h1>Indeks berita hari ini</h1>{TEASERS}", title="Indeks")),
    "list that says nothing of itself": (
        "",
        make_page("".join(f"<h2><a href='/b/{n}'>Judul berita nomor {n}</a></h2><p>{PARAGRAPHS[n % 5]}</p>" for n in range(12)), head="", title="Kabar"),
    ),
    "list without leads": ("https://k.example/tag/padi", make_page(f"<h1>Berita padi</h1><ul>{RELATED * 9}</ul>", head="")),
    "photo gallery": (URL, make_page(f"<h1>{TITLE}</h1><figure><img><figcaption>Panen.</figcaption></figure>")),
    "login": ("https://k.example/akun?next=/berita", make_page("<h1>Masuk</h1><form><input name='a'><input type='password'></form><p>Lupa kata sandi?</p>", head="")),
    "consent": (
        "https://k.example/consent",
        make_page("<h1>We value your privacy</h1><p>Kami dan mitra kami menggunakan cookies untuk menampilkan iklan yang sesuai "
             "dengan minat Anda di situs ini.</p><button>Terima semua</button>", head="", title="We value your privacy"),
    ),
    "not found": (URL, make_page("<h1>Halaman tidak ditemukan</h1><p>Maaf, halaman yang Anda cari sudah dipindahkan atau "
                            "dihapus oleh redaksi kami beberapa waktu lalu.</p>", head="", title="404 Not Found")),
    "robot check": (URL, make_page("<h1>Just a moment...</h1><p>Enable JavaScript and cookies to continue to this web site, "
                              "please, and wait until the check is done.</p>", head="", title="Just a moment...")),
    "empty": (URL, b""),
    "white space": (URL, b" \n "),
    "no markup": (URL, b"\0\1\2"),
    "only a script": (URL, make_page("<script>var a = 1</script>")),
    "too large": (URL, b"<p>" + b"a" * MAX_PAGE_BYTES),
}  # fmt: skip


@pytest.mark.parametrize(("url", "body"), NO_ARTICLE.values(), ids=NO_ARTICLE.keys())
def test_non_article_is_refused(url: str, body: bytes) -> None:
    with pytest.raises(NothingToSummarize) as refusal:
        read_page(body, url=url)
    assert refusal.value.reason in (RefusalReason.NOT_AN_ARTICLE, RefusalReason.EMPTY)


PAYWALLS = {
    "structured data": make_json_ld(isAccessibleForFree=False, articleBody=TEXT),
    "structured data as text": make_json_ld(isAccessibleForFree="False"),
    "content tier": OG + '<meta property="article:content_tier" content="locked">',
}


@pytest.mark.parametrize("head", PAYWALLS.values(), ids=PAYWALLS.keys())
def test_paywall_in_metadata_is_refused(head: str) -> None:
    with pytest.raises(NothingToSummarize) as refusal:
        read_page(
            make_page(
                f"<h1>{TITLE}</h1>{wrap_paragraphs(PARAGRAPHS[:2])}<div class='wall'>Berlangganan</div>", head=head
            ),
            url=URL,
        )
    assert refusal.value.reason is RefusalReason.PAYWALL


def test_paywall_in_page_text_is_refused() -> None:
    wall = "<div><h3>Artikel ini khusus untuk pelanggan</h3><button>Masuk untuk melanjutkan</button></div>"
    with pytest.raises(NothingToSummarize) as refusal:
        read_page(make_page(f"<h1>{TITLE}</h1>{wrap_paragraphs(PARAGRAPHS[:1])}{wall}"), url=URL)
    assert refusal.value.reason is RefusalReason.PAYWALL


HEADLINES_LIKE_BARRIERS = [
    "500 Warga Mengungsi Setelah Banjir",
    "Daftar Harga Beras di Sepuluh Kota",
    "Masuk Musim Panen, Gabah Melimpah",
    "404 Rumah Rusak Diterjang Angin Kencang",
    "Pendaki yang Hilang Belum Ditemukan",
]


@pytest.mark.parametrize("headline", HEADLINES_LIKE_BARRIERS)
def test_headline_resembling_a_paywall_notice_is_read(headline: str) -> None:
    head = f'<meta property="og:title" content="{headline}">'
    assert (
        read_page(
            make_page(f"<h1>{headline}</h1>{wrap_paragraphs(PARAGRAPHS[:2])}", head=head, title=headline), url=URL
        ).title
        == headline
    )


@settings(max_examples=80, deadline=None)
@given(st.one_of(st.binary(max_size=400), st.text(alphabet="<>/ap\"'=&;! \n", max_size=400).map(str.encode)))
def test_any_bytes_give_an_article_or_a_refusal(body: bytes) -> None:
    for document in (body, make_page(body.decode("latin-1") + wrap_paragraphs())):
        try:
            read_page(document, url=URL)
        except NothingToSummarize:
            continue
