"""Findings from Telegram's answers about the bot, as tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.doctor.checks import State
from bot.doctor.telegram import Answer, check_bot, check_clock, check_webhook, skew_of

ROOT = "https://api.telegram.org"
ME = {
    "username": "warta_bot",
    "can_join_groups": True,
    "can_read_all_group_messages": False,
    "supports_inline_queries": True,
}
NOON = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
DATE = "Mon, 23 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("answer", "subject", "state", "says", "todo"),
    [
        (Answer(200, ME), "token", State.OK, "@warta_bot", ""),
        (Answer(200, ME), "privacy mode", State.OK, "on:", ""),
        (Answer(200, ME), "inline mode", State.OK, "@warta_bot words", ""),
        (Answer(200, ME | {"can_read_all_group_messages": True}), "privacy mode", State.WARNING, "off", "/setprivacy"),
        (Answer(200, ME | {"supports_inline_queries": False}), "inline mode", State.WARNING, "off", "/setinline"),
        (Answer(200, ME), "guest mode", State.WARNING, "off", "turn guest mode on"),
        (Answer(200, ME | {"supports_guest_queries": True}), "guest mode", State.OK, "@warta_bot under a link", ""),
        (Answer(200, ME | {"can_join_groups": False}), "groups", State.WARNING, "can't be added", "/setjoingroups"),
        (Answer(401, None, "Unauthorized"), "token", State.FAULT, "does not know the token", "/mybots"),
        (Answer(404, None, "Not Found"), "token", State.FAULT, "does not know the token", "/mybots"),
        (Answer(0, None, "ConnectTimeout"), "token", State.FAULT, "can't be reached (ConnectTimeout)", "HTTPS_PROXY"),
        (Answer(502, None, "Bad Gateway"), "token", State.FAULT, "status 502: Bad Gateway", "try again"),
        (Answer(200, {"login": 1}), "token", State.FAULT, "no proper answer", "TELEGRAM_API_URL"),
    ],
)
def test_bot_finding(answer: Answer, subject: str, state: State, says: str, todo: str) -> None:
    (found,) = (finding for finding in check_bot(answer, ROOT) if finding.subject == subject)
    assert found.state is state
    assert says in found.what
    assert todo in found.todo
    assert bool(found.todo) is (state is not State.OK)


@pytest.mark.parametrize(
    ("info", "own", "state", "says"),
    [
        ({"url": ""}, None, State.OK, "none, the bot asks"),
        ({"url": "https://old.example/s3cret"}, None, State.FAULT, "go to old.example, left over"),
        ({"url": "https://bot.example/s3cret"}, "https://bot.example/s3cret", State.OK, "go to bot.example"),
        ({"url": "https://bot.example/other"}, "https://bot.example/s3cret", State.FAULT, "left over"),
        ({"url": ""}, "https://bot.example/s3cret", State.WARNING, "does not know the bot's address"),
        (
            {"url": "https://bot.example/s3cret", "last_error_message": "Connection refused"},
            "https://bot.example/s3cret", State.WARNING, "last call of bot.example failed: Connection refused",
        ),
        ({"url": "", "pending_update_count": 100}, None, State.OK, "none"),
        ({"url": "", "pending_update_count": 101}, None, State.WARNING, "101 updates wait"),
        (None, None, State.UNKNOWN, "could not be asked"),
    ],
)  # fmt: skip
def test_webhook_finding(info: dict[str, Any] | None, own: str | None, state: State, says: str) -> None:
    found = check_webhook(Answer(200, info), own)
    assert found.state is state
    assert says in found.what
    assert "s3cret" not in found.what + found.todo


@pytest.mark.parametrize(
    ("asked", "answered", "expected"),
    [
        # The header has whole seconds: anything within one is no skew.
        (0.0, 0.2, 0.0),
        (0.9, 1.1, 0.0),
        (-0.1, 0.1, 0.0),
        # A slow answer is less exact.
        (-5.0, 5.0, 0.0),
        (2.0, 2.5, 1.0),
        (95.0, 95.5, 94.0),
        (-95.5, -95.0, -95.0),
    ],
)
def test_clock_skew_is_computed_from_the_date_header(asked: float, answered: float, expected: float) -> None:
    moments = (NOON + timedelta(seconds=asked), NOON + timedelta(seconds=answered))
    assert skew_of(DATE, *moments) == timedelta(seconds=expected)


@pytest.mark.parametrize("header", [None, "", "yesterday", "Mon, 99 Nov 2026 12:00:00 GMT"])
def test_missing_or_invalid_date_header_gives_no_skew(header: str | None) -> None:
    assert skew_of(header, NOON, NOON) is None


@pytest.mark.parametrize(
    ("skew_s", "state", "says"),
    [
        (0, State.OK, "as Telegram's"),
        (-10, State.OK, "as Telegram's"),
        (11, State.WARNING, "11 s ahead of"),
        (-60, State.WARNING, "60 s behind"),
        (61, State.FAULT, "61 s ahead of"),
        (-7200, State.FAULT, "7200 s behind"),
        (None, State.UNKNOWN, "no other clock"),
    ],
)
def test_clock_finding(skew_s: float | None, state: State, says: str) -> None:
    found = check_clock(None if skew_s is None else timedelta(seconds=skew_s))
    assert found.state is state
    assert says in found.what
