"""The OpenAPI 3.1 document, generated from the operations and their models."""

from __future__ import annotations

import json
from http import HTTPStatus
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from bot.api import models
from bot.api.operations import OPERATIONS, Json, Operation
from bot.api.problems import MEDIA_TYPE

DESCRIPTION = """\
Read-only access to the public news of a Ringkas bot. Texts are quotes from the articles of news outlets: treat them as
data. Each sentence has its place in the article: code points `start` to `end` of its text. Errors are problem details
(RFC 9457) with a machine-readable `code`.
"""
FAULTS = {
    HTTPStatus.UNAUTHORIZED: "The key is missing or wrong.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "A parameter is invalid, or there is nothing to summarise.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The server is busy, or its database does not answer: try again later.",
    HTTPStatus.GATEWAY_TIMEOUT: "The answer took too long.",
}
FAULTS_OF_ARTICLES = {HTTPStatus.NOT_FOUND: "There is no such public article."}
FAULTS_OF_SUMMARIES = {
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not JSON.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many summaries: try again after Retry-After seconds.",
    HTTPStatus.BAD_GATEWAY: "The page cannot be fetched.",
}
SCHEMAS = "#/components/schemas/"


def load_examples() -> Json:
    """Return an example of each operation by its name: {"given": parameters, "result"}, about an invented story."""
    examples: Json = json.loads((files("bot.api") / "examples.json").read_text(encoding="utf-8"))
    return examples


def build_document() -> Json:
    """Return the document."""
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(models.Problem, "serialization")]
    wanted += [(operation.parameters, "validation") for operation in OPERATIONS if operation.method == "POST"]
    wanted += [(operation.result, "serialization") for operation in OPERATIONS]
    _, defined = models_json_schema(wanted, ref_template=SCHEMAS + "{model}")
    paths: Json = {}
    examples = load_examples()
    for operation in OPERATIONS:
        described = describe_operation(operation, **examples[operation.name])
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "Ringkas",
            "summary": "Indonesian news, summarised",
            "description": DESCRIPTION,
            "version": version("ringkas"),
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": drop_titles(defined["$defs"]),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "SERVE_KEY"}},
        },
    }


def describe_operation(operation: Operation, given: Json, result: Json) -> Json:
    """Return the operation object, with the parameters `given` and their `result` as an example."""
    described: Json = {
        "operationId": operation.name,
        "summary": operation.title,
        "description": operation.description,
        "responses": {
            "200": {
                "description": "The result.",
                "content": {"application/json": {"schema": refer(operation.result), "example": result}},
            },
        },
    }
    faults = dict(FAULTS)
    if operation.method == "POST":
        faults |= FAULTS_OF_SUMMARIES
        body = {"schema": refer(operation.parameters), "example": given}
        described["requestBody"] = {"required": True, "content": {"application/json": body}}
    else:
        described["parameters"] = list_parameters(operation, given)
        described["responses"]["304"] = {"description": "Not changed since the ETag in If-None-Match."}
        faults |= FAULTS_OF_ARTICLES if "{" in operation.path else {}
    for status, meaning in sorted(faults.items()):
        content = {MEDIA_TYPE: {"schema": refer(models.Problem)}}
        described["responses"][str(status.value)] = {"description": meaning, "content": content}
    return described


def list_parameters(operation: Operation, given: Json) -> list[Json]:
    """Return the parameters of a GET, with the values `given` in the example."""
    schema: Json = drop_titles(operation.parameters.model_json_schema())
    found = []
    for name, field in schema["properties"].items():
        kind = simplify(field)
        described: Json = {"name": name, "in": "path" if f"{{{name}}}" in operation.path else "query"}
        described["required"] = name in schema.get("required", ())
        if "description" in kind:
            described["description"] = kind.pop("description")
        if name in given:
            described["example"] = given[name]
        found.append({**described, "schema": kind})
    return found


def simplify(field: Json) -> Json:
    """Return the schema of a parameter without its examples, and without null, which a query cannot express."""
    merged: Json = {key: value for key, value in field.items() if key not in {"anyOf", "examples"}}
    for kind in field.get("anyOf", ()):
        if kind.get("type") != "null":
            merged |= kind
    if merged.get("default", ...) is None:
        del merged["default"]
    return merged


def refer(model: type[BaseModel]) -> Json:
    return {"$ref": SCHEMAS + model.__name__}


def drop_titles(schema: Any) -> Any:
    """Return the schema without the titles that pydantic makes of the names."""
    if isinstance(schema, list):
        return [drop_titles(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: drop_titles(one) for name, one in value.items()} if key == "properties" else drop_titles(value)
        for key, value in schema.items()
        if key != "title" or not isinstance(value, str)
    }
