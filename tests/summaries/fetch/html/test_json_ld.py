"""Structured data, sound and broken."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.fetch.html.html_tree import parse_page
from summaries.fetch.html.json_ld import find_article, find_claim_review, find_objects, read_texts
from summaries.model import FactCheck, Verdict

TYPE, DATE = '"@type": "NewsArticle"', '"datePublished": "2026-10-14T10:05:00+07:00"'


def find(*blocks: str) -> dict[str, object]:
    scripts = "".join(f'<script type="application/ld+json">{block}</script>' for block in blocks)
    return dict(find_article(find_objects(parse_page(f"<html><head>{scripts}</head><body>x</body></html>"))))


@pytest.mark.parametrize(
    ("block", "headline"),
    [
        (f'{{{TYPE}, "headline": "Panen"}}', "Panen"),
        (f'{{"@graph": [{{"@type": "WebPage"}}, {{{TYPE}, "headline": "Panen"}}]}}', "Panen"),
        (f'//<![CDATA[\n{{{TYPE}, "headline": "Panen"}}\n//]]>', "Panen"),
        (f'<!-- {{{TYPE}, "headline": "Panen"}} -->', "Panen"),
        (f'{{{TYPE}, "headline": "Panen\nRaya"}};', "Panen\nRaya"),
        # Broken, but the readable part counts.
        (f'{{{TYPE}, "headline": "Panen",}}', "Panen"),
        (f'{{{TYPE}, "headline": "Petani: "Kami Panen", Katanya", {DATE}}}', 'Petani: "Kami Panen", Katanya'),
        (f'{{"@graph": [{{"@type": "WebPage"}}, {{{TYPE}, "headline": "Panen",}}]}}', "Panen"),
        ('{"@type": "Organization", "headline": "Panen",}', None),
        ("", None),
        ("null", None),
    ],
)
def test_headline_is_found_in_a_json_ld_block(block: str, headline: str | None) -> None:
    assert find(block).get("headline") == headline


def test_broken_block_does_not_hide_a_valid_one() -> None:
    assert find("{", f'{{{TYPE}, "headline": "Panen"}}')["headline"] == "Panen"


@pytest.mark.parametrize("unit", ['"headline":"', '"headline": "a" , ', '"@type":"NewsArticle"', "[", "{"])
def test_hostile_block_takes_bounded_time(unit: str) -> None:
    start = time.process_time()
    find(unit * (1_000_000 // len(unit)))
    assert time.process_time() - start < 5


@given(st.text(alphabet='{}[]",:@typeNewsArticle ', max_size=200))
def test_any_block_gives_a_dict(block: str) -> None:
    assert isinstance(find(block), dict)


def test_lone_surrogates_in_a_block_are_replaced() -> None:
    found = find(f'{{{TYPE}, "headline": "Panen \\ud83d Raya \\ud83d\\ude00"}}')
    assert read_texts(found["headline"]) == ["Panen \ufffd Raya 😀"]


CLAIM = '"claimReviewed": "Bulan <b>terbelah</b>"'


@pytest.mark.parametrize(
    ("rating", "verdict"),
    [
        ('{"alternateName": "Salah"}', Verdict.FALSE),
        ('{"alternateName": "Menyesatkan", "ratingValue": 1, "bestRating": 5}', Verdict.MISLEADING),
        ('{"alternateName": "Belum terbukti"}', Verdict.UNPROVEN),
        ('{"ratingValue": "1", "bestRating": "5", "worstRating": "1"}', Verdict.FALSE),
        ('{"ratingValue": 3, "bestRating": 5}', Verdict.MISLEADING),
        ('{"ratingValue": 5, "bestRating": 5}', Verdict.TRUE),
        ('{"ratingValue": "NaN", "bestRating": 5}', None),
        ('{"ratingValue": 9, "bestRating": 5}', None),
        ('"Salah"', Verdict.FALSE),
        ("null", None),
    ],
)
def test_claim_review_gives_claim_and_verdict(rating: str, verdict: Verdict | None) -> None:
    block = f'{{"@type": "ClaimReview", {CLAIM}, "reviewRating": {rating}}}'
    tree = parse_page(f'<script type="application/ld+json">{block}</script>')
    assert find_claim_review(find_objects(tree)) == (FactCheck(verdict, "Bulan terbelah") if verdict else None)


def test_list_of_claim_reviews_is_no_fact_check() -> None:
    review = f'{{"@type": "ClaimReview", {CLAIM}, "reviewRating": {{"alternateName": "Salah"}}}}'
    tree = parse_page(f'<script type="application/ld+json">[{review}, {review}]</script>')
    assert find_claim_review(find_objects(tree)) is None
