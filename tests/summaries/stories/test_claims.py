"""Forwarded messages match the claims that they repeat; news matches none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from summaries.fact_checks import mark_fact_check
from summaries.model import Article, Verdict
from summaries.stories.claims import extract_claim_terms, index_claim
from tests.summaries.fact_checks.cases import MESSAGES, load_rows, look_up, make_article, store_checks

CHECKS = store_checks(map(make_article, load_rows("fact_checks.toml")))
SIM = "Cek Fakta: Benarkah SIM Berlaku Seumur Hidup Mulai Juli 2025?"
HEADLINE = "SIM Berlaku Seumur Hidup Mulai Juli 2025"
# News about the same event, with more terms than a message has.
NEWS = """Polda Metro Jaya menggelar operasi keselamatan di sejumlah ruas utama ibu kota sepanjang pekan ini. Petugas
memeriksa kelengkapan surat kendaraan, helm, sabuk pengaman, pelat nomor, lampu, dan knalpot bising. Ratusan pelanggar
mendapat teguran, sebagian membayar denda di tempat melalui aplikasi. Direktur lalu lintas mengatakan razia berlanjut
hingga akhir bulan di terminal, gerbang tol, pasar induk, kawasan sekolah, pelabuhan, serta stadion."""


def find_claim(text: str) -> str | None:
    found = look_up(text, CHECKS)
    return found.article.fact_check.claim if found and found.article.fact_check else None


def test_messages_match_the_claims_that_they_repeat() -> None:
    own = [message for message in MESSAGES if not message.get("is_real")]
    assert len(own) > 60
    for message in own:
        wanted = None if message.get("is_missed") else message["claim"]
        assert find_claim(message["text"]) == wanted, message["text"]


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
