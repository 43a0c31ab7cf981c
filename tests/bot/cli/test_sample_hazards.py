"""The sandbox's copies of BMKG's documents are events that are revised and cancelled as time passes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.cli.sample_hazards import CYCLE_S, read_document
from summaries.model import Hazard
from summaries.warnings.cap import parse_list, parse_message, revise_warnings
from summaries.warnings.earthquakes import parse_earthquakes, revise_earthquakes

ORIGIN = "http://127.0.0.1:8090/bmkg"
LIST = "alerts/nowcast/id"
BEGUN_S = CYCLE_S * 2_995_200


def read(path: str, now_s: float) -> bytes:
    found = read_document(path, ORIGIN, now_s)
    assert found is not None
    return found[1].encode()


def test_weather_warning_is_updated_and_cancelled() -> None:
    known: list[Hazard] = []
    seen = []
    for minute in range(2, 12):
        now_s = BEGUN_S + 60 * minute
        now = datetime.fromtimestamp(now_s, UTC)
        (listed,) = parse_list(read(LIST, now_s), f"{ORIGIN}/{LIST}")
        message = parse_message(read(listed.url.removeprefix(f"{ORIGIN}/"), now_s), now=now)
        assert message is not None
        changed = revise_warnings(known, [message], now=now)
        known = [replace(hazard, id=1) for hazard in changed] or known
        seen.append((known[0].version, known[0].is_cancelled))
    assert seen == [(1, False)] * 2 + [(2, False)] * 3 + [(3, True)] * 5


def test_earthquake_is_revised() -> None:
    known: list[Hazard] = []
    seen = []
    for minute in range(2, 12):
        now_s = BEGUN_S + 60 * minute
        now = datetime.fromtimestamp(now_s, UTC)
        for key in ("autogempa", "gempaterkini", "gempadirasakan"):
            quakes = parse_earthquakes(read(f"DataMKG/TEWS/{key}.json", now_s))
            changed = revise_earthquakes(known, key, quakes, now=now)
            known = [replace(hazard, id=1) for hazard in changed] or known
        seen.append(known[0].version)
    assert seen == [1] * 2 + [2] * 8


@pytest.mark.parametrize("path", ["", "lain", "DataMKG/TEWS/autogempa.xml", "DataMKG/TEWS/a/b.json", f"{LIST}/x.xml"])
def test_other_paths_are_unknown(path: str) -> None:
    assert read_document(path, ORIGIN, BEGUN_S) is None
