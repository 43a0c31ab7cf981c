"""The sample articles: their format, their breadth, and nothing in them that becomes wrong when their dates move."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import seeds
from bot.cli.sample_news import FIRST_DAY, WEEKDAYS, Sample, make_article, read_samples
from summaries.articles.prepare import prepare
from summaries.fetch.plain.article import read_plain_text
from summaries.model import Origin, StoredArticle, Verdict
from summaries.stories.disagreements import find_disagreements
from summaries.stories.figures import Kind
from summaries.text.sentences import split_sentences
from summaries.topic_model.topics import GENERAL, TOPICS
from tests.summaries.fact_checks.cases import SHOWN_MESSAGE, look_up, store_checks

SAMPLES = tuple(seeds.sample_articles())
MONTHS = "Januari|Februari|Maret|April|Mei|Juni|Juli|Agustus|September|Oktober|November|Desember"
# The report of a news agency, which two outlets print.
WIRE = {"konferensi-pulau-pasifik", "dana-pesisir-pasifik-wawancara"}


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


def test_samples_cover_all_topics_and_many_places() -> None:
    heads = [read_head(sample.text) for sample in SAMPLES]
    assert len(SAMPLES) >= 45
    assert {sample.category for sample in SAMPLES} == set(TOPICS) - {GENERAL}
    assert len({head.outlet for head in heads}) >= 6
    assert len({head.title for head in heads}) == len(SAMPLES)
    assert len({read_plain_text(sample.text).place for sample in SAMPLES}) >= 15
    assert len({sample.name for sample in read_samples()}) == len(SAMPLES)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_sample_is_parsed_as_its_head(sample: seeds.SampleArticle) -> None:
    head = read_head(sample.text)
    article = read_plain_text(sample.text, category=sample.category)
    offset = {"WIB": 7, "WITA": 8, "WIT": 9}[head.zone]
    assert (article.title, article.outlet, article.category) == (head.title, head.outlet, sample.category)
    assert article.published_at == datetime.strptime(f"{head.date} {head.time} +0{offset}00", "%d/%m/%Y %H:%M %z")
    assert 0 <= (article.published_at.date() - FIRST_DAY).days < 6
    assert WEEKDAYS[article.published_at.weekday()] == head.weekday
    assert article.place


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_sample_gives_only_its_running_text(sample: seeds.SampleArticle) -> None:
    head = read_head(sample.text)
    article = read_plain_text(sample.text)
    assert 120 <= len(article.text.split()) <= 400
    assert head.title not in article.text
    assert "Foto:" not in article.text
    assert "Dok." not in article.text
    assert " -- " not in article.text
    assert article.text.endswith((".", '"'))
    assert article.initials is None or sample.text.rstrip().endswith(f"({article.initials})")
    for paragraph in article.paragraphs:
        assert paragraph in sample.text
    assert len(article.paragraphs) >= 5


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_weekdays_in_a_sample_have_their_dates(sample: seeds.SampleArticle) -> None:
    published = read_plain_text(sample.text).published_at
    assert published is not None
    _, _, _, body = sample.text.split("\n", 3)
    assert not re.search(rf"\b(?:20\d\d|{MONTHS})\b", body)
    for weekday, day, month in re.findall(rf"\b({'|'.join(WEEKDAYS)})\b(?:(?: \w+)? \((\d+)/(\d+)\))?", body):
        assert day, f"{weekday} has no date, so it would be wrong in another week"
        moment = datetime(FIRST_DAY.year, int(month), int(day), tzinfo=published.tzinfo)
        assert WEEKDAYS[moment.weekday()] == weekday
        assert abs((moment.date() - published.date()).days) <= 7


def test_outlets_share_sentences_only_in_wire_copy() -> None:
    users: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for sample in read_samples():
        article = read_plain_text(sample.text)
        for sentence in split_sentences(article.text):
            users[sentence].add((article.outlet or "", sample.name))
    shared = [names for names in users.values() if len({outlet for outlet, _ in names}) > 1]
    assert len(shared) >= 5
    assert {name for names in shared for _, name in names} == WIRE


def test_samples_have_different_formats() -> None:
    articles = [read_plain_text(sample.text) for sample in SAMPLES]
    zones = {article.published_at.utcoffset() for article in articles if article.published_at}
    assert len(zones) == 3
    assert any(article.initials is None for article in articles)
    assert any(article.initials and "/" in article.initials for article in articles)


def find_sample(name: str) -> Sample:
    return next(sample for sample in read_samples() if sample.name == name)


def read_text(name: str) -> str:
    return make_article(find_sample(name), timedelta(), "").text


@pytest.mark.parametrize(
    ("name", "claim", "lure"),
    [
        ("bendungan-welasi", "Pesan Berantai Bendungan Welasi Jebol dan Ribuan Orang Tewas", "Sebarkan ke semua"),
        (
            "bantuan-modal-tautan",
            "Tautan Pendaftaran Bantuan Modal Usaha Rp2,4 Juta dari Kementerian Koperasi",
            "modal-warung.example",
        ),
    ],
)
def test_fact_check_is_recognised_and_its_call_to_spread_the_hoax_is_not_shown(
    name: str, claim: str, lure: str
) -> None:
    assert lure in read_text(name)
    prepared = prepare(read_plain_text(find_sample(name).text))
    checked = prepared.article.fact_check
    assert checked is not None
    assert (checked.verdict, checked.claim) == (Verdict.FALSE, claim)
    assert checked.sentence is not None
    assert checked.sentence.text.startswith("Kesimpulan: ")
    assert all(summary.text.startswith(checked.sentence.text) for summary in prepared.summaries)
    assert all(lure not in summary.text for summary in prepared.summaries)


def test_only_messages_match_the_fact_checks() -> None:
    articles = [prepare(make_article(sample, timedelta(), "")).article for sample in read_samples()]
    checks = store_checks([article for article in articles if article.fact_check])
    assert len(checks) == 2
    for article in articles:
        assert article.fact_check or look_up(f"{article.title}\n{article.text}", checks) is None, article.title
    found = look_up(SHOWN_MESSAGE, checks)
    assert found is not None
    assert "Bantuan Modal Usaha" in found.article.title
    guide = (Path(__file__).parents[2] / "docs/panduan/pembaca.md").read_text(encoding="utf-8")
    assert " ".join(SHOWN_MESSAGE.split()) in " ".join(guide.split())


def test_outlets_differ_on_the_victims_of_the_bus_and_later_figures_are_marked() -> None:
    stored = []
    for number, name in enumerate(("jurang", "lima-tewas", "enam-tewas")):
        article = make_article(find_sample(f"bus-cahaya-mandala-{name}"), timedelta(), "")
        assert article.published_at is not None
        stored.append(StoredArticle(number, name, article, Origin.FEED, article.published_at))
    found = {
        one.kind: [(said.outlet, int(said.value), said.is_later) for said in one.statements]
        for one in find_disagreements(stored)
    }
    assert found[Kind.DEATHS] == [
        ("Warta Kota Fiksi", 4, False),
        ("Harian Nusantara", 5, False),
        ("Suara Pesisir", 6, True),
    ]
    assert found[Kind.INJURED][:2] == [("Warta Kota Fiksi", 17, False), ("Harian Nusantara", 19, False)]


@pytest.mark.parametrize(
    ("one", "other", "agreed", "first", "second"),
    [
        ("banjir-lembah-suri-lima-tewas", "banjir-lembah-suri-tanggap-darurat", "Welasi", "lima warga", "Tujuh warga"),
        ("gempa-teluk-nara", "gempa-teluk-nara-susulan", "48 kilometer", "37 rumah", "41 rumah"),
        ("kebakaran-pasar-cempaka", "pedagang-pasar-cempaka", "Jakarta Timur", "02.15 WIB", "02.40 WIB"),
        ("perda-anggaran-desa", "perda-desa-teluk-nara", "86 desa", "19 orang", "18 anggota"),
        ("vaksin-dengue-palembang", "vaksin-dengue-sekolah", "112 sekolah", "1.340 kasus", "1.430 kasus"),
    ],
)
def test_reports_of_an_event_agree_and_differ(one: str, other: str, agreed: str, first: str, second: str) -> None:
    assert agreed in read_text(one)
    assert agreed in read_text(other)
    assert first in read_text(one)
    assert second in read_text(other)
    assert first not in read_text(other)
    assert second not in read_text(one)


def test_two_samples_cover_the_same_event_in_different_words() -> None:
    one, other = read_text("kapal-cepat-pulau-sera"), read_text("pelabuhan-wairana-kapal-cepat")
    for fact in ("Minggu (1/11)", "Rp85.000", "Rp42 miliar", "Yosef Manuela", "pukul 14.00 WIT", "600 kilogram"):
        assert fact in one
        assert fact in other
