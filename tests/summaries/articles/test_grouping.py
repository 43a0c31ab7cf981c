"""Stories of JSON lines."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from summaries.articles import batch
from summaries.articles.batch import InvalidRecord, group_lines, parse_story_record
from summaries.text.cleaning import CleanText, clean

RECORDS = json.loads((Path(__file__).parents[1] / "stories" / "mini_stories.json").read_text(encoding="utf-8"))


def run(lines: list[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in group_lines(lines)]


def test_answers_stand_in_the_order_of_the_lines() -> None:
    answers = run([json.dumps(record) for record in RECORDS])
    assert [answer["id"] for answer in answers] == [record["id"] for record in RECORDS]
    stories = {answer["id"]: answer["story"] for answer in answers}
    assert stories["api-2"] == "api-1"
    assert stories["pasar-1"] == "pasar-1"


def test_ids_may_be_numbers_and_are_not_mixed_up_with_texts() -> None:
    fire, quake = RECORDS[0], RECORDS[10]
    answers = run([json.dumps({**fire, "id": 1}), json.dumps({**quake, "id": "1"})])
    assert answers == [{"id": 1, "story": 1}, {"id": "1", "story": "1"}]


def test_the_same_id_twice_is_one_article() -> None:
    answers = run([json.dumps(RECORDS[0]), json.dumps(RECORDS[0])])
    assert answers == [{"id": "api-1", "story": "api-1"}] * 2


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("{", {"id": None, "refused": "not a JSON line"}),
        ("[" * 100_000, {"id": None, "refused": "not a JSON line"}),
        ("[1]", {"id": None, "refused": 'not a JSON object with an "id" that is a text or a whole number'}),
        ('{"id": [1]}', {"id": [1], "refused": 'not a JSON object with an "id" that is a text or a whole number'}),
        ('{"id": 3, "title": 4}', {"id": 3, "refused": '"title", "text" and "outlet" must be strings'}),
        ('{"id": 3, "title": "a", "outlet": {}}', {"id": 3, "refused": '"title", "text" and "outlet" must be strings'}),
        ('{"id": 3, "text": ["a"]}', {"id": 3, "refused": '"title", "text" and "outlet" must be strings'}),
    ],
)
def test_a_line_that_is_something_else_is_answered_and_the_others_are_too(line: str, answer: dict[str, Any]) -> None:
    good = json.dumps(RECORDS[0])
    assert run([line, "", good]) == [answer, {"id": "api-1", "story": "api-1"}]


def test_articles_with_nothing_to_read_stand_alone() -> None:
    lines = [json.dumps({"id": i, "title": title, "text": text}) for i, (title, text) in enumerate(NOTHING)]
    assert run(lines) == [{"id": i, "story": i} for i in range(len(NOTHING))]


NOTHING = [("", ""), (None, None), (" ", "\n"), ("...", "\u200b"), ("", ""), ("123", "dan di yang")]


def test_outlets_dates_and_texts_may_be_missing() -> None:
    bare = [{"id": record["id"], "title": record["title"]} for record in RECORDS[:3]]
    told = [{"id": record["id"], "title": "", "text": record["text"], "date": None} for record in RECORDS[3:]]
    answers = run([json.dumps(record) for record in [*bare, *told]])
    assert [answer["id"] for answer in answers] == [record["id"] for record in RECORDS]
    assert all("story" in answer for answer in answers)


def test_days_without_hours_tell_the_same_stories() -> None:
    days = [{**record, "date": record["date"][:10]} for record in RECORDS]
    stories = {answer["id"]: answer["story"] for answer in run([json.dumps(record) for record in days])}
    assert {name: stories[name] for name in stories if name.startswith("api")} == dict.fromkeys(
        ("api-1", "api-2", "api-3"), "api-1"
    )


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        ("2025-03-04T07:00:00+07:00", datetime(2025, 3, 4, 0, tzinfo=UTC)),
        ("2025-03-04T07:00:00", datetime(2025, 3, 4, 0, tzinfo=UTC)),  # no zone: western Indonesian time
        ("2025-03-04", datetime(2025, 3, 3, 17, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("0001-01-01T00:00:00+07:00", None),
        ("0001-01-01T00:00:00Z", None),
        ("1989-12-31", None),
        ("9999-12-31T07:00:00+07:00", None),
        ("9999-12-31T23:59:59-12:00", None),
        (" 2025-03-04 07:00 ", datetime(2025, 3, 4, 0, tzinfo=UTC)),
        ("Tue, 04 Mar 2025 07:00:00 +0700", datetime(2025, 3, 4, 0, tzinfo=UTC)),
        ("Tue, 04 Mar 2025 07:00:00 +9999", None),
        ("kemarin", None),
        ("", None),
        (17, None),
        (None, None),
    ],
)
def test_dates(date: object, moment: datetime | None) -> None:
    line = json.dumps({"id": 1, "title": "Taman", "date": date})
    assert parse_story_record(line).published_at == moment


def test_a_bad_record_says_what_is_wrong() -> None:
    with pytest.raises(InvalidRecord, match="not a JSON line"):
        parse_story_record("nope")


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+07:00", "9999-12-31T07:00:00+07:00"])
def test_impossible_dates_cost_nothing(date: str) -> None:
    dated = [{**record, "date": date} for record in RECORDS]
    stories = {answer["id"]: answer["story"] for answer in run([json.dumps(record) for record in dated])}
    assert stories["api-2"] == stories["api-1"]


def test_halves_of_surrogate_pairs_harm_nothing() -> None:
    half = chr(0xD83D)
    odd = {"id": half, "title": half, "outlet": half, "text": f"Kapal {half} kandas."}
    lines = list(group_lines([json.dumps(odd), json.dumps(RECORDS[0])]))
    assert [json.loads(line.encode())["id"] for line in lines] == [half, RECORDS[0]["id"]]


def test_what_nobody_foresaw_costs_one_line_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(text: str) -> CleanText:
        if text == "bom":
            raise LookupError
        return clean(text)

    monkeypatch.setattr(batch, "clean", fail)
    assert run([json.dumps({"id": 1, "text": "bom"}), json.dumps(RECORDS[0])]) == [
        {"id": 1, "refused": "failed"},
        {"id": "api-1", "story": "api-1"},
    ]
