from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import pytest

import seeds
from summaries.fetch.plain.article import read_plain_text
from summaries.topic_model.topics import TOPICS

SAMPLES = tuple(seeds.sample_articles())
WEEKDAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")


@dataclass(frozen=True)
class Head:
    """The note at the top of each file."""

    title: str
    outlet: str
    weekday: str
    date: str
    time: str
    zone: str


def read_head(text: str) -> Head:
    title, _, line = text.splitlines()[:3]
    outlet, moment = line.split(" | ")
    weekday, date, time, zone = moment.replace(",", "").split()
    return Head(title, outlet, weekday, date, time, zone)


def test_samples_cover_many_topics_and_outlets() -> None:
    assert len(SAMPLES) >= 14
    assert len({sample.category for sample in SAMPLES}) >= 6
    assert {sample.category for sample in SAMPLES} <= set(TOPICS)
    assert len({read_head(sample.text).outlet for sample in SAMPLES}) >= 4
    assert len({read_head(sample.text).title for sample in SAMPLES}) == len(SAMPLES)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_sample_is_parsed_as_its_head(sample: seeds.SampleArticle) -> None:
    head = read_head(sample.text)
    article = read_plain_text(sample.text, category=sample.category)
    offset = {"WIB": 7, "WITA": 8, "WIT": 9}[head.zone]
    assert (article.title, article.outlet, article.category) == (head.title, head.outlet, sample.category)
    assert article.published_at == datetime.strptime(f"{head.date} {head.time} +0{offset}00", "%d/%m/%Y %H:%M %z")
    assert article.published_at.year == 2026
    assert article.published_at.month in (10, 11)
    assert WEEKDAYS[article.published_at.weekday()] == head.weekday
    assert article.place


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_sample_gives_only_its_running_text(sample: seeds.SampleArticle) -> None:
    head = read_head(sample.text)
    article = read_plain_text(sample.text)
    assert 180 <= len(article.text.split()) <= 450
    assert head.title not in article.text
    assert "Foto:" not in article.text
    assert "Dok." not in article.text
    assert " -- " not in article.text
    assert article.text.endswith((".", '"'))
    assert article.initials is None or sample.text.rstrip().endswith(f"({article.initials})")
    for paragraph in article.paragraphs:
        assert paragraph in sample.text
    assert len(article.paragraphs) >= 6


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_weekdays_in_a_sample_match_their_dates(sample: seeds.SampleArticle) -> None:
    published = read_plain_text(sample.text).published_at
    assert published is not None
    words = sample.text.split()
    for before, word in pairwise(words):
        if word.startswith("(") and "/" in word and before in WEEKDAYS:
            day, month = word.strip("().,").split("/")
            moment = published.replace(day=int(day), month=int(month))
            assert WEEKDAYS[moment.weekday()] == before, f"{before} {word}"
            assert (moment.date() - published.date()).days <= 7


def test_samples_have_different_formats() -> None:
    articles = [read_plain_text(sample.text) for sample in SAMPLES]
    zones = {article.published_at.utcoffset() for article in articles if article.published_at}
    assert len(zones) == 3
    assert any(article.initials is None for article in articles)
    assert any(article.initials and "/" in article.initials for article in articles)


def test_two_samples_cover_the_same_event_in_different_words() -> None:
    by_name = {sample.name: read_plain_text(sample.text) for sample in SAMPLES}
    one = by_name["daerah/kapal-cepat-pulau-sera.txt"]
    other = by_name["nasional/pelabuhan-wairana-kapal-cepat.txt"]
    assert one.outlet != other.outlet
    for fact in ("Selasa (10/11)", "Rp85.000", "Rp42 miliar", "Yosef Manuela", "pukul 14.00 WIT", "600 kilogram"):
        assert fact in one.text
        assert fact in other.text
    assert not set(one.text.split(". ")) & set(other.text.split(". "))
