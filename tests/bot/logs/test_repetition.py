"""While the database is away, each cause is logged once a minute."""

from __future__ import annotations

import logging

from telegram.error import BadRequest, NetworkError, TimedOut

from bot.logs import MAX_CAUSES, OncePerCause
from summaries.errors import StoreBusy, StoreUnreachable


class Log:
    """The lines that pass the filter, and a clock."""

    def __init__(self) -> None:
        self.now_s = 5.0
        self._filter = OncePerCause(lambda: self.now_s)

    def passes(self, name: str, message: str, *args: object, level: int = logging.WARNING) -> bool:
        return bool(self._filter.filter(logging.LogRecord(name, level, "", 1, message, args, None)))


def test_each_cause_is_logged_once_a_minute() -> None:
    log = Log()
    away, stopped = StoreUnreachable("db does not answer: refused"), StoreUnreachable("db does not answer: stopped")
    jobs = "bot.background.jobs"
    assert log.passes(jobs, "the tick for digests failed: %s", away)
    assert not log.passes(jobs, "sending digests failed: %s", StoreUnreachable(str(away)))
    assert log.passes(jobs, "sending digests failed: %s", stopped)
    log.now_s += 59.9
    assert not log.passes(jobs, "the tick for digests failed: %s", away, level=logging.ERROR)
    log.now_s += 0.2
    assert log.passes(jobs, "the tick for alerts failed: %s", away)
    assert not log.passes(jobs, "the tick for digests failed: %s", away)


def test_connections_of_the_pool_are_one_cause() -> None:
    log = Log()
    lost = "discarding closed connection: <AsyncConnection [BAD] at 0x7fbc0%d>"
    assert log.passes("psycopg.pool", lost, 41)
    assert not log.passes("psycopg.pool", lost, 42)
    assert log.passes("psycopg.pool", "error connecting in %r: %s", "ringkas", "refused")
    assert not log.passes("psycopg.pool", "error connecting in %r: %s", "ringkas", "refused")


def test_network_outage_is_one_line() -> None:
    log = Log()
    away, slow = NetworkError("httpx.ConnectError"), TimedOut()
    assert log.passes("bot.transport.request", "Telegram can't be reached: %s", away)
    for _ in range(90):
        log.now_s += 60
        assert not log.passes("bot.fleet.run", "Telegram can't be reached: %s", slow)
        assert not log.passes("bot.handlers.replies", "an answer failed and is sent again: %s", away)
    # Nothing failed for a while, so the next failure is another outage.
    log.now_s += 300
    assert log.passes("bot.handlers.replies", "an answer failed and is sent again: %s", slow)


def test_refusal_of_telegram_is_no_outage() -> None:
    log = Log()
    for _ in range(2):
        assert log.passes("bot.commands", "the command menu could not be set: %s", BadRequest("chat not found"))


def test_other_lines_may_be_equal() -> None:
    log = Log()
    for _ in range(2):
        assert log.passes("bot.handlers.replies", "an answer failed and is sent again: %s", "timed out")
        assert log.passes("summaries.storage.postgres.advisory_lock", "kept away again", level=logging.INFO)
    assert log.passes("bot.background.jobs", "the refresh failed: %s", StoreBusy("in use"), level=logging.INFO)


def test_remembered_causes_are_bounded() -> None:
    log = Log()
    for number in range(3 * MAX_CAUSES):
        assert log.passes("psycopg.pool", "job %d", number)
    assert len(log._filter._logged_at_s) <= MAX_CAUSES
