"""The description of an error is enough to fix it, and holds nothing that a person wrote."""

from __future__ import annotations

import sqlite3

import httpx
import psycopg
import pytest
from telegram.error import BadRequest, InvalidToken, NetworkError

from bot.logs.error_format import format_error, format_traceback
from summaries.errors import (
    AddressRefused,
    InvalidMarkup,
    InvalidSettings,
    NothingToSummarize,
    RefusalReason,
    StoreBusy,
    StoreError,
    TransientFetchError,
)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (StoreBusy("another process writes"), "StoreBusy: another process writes"),
        (
            StoreError("postgresql://db.example/ringkas can't be written"),
            "StoreError: postgresql://db.example/ringkas can't be written",
        ),
        (psycopg.errors.AdminShutdown('terminating "rahasia"'), "AdminShutdown: terminating …"),
        (psycopg.errors.UniqueViolation("DETAIL: Key (html)=(rahasia) already exists"), "UniqueViolation"),
        (InvalidSettings(("ADMIN_IDS must be whole numbers",)), "InvalidSettings: ADMIN_IDS must be whole numbers"),
        (TransientFetchError("https://a.example/rahasia?q=1 broke off"), "TransientFetchError: <address> broke off"),
        (AddressRefused("rahasia.example is not public"), "AddressRefused"),
        (NothingToSummarize(RefusalReason.PAYWALL, "rahasia"), "NothingToSummarize: paywall"),
        (
            InvalidMarkup('unsupported start tag "rahasia" at byte 5'),
            "InvalidMarkup: unsupported start tag … at byte 5",
        ),
        (BadRequest("Can't parse 'it's \"rahasia\"' here"), "BadRequest: Can't parse … here"),
        (NetworkError("httpx.ConnectError: refused"), "NetworkError: httpx.ConnectError: refused"),
        (httpx.ConnectError("All connection attempts failed"), "ConnectError: All connection attempts failed"),
        (sqlite3.OperationalError('fts5: syntax error near "rahasia"'), "OperationalError: fts5: syntax error near …"),
        (OSError(28, "No space left on device", "/rahasia.db"), "OSError: No space left on device"),
        (OSError("rahasia"), "OSError"),
        (ValueError("invalid literal for int(): 'rahasia'"), "ValueError"),
        (KeyError("rahasia"), "KeyError"),
        (InvalidToken("two\nlines"), "InvalidToken: two lines"),
    ],
)
def test_error_is_formatted(error: BaseException, expected: str) -> None:
    assert format_error(error) == expected


def test_formatted_error_has_limited_length() -> None:
    assert len(format_error(StoreBusy("x" * 10_000))) < 400


def fail_deep(text: str) -> None:
    try:
        int(text)
    except ValueError as error:
        raise RuntimeError(f"can't use {text}") from error


def test_error_causes_are_listed_without_their_messages() -> None:
    secret = "rahasia"
    with pytest.raises(RuntimeError) as caught:
        fail_deep(secret)
    account = format_traceback(caught.value)
    assert secret not in account
    assert account.index("ValueError") < account.index("which led to") < account.index("RuntimeError")
    assert account.count("in fail_deep") == 2
    assert "int(text)" in account


def test_each_error_of_a_group_is_listed() -> None:
    account = format_traceback(ExceptionGroup("rahasia", [ValueError("rahasia"), StoreBusy("locked")]))
    assert "rahasia" not in account
    assert "-- 1 of 2 --\nValueError" in account
    assert "-- 2 of 2 --\nStoreBusy: locked" in account


def test_circular_causes_terminate() -> None:
    first, second = ValueError(), KeyError()
    first.__cause__, second.__cause__ = second, first
    assert format_traceback(first) == "KeyError\nwhich led to:\nValueError"
