"""Headlines of many desks: those of fact-checks give verdict and claim, those of news about hoaxes do not."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from summaries.fact_checks import find_fact_check
from summaries.model import Article

ROWS: dict[str, list[dict[str, Any]]] = tomllib.loads(Path(__file__).with_name("headlines.toml").read_text("utf-8"))
PLACES = {
    "nasional": "https://kabar.example/nasional/read/1",
    "cekfakta": "https://kabar.example/cek-fakta/read/1",
    "periksafakta": "https://periksafakta.kabar.example/1",
    "turnbackhoax": "https://turnbackhoax.id/1",
}
TEXTS = {
    "desk": "Sebuah unggahan beredar di media sosial. Tim Cek Fakta Tempo menelusurinya sejak Senin.\n\n"
    "Hasil penelusuran menunjukkan klaim dalam unggahan tersebut tidak benar.",
    "list": "Sejumlah hoaks beredar di media sosial. Cek Fakta Liputan6.com merangkumnya.",
    "news": "Hal itu disampaikan juru bicara kepada wartawan pada Senin. Menurut dia, kabar yang beredar di media"
    " sosial itu tidak benar dan meresahkan warga.\n\nWarga diminta tidak menyebarkannya.",
}


def make_article(row: dict[str, Any], text: str) -> Article:
    return Article(title=row["title"], text=TEXTS[row.get("text", text)], url=PLACES[row.get("place", "nasional")])


@pytest.mark.parametrize("row", ROWS["check"], ids=lambda row: row["title"])
def test_headline_of_a_fact_check_gives_verdict_and_claim(row: dict[str, Any]) -> None:
    found = find_fact_check(make_article(row, "desk"))
    assert found is not None
    assert (found.verdict, found.claim) == (row["verdict"], row["claim"])


@pytest.mark.parametrize("row", ROWS["news"], ids=lambda row: row["title"])
def test_headline_of_news_about_hoaxes_is_no_fact_check(row: dict[str, Any]) -> None:
    assert find_fact_check(make_article(row, "news")) is None
