"""The OpenAPI document describes the API: examples and answers fit its schemas."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from bot.api.openapi import build_document, load_examples
from bot.api.operations import OPERATIONS, NewsApi, Operation
from bot.api.problems import MEDIA_TYPE
from tests.bot.dam_story import FIRST, SECOND, TITLE
from tests.summaries.conftest import FakeFetcher

Json = dict[str, Any]
DOCUMENT = build_document()
EXAMPLES = load_examples()
SCHEMAS = "#/components/schemas/"
each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)


def check(value: object, schema: Json) -> None:
    """Check the value against a schema of the document."""
    whole = {"components": DOCUMENT["components"], **schema}
    Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(value)


def describe(operation: Operation) -> Json:
    described: Json = DOCUMENT["paths"][operation.path][operation.method.lower()]
    return described


def check_answer(operation: Operation, answer: httpx.Response) -> None:
    """Check that the document describes the answer."""
    described = describe(operation)["responses"][str(answer.status_code)]
    media_type = answer.headers["content-type"].partition(";")[0]
    check(answer.json(), described["content"][media_type]["schema"])
    if answer.is_error:
        assert (media_type, answer.json()["status"]) == (MEDIA_TYPE, answer.status_code)


async def send(http: httpx.AsyncClient, operation: Operation, given: Json) -> httpx.Response:
    path = operation.path.format(**given)
    if operation.method == "POST":
        return await http.post(path, json=given)
    query = {name: value for name, value in given.items() if f"{{{name}}}" not in operation.path}
    return await http.get(path, params=query)


def find_references(value: object) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(find_references(one) for one in value.values()))
    return set().union(*(find_references(one) for one in value)) if isinstance(value, list) else set()


def test_schemas_are_valid_and_every_reference_leads_to_one() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    for schema in schemas.values():
        validator_for(schema, default=Draft202012Validator).check_schema(schema)
    assert find_references(DOCUMENT) == {SCHEMAS + name for name in schemas}


@each_operation
def test_examples_fit_the_schemas(operation: Operation) -> None:
    described, (given, result) = describe(operation), EXAMPLES[operation.name].values()
    assert described["operationId"] == operation.name
    check(result, described["responses"]["200"]["content"]["application/json"]["schema"])
    assert operation.result.model_validate(result).model_dump(mode="json", exclude_unset=True) == result
    if operation.method == "POST":
        check(given, described["requestBody"]["content"]["application/json"]["schema"])
    parameters = {one["name"]: one for one in described.get("parameters", ())}
    assert {name: one["example"] for name, one in parameters.items() if "example" in one} == (
        given if operation.method == "GET" else {}
    )
    for name, value in given.items() if operation.method == "GET" else ():
        check(value, parameters[name]["schema"])


@each_operation
async def test_the_request_of_the_example_is_answered(
    operation: Operation, http: httpx.AsyncClient, web: FakeFetcher
) -> None:
    given = EXAMPLES[operation.name]["given"]
    paragraphs = "".join(f"<p>{sentence}.</p>" for sentence in FIRST.split(". "))
    web.publish("https://example.com/berita/bendungan", f"<article><h1>{TITLE}</h1>{paragraphs}</article>")
    answer = await send(http, operation, given)
    assert answer.status_code == 200, answer.text
    check_answer(operation, answer)


async def test_sentences_are_where_their_offsets_say(http: httpx.AsyncClient) -> None:
    texts = {1: FIRST, 2: SECOND}
    story = (await http.get("/v1/stories/1")).json()
    assert [texts[1][one["start"] : one["end"]] for one in story["summary"]] == [
        one["text"] for one in story["summary"]
    ]
    for one in [*story["additions"], *(said for found in story["disagreements"] for said in found["statements"])]:
        assert texts[one["article"]][one["start"] : one["end"]] == one["text"]
    assert story["additions"]
    assert story["disagreements"]
    given = {"text": f"{TITLE}\n\n{FIRST}", "sentences": 2, "paragraphs": True}
    made = (await http.post("/v1/summaries", json=given)).json()
    text = "\n\n".join(made["paragraphs"])
    assert [text[one["start"] : one["end"]] for one in made["sentences"]] == [one["text"] for one in made["sentences"]]
    assert len(made["sentences"]) == 2


WORDS = st.sampled_from(
    ["bendungan", "jatim kemarin", "ekonomi", "umum", "kompas", '"', "%", "\x00", "' OR 1=1 --", "🙂", "sejak 2019"]
)
VALUES = st.one_of(
    WORDS, st.text(max_size=30), st.integers(-2, 10**20).map(str), st.sampled_from(["true", "2026-10-14T00:00:00Z", ""])
)
NAMES = st.sampled_from([name for one in OPERATIONS for name in one.parameters.model_fields] + ["unknown", "title"])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_any_request_has_a_described_answer(http: httpx.AsyncClient, data: st.DataObject) -> None:
    operation = data.draw(st.sampled_from(OPERATIONS))
    given = data.draw(st.dictionaries(NAMES, VALUES, max_size=3))
    if operation.method == "POST":
        values = st.one_of(VALUES, st.none(), st.booleans(), st.integers(), st.lists(WORDS, max_size=2))
        body = data.draw(st.one_of(st.dictionaries(NAMES, values, max_size=3), values))
        answer = await http.post(operation.path, content=json.dumps(body), headers={"Content-Type": "application/json"})
    else:
        article = data.draw(st.sampled_from(["1", "2", "99", "0", "-1", "x", str(2**70)]))
        given.pop("id", None)
        answer = await http.get(operation.path.replace("{id}", article), params=given)
    assert answer.status_code in {200, 404, 422, 502}, answer.text
    check_answer(operation, answer)


async def test_bodies_are_limited_json_objects(http: httpx.AsyncClient) -> None:
    operation = OPERATIONS[-1]
    texts = {"Content-Type": "text/plain"}
    too_long = json.dumps({"text": "a" * 1_400_000})
    deep = '{"text":' + "[" * 100_000
    for content, headers, status in (
        ("{}", texts, 415), (too_long, {}, 413), (deep, {}, 422), ("nan", {}, 422), ('{"text":"\\ud800"}', {}, 422),
    ):  # fmt: skip
        answer = await http.post(
            "/v1/summaries", content=content, headers={"Content-Type": "application/json"} | headers
        )
        assert answer.status_code == status
        check_answer(operation, answer)


async def test_errors_that_are_not_expected_hide_their_cause(
    api: NewsApi, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: object) -> None:
        raise ZeroDivisionError("/secret/path")

    monkeypatch.setattr(type(api.news), "outlets", fail)
    answer = await http.get("/v1/filters")
    assert (answer.status_code, answer.json()["code"]) == (500, "failed")
    assert "secret" not in answer.text
    assert "a request failed" in caplog.text
