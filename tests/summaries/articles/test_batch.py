"""JSON lines in, JSON lines out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.articles import batch
from summaries.articles.batch import summarize_line
from summaries.model import MEDIUM, Length
from summaries.summarizer import DEFAULT_METHOD, METHODS

TEXT = (
    "Bogor, Kabar Desa -- Harga kedelai di pasar induk turun menjadi Rp9.000 per kilogram pada Senin pagi. "
    "Pedagang mencatat pasokan bertambah sejak pekan lalu setelah dua kapal bersandar. "
    "Perajin tempe menyambut baik penurunan itu karena ongkos produksi ikut berkurang. "
    "Dinas Perdagangan memperkirakan harga bertahan hingga akhir bulan depan. (rhm)"
)


def answer(record: Any, length: Length = MEDIUM, method: str = DEFAULT_METHOD) -> Any:
    line = record if isinstance(record, str) else json.dumps(record)
    return json.loads(summarize_line(line, length, method))


def test_an_article_is_cleaned_and_summarised() -> None:
    found = answer({"id": 7, "title": "Harga Kedelai Turun", "text": TEXT, "source": "Kabar Desa"})
    assert set(found) == {"id", "url", "sentences", "spans", "text_hash", "language", "method", "fact_check"}
    assert found["fact_check"] is None
    assert (found["id"], found["language"], found["method"]) == (7, "id", DEFAULT_METHOD)
    assert found["sentences"][0] == ("Harga kedelai di pasar induk turun menjadi Rp9.000 per kilogram pada Senin pagi.")
    assert all(sentence in TEXT for sentence in found["sentences"])


PARTED = TEXT.replace(
    "(rhm)", "Kamu bisa menjadi member komunitas startup dan inovasi DailySocial.id, mengunduh laporan riset gratis."
)


@pytest.mark.parametrize(
    ("text", "source", "outlet"),
    [
        (PARTED, None, "DailySocial.id"),
        (PARTED, "Kabar Desa", "Kabar Desa"),
        (TEXT.replace("Kabar Desa", "CNN Indonesia"), None, "CNN Indonesia"),
        (TEXT, None, None),
    ],
)
def test_outlet_comes_from_source_field_or_from_text(text: str, source: str | None, outlet: str | None) -> None:
    article = batch.parse_article(json.dumps({"id": 1, "text": text, "source": source}))
    assert article.outlet == outlet
    assert "DailySocial" not in article.text


@pytest.mark.parametrize("method", METHODS)
def test_every_method_returns_the_requested_number_of_sentences(method: str) -> None:
    assert len(answer({"id": 1, "text": TEXT}, Length(sentences=2), method)["sentences"]) == 2


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"id": "a", "title": "x", "text": "Pendek saja."}, {"id": "a", "refused": "too-short"}),
        ({"id": "a", "title": "x", "text": ""}, {"id": "a", "refused": "empty"}),
        ('{"id": NaN}', {"id": None, "refused": "not a JSON line"}),
        ("halo", {"id": None, "refused": "not a JSON line"}),
        ("[" * 100_000, {"id": None, "refused": "not a JSON line"}),
        ("[1]", {"id": None, "refused": 'not a JSON object with an "id"'}),
        ({"text": TEXT}, {"id": None, "refused": 'not a JSON object with an "id"'}),
        ({"id": [1]}, {"id": [1], "refused": '"title", "text" and "source" must be strings'}),
        ({"id": 1, "text": 5}, {"id": 1, "refused": '"title", "text" and "source" must be strings'}),
        ({"id": 1, "text": TEXT, "source": 5}, {"id": 1, "refused": '"title", "text" and "source" must be strings'}),
    ],
)
def test_unsummarizable_record_is_answered_with_the_reason(record: Any, expected: Any) -> None:
    assert answer(record) == expected


@pytest.mark.parametrize("half", [chr(0xD800), chr(0xDFFF), 2 * chr(0xD800)])
def test_lone_surrogates_are_replaced(half: str) -> None:
    line = json.dumps({"id": half, "title": half, "text": TEXT.replace("pagi", half), "source": half})
    found = summarize_line(line, MEDIUM, DEFAULT_METHOD)
    assert found.encode("utf-8")
    assert json.loads(found)["id"] == half
    assert "\ufffd" in json.loads(found)["sentences"][0]


def test_unexpected_error_fails_one_line_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise LookupError

    monkeypatch.setattr(batch, "summarize", fail)
    assert answer({"id": 5, "text": TEXT}) == {"id": 5, "refused": "failed"}


@given(st.text(max_size=300))
def test_any_line_gets_an_answer(line: str) -> None:
    assert "id" in json.loads(summarize_line(line, MEDIUM, DEFAULT_METHOD))


@given(st.text(max_size=400))
def test_any_text_gets_an_answer(text: str) -> None:
    found = answer({"id": 1, "title": text[:50], "text": text})
    assert found["id"] == 1
    assert ("refused" in found) != ("sentences" in found)


def test_fact_check_has_its_verdict() -> None:
    text = "Beredar video bulan terbelah dua di Solo. Hasil penelusuran menunjukkan video itu palsu."
    found = answer({"id": 8, "title": "Cek Fakta: Bulan Terbelah Dua di Solo", "text": text})
    sentence = {"text": "Hasil penelusuran menunjukkan video itu palsu.", "start": 42, "end": 88}
    assert found["fact_check"] == {"verdict": "false", "claim": "Bulan Terbelah Dua di Solo", "sentence": sentence}
    assert found["sentences"][0] == sentence["text"]
