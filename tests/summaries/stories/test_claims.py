"""Forwarded messages match the claims that they repeat; news matches none."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cache

import pytest

from summaries.fact_checks import mark_fact_check
from summaries.model import Article, StoredArticle, Verdict
from summaries.stories.claims import extract_claim_terms, index_claim, split_message
from tests.summaries.fact_checks.cases import MESSAGES, load_rows, look_up, make_article, store_checks, surround

SIM = "Cek Fakta: Benarkah SIM Berlaku Seumur Hidup Mulai Juli 2025?"
HEADLINE = "SIM Berlaku Seumur Hidup Mulai Juli 2025"
# News about the same event, with more terms than a message has.
NEWS = """Polda Metro Jaya menggelar operasi keselamatan di sejumlah ruas utama ibu kota sepanjang pekan ini. Petugas
memeriksa kelengkapan surat kendaraan, helm, sabuk pengaman, pelat nomor, lampu, dan knalpot bising. Ratusan pelanggar
mendapat teguran, sebagian membayar denda di tempat melalui aplikasi. Direktur lalu lintas mengatakan razia berlanjut
hingga akhir bulan di terminal, gerbang tol, pasar induk, kawasan sekolah, pelabuhan, serta stadion."""


@cache
def load_checks() -> Mapping[StoredArticle, Collection[str]]:
    return store_checks(map(make_article, load_rows("fact_checks.toml")))


def find_claim(text: str) -> str | None:
    found = look_up(text, load_checks())
    return found.article.fact_check.claim if found and found.article.fact_check else None


def test_messages_match_the_claims_that_they_repeat() -> None:
    own = [message for message in MESSAGES if not message.get("is_real")]
    assert len(own) > 60
    for message in own:
        wanted = None if message.get("is_missed") else message["claim"]
        assert find_claim(message["text"]) == wanted, message["text"]


@pytest.mark.parametrize(("size", "least"), [(400, 12), (1_500, 12), (4_000, 12), (7_900, 12)])
def test_long_messages_match_a_claim_at_any_place(size: int, least: int) -> None:
    own = [message for message in MESSAGES if not (message.get("is_real") or message.get("is_missed"))][::4]
    found = [
        (find_claim(surround(message["text"], size, number % 3)), message["claim"])
        for number, message in enumerate(own)
    ]
    assert [claim for claim, wanted in found if claim not in (None, wanted)] == []
    assert sum(claim == wanted for claim, wanted in found) >= least


def test_messages_without_a_claim_match_none() -> None:
    for size in (20, 400, 4_000):
        assert find_claim(surround("", size, 0)) is None


def test_letters_of_other_fonts_and_hidden_characters_do_not_hide_a_claim() -> None:
    text = "Kementerian Kelautan buka bantuan perahu gratis, nelayan segera daftar, isi formulir"
    bold = "".join(chr(0x1D41A + ord(c) - ord("a")) if "a" <= c <= "z" else f"{c}\u200b" for c in text)
    assert find_claim(text) is not None
    assert find_claim(bold) == find_claim(text)


@pytest.mark.parametrize("address", ["https://perahu-2.gratis.example/daftar", "bit.ly/perahu2"])
def test_unknown_address_does_not_hide_a_claim(address: str) -> None:
    text = "Kementerian Kelautan buka bantuan perahu gratis, nelayan segera daftar, isi formulir"
    assert find_claim(f"{text} {address}") == find_claim(text)
    assert find_claim(f"Lowongan satpam di Kudus {address}") is None


def test_only_forwarded_messages_are_split() -> None:
    assert split_message(NEWS) == []
    assert split_message(f"Info dari grup sebelah\n{NEWS}")
    longest = split_message("!! " + " ".join(map("{}kata".format, "abcdefghijklmnopqrstuvwxyz")) * 400)
    assert len(longest) < 4_000
    assert all(3 <= len(part) <= 25 for part in longest)


def test_news_about_hoaxes_matches_no_claim() -> None:
    for row in load_rows("lookalikes.toml"):
        assert find_claim(f"{row['title']}\n{row['text']}") is None, row["title"]


@pytest.mark.parametrize(
    ("headline", "is_found"),
    [
        (HEADLINE, True),
        (f"Polri Bantah {HEADLINE}", False),
        ("Polri Usulkan SIM Berlaku Seumur Hidup", False),
        ("Razia di Jakarta", False),
    ],
)
def test_article_repeats_a_claim_if_its_headline_says_the_same(headline: str, *, is_found: bool) -> None:
    assert (find_claim(f"{headline}\n{NEWS}") is not None) == is_found


def test_confirmed_claims_and_other_articles_are_not_indexed() -> None:
    (article,) = (mark_fact_check(make_article(row)) for row in load_rows("fact_checks.toml") if row["title"] == SIM)
    assert "hidup" in index_claim(article)
    assert article.fact_check is not None
    assert index_claim(replace(article, fact_check=replace(article.fact_check, verdict=Verdict.TRUE))) == ()
    assert index_claim(Article(title="Panen Raya", text="Warga panen.")) == ()


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Menkeu bayar hutang", ["teri", "uang", "bayar", "utang"]),
        ("Rp10.000 dan 5jt", ["juta", "10000", "5"]),
        ("https://www.bansos-kilat.site/daftar?u=1", ["@bansos-kilat.site"]),
        ("cek bit.ly/bansos1, kemensos.go.id/x, kompas.com/y", ["@bit.ly/bansos1"]),
        ("harga turun.Segera beli", ["harga", "turun", "beli"]),
    ],
)
def test_terms_are_addresses_stems_and_numbers(text: str, terms: list[str]) -> None:
    assert extract_claim_terms(text) == terms
