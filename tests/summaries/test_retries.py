"""Which pages are asked for again."""

from __future__ import annotations

import pytest

from summaries.ingest import entries as retries_module
from summaries.ingest.entries import MAX_ATTEMPTS, Retries


def test_tries() -> None:
    retries = Retries()
    assert (retries.is_waiting("a"), retries.is_given_up("a")) == (False, False)
    for _ in range(MAX_ATTEMPTS - 1):
        retries.fail("a")
        retries.postpone("a")
        assert (retries.is_waiting("a"), retries.is_given_up("a")) == (True, False)
    retries.fail("a")
    assert (retries.is_waiting("a"), retries.is_given_up("a")) == (False, True)
    retries.postpone("b")
    assert retries.is_waiting("b")
    retries.succeed("b")
    assert not retries.is_waiting("b")


def test_what_is_remembered_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries_module, "MAX_REMEMBERED", 3)
    retries = Retries()
    for key in "abcd":
        retries.give_up(key)
    assert [key for key in "abcd" if retries.is_given_up(key)] == ["b", "c", "d"]
