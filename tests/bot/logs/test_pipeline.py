"""From records to lines."""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from structlog.contextvars import bound_contextvars
from telegram import Chat, Message, Update, User

from bot.logs import log_when_needed, set_up_logging
from bot.logs.error_format import loop_failed
from bot.logs.pipeline import make_formatter
from bot.runtime.metrics import Metrics
from bot.transport.update_processor import UpdateProcessor
from summaries.errors import StoreBusy

SECRET = "123:geheim_aber-kurz"
log = logging.getLogger("bot.somewhere")


pytestmark = pytest.mark.usefixtures("restored_logging")


def raise_error(error: Exception) -> None:
    raise error


def read_lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_record_is_a_json_line_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("INFO")
    with bound_contextvars(delivery=12):
        log.info("%d sources: %s", 3, StoreBusy("locked"))
    log.debug("not this")
    (line,) = read_lines(capsys)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", line.pop("timestamp"))
    assert line == {"event": "3 sources: StoreBusy: locked", "delivery": 12, "level": "info", "logger": "bot.somewhere"}


@pytest.mark.parametrize(
    ("is_human", "is_terminal", "shown"),
    [
        (True, True, "2026-11-30 21:00:00 WITA"),
        (True, False, r"2026-11-30T13:00:00\S*Z"),
        (False, True, r"2026-11-30T13:00:00\S*Z"),
    ],
)
def test_only_a_terminal_shows_the_operators_time_zone(
    monkeypatch: pytest.MonkeyPatch, is_human: bool, is_terminal: bool, shown: str
) -> None:
    record = logging.makeLogRecord({"msg": "hello", "created": datetime(2026, 11, 30, 13, tzinfo=UTC).timestamp()})
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "Asia/Makassar")
        time.tzset()
        line = make_formatter(is_human=is_human, is_terminal=is_terminal).format(record)
    time.tzset()
    assert re.search(shown, line)


def test_library_records_use_the_same_format(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("debug", form="json")
    logging.getLogger("telegram.ext.Application").info("started")
    logging.getLogger("telegram.Bot").debug("sendMessage(text='rahasia')")
    logging.getLogger("httpx").info("POST https://api.telegram.org/bot%s/getMe", SECRET)
    logging.getLogger("apscheduler.executors.default").error("Job %s raised an exception", "tick")
    assert [(line["logger"], line["event"]) for line in read_lines(capsys)] == [
        ("telegram.ext.Application", "started"),
        ("apscheduler.executors.default", "Job tick raised an exception"),
    ]


@pytest.mark.parametrize("form", ["json", "human"])
def test_secrets_are_masked_in_messages_arguments_and_tracebacks(capsys: pytest.CaptureFixture[str], form: str) -> None:
    set_up_logging("INFO", form=form, secrets=[SECRET, "kata-sandi", 'kata"kunci'])
    other = "7654321:" + "A" * 35
    try:
        raise_error(OSError(13, f"no route to /bot{SECRET}/getMe"))
    except OSError:
        log.exception("asked %s with %s and %s", f"/bot{SECRET}/", "kata-sandi", other)
    log.warning("the half: geheim_aber-kurz")
    log.warning("of other letters: %s", 'kata"kunci')
    said = capsys.readouterr().err
    assert "geheim" not in said
    assert "kata-sandi" not in said
    assert "kunci" not in said
    assert other not in said
    assert said.count("<token>") == 4
    assert "in test_secrets_are_masked_in_messages_arguments_and_tracebacks" in said


def test_human_format_is_one_line_without_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("INFO", form="human")
    with bound_contextvars(source="kabar\x1b[2J"):
        log.warning("a title\n2026-11-02 [info] forged \x1b[31m\u2028")
    (line,) = capsys.readouterr().err.splitlines()
    assert re.match(r"\d{4}-\d\d-\d\dT\S+ \[warning *\] a title\\n2026", line)
    assert "\x1b" not in line
    assert r"kabar\x1b[2J" in line


def test_mismatched_log_arguments_are_reported(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("INFO")
    log.info("%d sources", "many")
    log.info("%(a)s", {"b": 1})
    log.error(ValueError("rahasia"))
    assert [line["event"] for line in read_lines(capsys)] == [
        "%d sources (its arguments do not fit)",
        "%(a)s (its arguments do not fit)",
        "ValueError",
    ]


async def test_update_lines_carry_its_id_and_no_private_text(capsys: pytest.CaptureFixture[str]) -> None:
    from datetime import UTC, datetime

    set_up_logging("INFO")
    sender = User(5, "Ratna", is_bot=False, username="ratna_s")
    message = Message(3, datetime.now(UTC), Chat(5, "private", first_name="Ratna"), sender, text="/cari harga beras")
    update = Update(77, message)

    async def work() -> None:
        log.info("%s (%s) looks for %r", "Ratna", "ratna_s", "harga beras")
        try:
            raise_error(StoreBusy("while looking for harga beras"))
        except StoreBusy:
            log.exception("it failed")

    async with UpdateProcessor(Metrics()) as processor:
        await processor.process_update(update, work())
        await processor.process_update("no update", work())
    kept, failed, other, _ = read_lines(capsys)
    assert kept["event"] == "<private> (<private>) looks for '<private>'"
    assert failed["exception"].endswith("StoreBusy: while looking for <private>")
    assert kept["update"] == failed["update"] == 77
    assert "update" not in other


def test_uncaught_error_is_a_log_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("INFO")
    error = ValueError("rahasia")
    sys.excepthook(ValueError, error, None)
    loop_failed(None, {"message": "Exception in callback work('rahasia')", "exception": error})  # type: ignore[arg-type]
    loop_failed(None, {"message": "Task exception was never retrieved", "exception": error})  # type: ignore[arg-type]
    assert [(line["event"], line["exception"]) for line in read_lines(capsys)] == [
        ("the program ends by an error that nothing caught", "ValueError"),
        ("Exception in callback work", "ValueError"),
        ("Task exception was never retrieved", "ValueError"),
    ]


def test_logging_is_configured_at_the_first_warning(capsys: pytest.CaptureFixture[str]) -> None:
    log_when_needed()
    log.info("nobody needs it")
    log.warning("the token is %s", "7654321:" + "A" * 35)
    log.warning("again")
    assert [line["event"] for line in read_lines(capsys)] == ["the token is <token>", "again"]
