"""The check that no statement of these tests scans a growing table; the fixture `store` relies on it."""

from __future__ import annotations

import pytest

from tests.summaries.storage.server_plans import Planner


@pytest.mark.parametrize(
    ("sql", "scanned"),
    [
        ("SELECT text FROM articles WHERE title = %s", {"articles"}),
        ("SELECT count(*) FROM outbox WHERE state = %s", {"outbox"}),
        ("SELECT count(*) FROM stories WHERE article_id = %s", set()),
        ("DELETE FROM articles WHERE id = %s", set()),
        ("SELECT key FROM sources WHERE outlet = %s", set()),
    ],
)
def test_statement_that_scans_a_growing_table_is_found(planner: Planner, sql: str, scanned: set[str]) -> None:
    assert planner.find_scans(sql, ["7"]) == scanned
