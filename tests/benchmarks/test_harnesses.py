"""The benchmarks run; their measurements are not judged here."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from benchmarks import answers_scene, answers_speed, delivery_speed, fleet_speed, pace_speed, start_speed
from benchmarks.answers_asked import Asking
from benchmarks.answers_stages import page_stages_ms
from benchmarks.delivery.composing import compose
from benchmarks.delivery.sending import measure as measure_sending
from benchmarks.fleet.granting import most_in_a_second
from benchmarks.fleet.paid import Pacing
from benchmarks.load.burst import burst
from benchmarks.load.fan_out import FanOut
from benchmarks.load.holding import hold
from benchmarks.load.scene import scene
from benchmarks.load.start import measure as measure_start
from bot.sandbox.sandbox import SANDBOX_TOKEN
from tests.postgres_server import new_database

pytestmark = pytest.mark.bench

ROOT = Path(__file__).parents[2]
# Nobody waits for a pace here.
UNPACED = {"MESSAGES_PER_SECOND": "10000", "CHAT_MESSAGES_PER_SECOND": "1000"}


@pytest.mark.parametrize("part", ["corpus", "floods", "ingest", "peers", "scaling", "store", "summaries"])
def test_the_harness_works(part: str) -> None:
    command = [sys.executable, "-m", f"benchmarks.{part}_speed", "--smoke"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("the harness works\n")


def test_the_harnesses_of_a_fleet_work(postgres_server: str, tmp_path: Path) -> None:
    with new_database(postgres_server) as url:
        assert pace_speed.page_of(asyncio.run(pace_speed.costs(url, 20)), 0.0)
        granted = pace_speed.measure_turns(tmp_path, url, [(2, 1000.0)], 0.1)
    assert granted[0].turns > 0
    # They come within a second, unless the machine paused.
    assert granted[0].most == granted[0].turns or granted[0].seconds > 1
    assert pace_speed.page_of_turns(granted, 0.0)
    (paid,) = fleet_speed.measure_paid(40, [Pacing("paid", 1000, is_paid=True)], workers=1)
    assert (paid.lost, paid.twice, paid.marked) == (0, 0, 40)
    # Thirty at once and thirty a second cost nothing, of the others each a tenth of a Star; so forty may be all free
    # where the machine is slow.
    assert 0.1 * (40 - 31 - 30 * paid.seconds) <= paid.stars <= 1
    assert fleet_speed.page_of_paid([paid], 1, 0.0)


@pytest.mark.parametrize(
    ("times", "most"),
    [([], 0), ([5.0], 1), ([0.0, 1.0, 2.0], 1), ([0.0, 0.5, 0.999, 1.0, 1.2], 4), ([0.0, 0.0, 3.0, 3.5, 3.9], 3)],
)
def test_a_second_may_begin_anywhere(times: list[float], most: int) -> None:
    assert most_in_a_second(times) == most


def as_printed(found: Any) -> Any:
    """Return the result as a process of the harness prints it."""
    return json.loads(json.dumps(asdict(found)))


def test_the_harnesses_of_a_bot_that_runs_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start, answers and delivery over one bot, because starting a bot takes most of the time."""
    monkeypatch.setattr(answers_scene, "PAUSE_S", (0.0, 0.0))
    admins = ",".join(map(str, answers_scene.ADMINS[:8]))
    tokens = (SANDBOX_TOKEN, answers_speed.BARE_TOKEN)
    with (
        scene(tmp_path, is_limited=False, tokens=tokens, ADMIN_IDS=admins, **UNPACED) as stage,
        answers_scene.site() as url,
        answers_speed.bare_client(stage.url) as bare,
        answers_scene.bare_bot(stage.url, answers_speed.BARE_TOKEN),
    ):
        starts, idle = measure_start(stage, 1, 0.1)
        least, ours = ([start_speed.loading_s(code)] for code in (start_speed.BARE, start_speed.OURS))
        assert start_speed.page_of(starts, idle, least, ours, 0.0)
        fan_out = FanOut(stage, answers_speed.FAN_OUT_CHAT)
        answers = answers_speed.measure(Asking(stage.http, bare, url), fan_out, rounds=1, waiting=20)
        stages = asyncio.run(page_stages_ms(url, tmp_path / "stages.db", rounds=1))
        assert all(kind in answers_speed.page_of(answers, stages, 1, 0.0) for kind in answers_speed.BARS)
        came = as_printed(burst(stage, people=1, rest_s=0.2))
        assert came["messages"] > 0
        assert delivery_speed.bursting(came)
        held = as_printed(hold(stage, url, minutes=0.01, warm_s=0.0, spare=20))
        assert delivery_speed.holding(held)
        stage.stop()
        token = stage.environment["TELEGRAM_BOT_TOKEN"]
        (pair,) = asyncio.run(measure_sending(str(stage.http.base_url), token, chats=20, rounds=1))
        assert delivery_speed.sending([tuple(map(as_printed, pair))], 20, 0.0)


def test_the_harness_of_composing_works(tmp_path: Path) -> None:
    composed = asyncio.run(compose(tmp_path / "ringkas.db", 50))
    assert composed["stored"] == composed["count"] == 50
    assert delivery_speed.composing(composed)
