"""Published summaries against the article as it is now."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.articles.batch import InvalidRecord, summarize_line
from summaries.articles.verify import (
    MAX_SENTENCES,
    Finding,
    PublishedSummary,
    Source,
    SummaryVerifier,
    Verification,
    describe_stored,
    parse_summary,
    verify_text,
)
from summaries.errors import TransientFetchError
from summaries.model import MEDIUM, Article, Origin, Summary, SummarySentence, hash_text
from summaries.summarizer import DEFAULT_METHOD

if TYPE_CHECKING:
    from datetime import datetime

    from summaries.storage import Store

URL = "https://kabar.example/ekonomi/kedelai-turun"
PRINTED = (
    "Bogor, Kabar Desa -- Harga kedelai di pasar induk turun menjadi Rp9.000 per kilogram pada Senin pagi. "
    "Pedagang mencatat pasokan bertambah sejak pekan lalu setelah dua kapal bersandar.\n"
    "Perajin tempe menyambut baik penurunan itu karena ongkos produksi ikut berkurang. "
    "Dinas Perdagangan memperkirakan harga bertahan hingga akhir bulan depan. (rhm)"
)
RECORD = {"id": 7, "title": "Harga Kedelai Turun", "text": PRINTED, "url": URL}
TEXT = "Lima rumah rusak. 5 orang tewas.\n\nWarga mengungsi."
SENTENCE = {"text": "5 orang tewas.", "start": 18, "end": 32}
LINE: dict[str, Any] = {"id": 1, "url": URL, "sentences": [SENTENCE], "text_hash": hash_text(TEXT)}


def published(**changes: Any) -> bytes:
    return json.dumps(LINE | changes).encode()


def parsed(**changes: Any) -> PublishedSummary:
    summary = parse_summary(published(**changes))
    assert summary is not None
    return summary


def test_hash_can_be_computed_elsewhere() -> None:
    paragraphs = ["Gempa di Ambon.", "Warga “panik” 😀."]
    expected = hashlib.sha256("Gempa di Ambon.\n\nWarga “panik” 😀.".encode()).hexdigest()
    assert hash_text("\n\n".join(paragraphs)) == f"sha256:{expected}"


@pytest.mark.parametrize(
    ("text", "finding", "start"),
    [
        (TEXT, Finding.SAME, 18),
        (TEXT + "\n\nBersambung.", Finding.SAME, 18),
        ("Baru: " + TEXT, Finding.MOVED, 24),
        ("5 orang tewas. " + TEXT, Finding.MOVED, 33),
        ("5 orang tewas.", Finding.MOVED, 0),
        (TEXT.replace("5 orang", "6 orang"), Finding.CHANGED, None),
        (TEXT.replace("tewas.", "tewas,"), Finding.CHANGED, None),
        # Its words are at the same offsets, as the end of another number.
        (TEXT.replace(" 5 orang", "25 orang"), Finding.CHANGED, None),
        (TEXT.replace("5 orang", "1,5 orang"), Finding.CHANGED, None),
        ("", Finding.CHANGED, None),
    ],
)
def test_sentence_is_the_same_or_moved_or_changed(text: str, finding: Finding, start: int | None) -> None:
    found = verify_text(parsed(), text, Source.PAGE)
    assert (found.finding, found.text_hash) == (finding, hash_text(text))
    assert [(one.finding, one.start) for one in found.sentences] == [(finding, start)]


def test_worst_sentence_decides() -> None:
    moved = {"text": "Warga mengungsi.", "start": 0, "end": 16}
    gone = {"text": "Ada 3 kapal.", "start": 0, "end": 12}
    assert verify_text(parsed(sentences=[SENTENCE, moved]), TEXT, Source.PAGE).finding is Finding.MOVED
    found = verify_text(parsed(sentences=[moved, gone, SENTENCE]), TEXT, Source.PAGE)
    assert found.finding is Finding.CHANGED
    assert [one.finding for one in found.sentences] == [Finding.MOVED, Finding.CHANGED, Finding.SAME]


def test_same_text_has_the_same_sentences_without_a_space_between_them() -> None:
    text = "Terjadi tahun 2020.5 orang tewas."
    summary = parsed(sentences=[{"text": "5 orang tewas.", "start": 19, "end": 33}], text_hash=hash_text(text))
    assert verify_text(summary, text, Source.PAGE).finding is Finding.SAME


def test_text_of_repetitions_takes_no_longer() -> None:
    summary = replace(parsed(), sentences=(SummarySentence("a", 0, 1),) * MAX_SENTENCES)
    assert verify_text(summary, "a" * 1_000_000, Source.PAGE).finding is Finding.CHANGED


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{rusak", "not a JSON object"),
        (b"[" * 100_000, "not a JSON object"),
        (b"\xff\xfe", "not a JSON object"),
        (b"[1]", "not a JSON object"),
        (b"{}", '"sentences" is not a list of 1 to 1000 sentences'),
        (published(id=True), '"id" is not a text or a whole number'),
        (published(id=[1]), '"id" is not a text or a whole number'),
        (published(id="\ud83d"), '"id" has more than 200 characters, or half a surrogate pair'),
        (published(id=10**300), '"id" has more than 200 characters, or half a surrogate pair'),
        (published(url=5), '"url" is not a string'),
        (published(url="\ud83d"), '"url" has half a surrogate pair'),
        (published(url="x" * 3000), '"url" has more than 2048 characters'),
        (published(text_hash="md5:0"), '"text_hash" is not "sha256:" and 64 hexadecimal digits'),
        (published(text=["a"]), '"text" is not a string'),
        (published(paragraphs=["a", 1]), '"paragraphs" is not a list of strings'),
        (published(sentences="Halo."), '"sentences" is not a list of 1 to 1000 sentences'),
        (published(sentences=[]), '"sentences" is not a list of 1 to 1000 sentences'),
        (published(sentences=[SENTENCE] * 1001), '"sentences" is not a list of 1 to 1000 sentences'),
        (published(sentences=["Halo."]), "sentence 1 has no text with two offsets"),
        (published(sentences=["Halo."], spans=[]), '"spans" is not a list with the offsets of each sentence'),
        (published(sentences=["Halo."], spans=[[0]]), "sentence 1 has no text with two offsets"),
        (published(sentences=[SENTENCE, SENTENCE | {"start": 18.0}]), "sentence 2 has no text with two offsets"),
        (published(sentences=[SENTENCE | {"text": "5 \ud83d tewas."}]), "sentence 1 has half a surrogate pair"),
        *(
            (published(sentences=[wrong]), "sentence 1 does not have the length that its offsets give, in code points")
            for wrong in (
                SENTENCE | {"end": 31},
                SENTENCE | {"start": -18, "end": -4},
                SENTENCE | {"end": 10**400},
                {"text": "", "start": 3, "end": 3},
                {"text": "A", "start": False, "end": True},
            )
        ),
    ],
)
def test_hostile_line_is_refused_with_the_reason(line: bytes, reason: str) -> None:
    with pytest.raises(InvalidRecord) as raised:
        parse_summary(line)
    assert str(raised.value) == reason


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None))
VALUES = SCALARS | st.lists(SCALARS | st.fixed_dictionaries({"text": SCALARS, "start": SCALARS, "end": SCALARS}))


@given(st.dictionaries(st.sampled_from([*LINE, "spans", "text", "paragraphs"]), VALUES))
def test_any_values_are_read_or_refused(changes: dict[str, Any]) -> None:
    with suppress(InvalidRecord):
        summary = parse_summary(json.dumps(LINE | changes).encode())
        assert summary is not None
        assert len(verify_text(summary, TEXT, Source.LINE).sentences) == len(summary.sentences)


def test_offsets_far_outside_the_text_are_not_in_it() -> None:
    summary = parsed(sentences=[{"text": "Ada.", "start": 10**30, "end": 10**30 + 4}])
    assert verify_text(summary, TEXT, Source.PAGE).finding is Finding.CHANGED


async def verify(verifier: SummaryVerifier, line: bytes) -> Verification:
    result = await verifier.verify(line)
    assert result is not None
    return result[1]


async def test_batch_output_is_verified_by_its_input() -> None:
    line = json.loads(summarize_line(json.dumps(RECORD), MEDIUM, DEFAULT_METHOD))
    verifier = SummaryVerifier()
    assert (await verify(verifier, json.dumps(line).encode())).finding is Finding.UNKNOWN
    found = await verify(verifier, json.dumps(line | {"text": PRINTED}).encode())
    assert (found.finding, found.source, found.text_hash) == (Finding.SAME, Source.LINE, line["text_hash"])
    found = await verify(verifier, json.dumps(line | {"text": PRINTED.replace("9.000", "8.000")}).encode())
    assert [one.finding for one in found.sentences][:2] == [Finding.CHANGED, Finding.SAME]
    assert await verifier.verify(b'{"id": 3, "refused": "empty"}') is None


async def test_article_is_found_in_the_database_by_address_or_id(store: Store, now: datetime) -> None:
    article = Article("Rumah Rusak", TEXT, URL)
    summary = Summary((SummarySentence("5 orang tewas.", 18, 32),), DEFAULT_METHOD, MEDIUM)
    stored = await store.articles.put(article, [summary], origin=Origin.FEED, now=now)
    imported = await store.articles.put(replace(article, url=None), [summary], origin=Origin.IMPORT, now=now)
    verifier = SummaryVerifier(articles=store.articles)
    for one in (stored, imported):
        checked = await verify(verifier, json.dumps(describe_stored(one, summary)).encode())
        assert (checked.finding, checked.source) == (Finding.SAME, Source.DATABASE)
    # An address that is not in the database is not replaced by an id.
    for unknown in ({"id": imported.id, "url": URL + "/lain"}, {"id": 2**70, "url": None}, {"id": "1", "url": None}):
        assert (await verify(verifier, published(**unknown))).finding is Finding.UNKNOWN
    # The line's own text comes before an id, which may be that of another program.
    checked = await verify(verifier, published(id=imported.id, url=None, text=TEXT))
    assert (checked.finding, checked.source) == (Finding.SAME, Source.LINE)


async def test_fetched_page_comes_first() -> None:
    async def fetch(url: str) -> Article:
        if url != URL:
            raise TransientFetchError("away")
        return Article("Rumah Rusak", "Baru. " + TEXT)

    verifier = SummaryVerifier(fetch=fetch)
    found = await verify(verifier, published(text=TEXT))
    assert (found.finding, found.source) == (Finding.MOVED, Source.PAGE)
    found = await verify(verifier, published(text=TEXT, url=URL + "/lain"))
    assert found == Verification(Finding.UNREACHABLE, detail="away")
