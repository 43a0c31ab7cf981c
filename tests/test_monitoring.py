"""The dashboard and the alerting rules query existing metrics, and docs/how-to/watch.md agrees with the program."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from structlog.contextvars import bound_contextvars

from bot.background.disk import Forecast
from bot.fleet.queue import USUAL
from bot.logs.pipeline import make_formatter
from bot.runtime.clock import utc_now
from bot.runtime.health import (
    ALONE,
    DATABASE_TIMEOUT_S,
    HEARTBEAT_LATE_S,
    RECEIVER,
    TELEGRAM_LATE_S,
    TICKS_LATE_S,
    WORKER,
    Check,
    Health,
    HealthMonitor,
    HeartbeatCheck,
    check_heartbeats,
)
from bot.runtime.metrics import STATUS, TELEGRAM, Heartbeats, WebhookResult
from bot.transport.webhook import CHECK_EVERY_S, start_webhook
from bot.web.metrics import PrometheusMetrics
from bot.web.server import MAX_HEAD_BYTES, STRANGERS, STRANGERS_OF_PEER, Timeouts
from bot.web.webhook import BODY_TIMEOUT_S, MAX_BYTES
from summaries.model import Backlog

ROOT = Path(__file__).parents[1]
DASHBOARD: dict[str, Any] = json.loads((ROOT / "deploy/grafana/ringkas.json").read_text(encoding="utf-8"))
RULES = (ROOT / "deploy/prometheus/ringkas.rules.yml").read_text(encoding="utf-8")
PAGE = (ROOT / "docs/how-to/watch.md").read_text(encoding="utf-8")
PANELS: list[dict[str, Any]] = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
QUERIES = [(panel["title"], target["expr"]) for panel in PANELS for target in panel["targets"]]
ALERTS = re.findall(r"^      - alert: (\w+)\n        expr: (.+)$", RULES, re.MULTILINE)
# Labels that Prometheus adds to each series.
EVERYWHERE = {"job", "instance"}

METRIC = re.compile(r"\b((?:ringkas|process)_\w+|up)\b(?:\{([^}]*)\})?")


def health_of(heartbeats: Heartbeats) -> Health:
    """Return the health of a process whose database answers."""
    database = Check("database", is_well=True, measure="took_s", seconds=0.001)
    return Health((database, *check_heartbeats(heartbeats)), Backlog(1, 1, 1, 1.0, 1, 1, 1))


def samples() -> dict[str, dict[str, set[str]]]:
    """Return the name of each metric with its labels and their values."""
    metrics, heartbeats = PrometheusMetrics(), Heartbeats()
    for name in (TELEGRAM, *TICKS_LATE_S):
        heartbeats.beat(name)
    metrics.look(health_of(heartbeats), heartbeats)
    metrics.disks_measured([Forecast(Path(), 1), Forecast(Path(), 1)])
    found: dict[str, dict[str, set[str]]] = {}
    for family in metrics.registry.collect():
        for sample in family.samples:
            labels = found.setdefault(sample.name, {})
            for label, value in sample.labels.items():
                labels.setdefault(label, set()).add(value)
    return found | {"up": {}}


SAMPLES = samples()


def test_dashboard_and_rules_are_found() -> None:
    assert len(QUERIES) > 20
    assert len(ALERTS) == RULES.count("- alert:") > 5


@pytest.mark.parametrize(("title", "query"), [*QUERIES, *ALERTS])
def test_query_uses_existing_metrics_and_labels(title: str, query: str) -> None:
    asked = METRIC.findall(query)
    assert asked, title
    for name, selector in asked:
        assert name in SAMPLES, name
        for label, operator, value in re.findall(r'(\w+)(=~|=|!=)"([^"]*)"', selector):
            assert label in SAMPLES[name].keys() | EVERYWHERE, f"{name}: {label}"
            if label not in EVERYWHERE:
                wanted = set(value.split("|")) if operator == "=~" else {value}
                assert wanted <= SAMPLES[name][label], f"{name}: {value}"
    known = set().union(*(SAMPLES[name] for name, _ in asked))
    for labels in re.findall(r"\bby \(([^)]*)\)", query):
        assert {label.strip() for label in labels.split(",")} <= known, query
    assert query.count("(") == query.count(")")


def test_legend_uses_labels_of_its_query() -> None:
    for panel in PANELS:
        for target in panel["targets"]:
            known = set().union(*(SAMPLES[name] for name, _ in METRIC.findall(target["expr"])))
            assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= known, panel["title"]


def test_dashboard_shows_every_metric() -> None:
    asked = {name for _, query in QUERIES for name, _ in METRIC.findall(query)}
    ours = {family for family in families() if family.startswith("ringkas_")}
    assert {re.sub(r"_(?:bucket|count|sum)$", "", name) for name in asked} >= ours


def test_panels_are_unique_and_do_not_overlap() -> None:
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    assert len({panel["title"] for panel in PANELS}) == len(PANELS)
    assert all(panel["datasource"]["uid"] == "${datasource}" and panel["description"] for panel in PANELS)
    places: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        covered = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not covered & places, panel["title"]
        assert at["x"] + at["w"] <= 24
        places |= covered


def families() -> set[str]:
    """Return the names of the metrics as used in queries, histograms without suffix."""
    return {
        family.name + ("_total" if family.type == "counter" else "")
        for family in PrometheusMetrics().registry.collect()
    }


def test_page_names_existing_metrics() -> None:
    named = set(re.findall(r"`((?:ringkas|process)_\w+)", PAGE))
    assert named
    assert named <= families() | SAMPLES.keys()


@pytest.mark.parametrize(
    "sentence",
    [
        f"answered within {DATABASE_TIMEOUT_S:.0f} seconds",
        f"within the last {TELEGRAM_LATE_S:.0f} seconds",
        f"within the last {TICKS_LATE_S['digests']:.0f} seconds",
        f"sent a heartbeat within the last {HEARTBEAT_LATE_S:.0f} seconds",
        f"more than {MAX_BYTES // 1024 // 1024} MiB",
        f"within {BODY_TIMEOUT_S:.0f} seconds | 405, 415, 413, 408 |",
    ],
)
def test_page_gives_the_limits_of_the_program(sentence: str) -> None:
    assert sentence in " ".join(PAGE.split())


def test_page_shows_current_samples_of_log_and_health() -> None:
    shown = [json.loads(line) for line in re.findall(r"^    (\{.*\})$", PAGE, re.MULTILINE)]
    line, health = shown
    record = logging.LogRecord(line["logger"], logging.WARNING, __file__, 1, line["event"], (), None)
    with bound_contextvars(delivery=line["delivery"]):
        written = json.loads(make_formatter(is_human=False, is_terminal=False).format(record))
    assert list(written) == list(line)
    assert {**written, "timestamp": line["timestamp"]} == line
    source = ROOT / Path(*line["logger"].split(".")).with_suffix(".py")
    assert line["event"] in source.read_text(encoding="utf-8")
    heartbeats = Heartbeats()
    for name in (TELEGRAM, *TICKS_LATE_S):
        heartbeats.beat(name)
    made = health_of(heartbeats).to_json()
    assert health["status"] == made["status"]
    assert {name: list(check) for name, check in health["checks"].items()} == {
        name: list(check) for name, check in made["checks"].items()
    }


class Figures:
    """A fake database with a backlog."""

    async def backlog(self, **_: object) -> Backlog:
        return Backlog(0, 0, 0, 0.0, 1, 0, 0)


async def answer_at_once() -> None:
    """Fakes a queue that is up."""


@pytest.mark.parametrize(
    ("column", "signs", "queue"),
    [(0, ALONE, None), (1, RECEIVER, answer_at_once), (2, WORKER, None)],
)
async def test_page_lists_the_checks_of_each_process(
    column: int, signs: tuple[HeartbeatCheck, ...], queue: Callable[[], Awaitable[None]] | None
) -> None:
    table = PAGE[PAGE.index("| check | passes if |") :]
    rows = re.findall(r"^\| `(\w+)[^`]*` \| [^|]* \|(.*)\|(.*)\|(.*)\|$", table.partition("\n\n")[0], re.MULTILINE)
    needed = {name for name, *cells in rows if cells[column].strip() == "yes"}
    health = await HealthMonitor(Figures(), utc_now, Heartbeats(), signs, queue).check()  # type: ignore[arg-type]
    # A worker has a check for each tick that it has an age of.
    assert needed - ({"tick"} if signs is WORKER else set()) == {check.name.split()[0] for check in health.checks}


def test_worker_is_unready_when_others_take_over() -> None:
    assert HEARTBEAT_LATE_S == USUAL.dead_after_s > 2 * USUAL.heartbeat_s


def test_page_lists_the_responses_of_the_webhook() -> None:
    table, _, after = PAGE[PAGE.index("| request | response |") :].partition("\n\n")
    rest = " ".join(after.split())
    assert {f"{status}" for status in map(int, STATUS.values())} | {"400", "405"} == set(
        re.findall(r"\b[2-5]\d\d\b", table)
    )
    assert WebhookResult.UNREADABLE in table
    assert CHECK_EVERY_S == 60
    assert f"a head of more than {MAX_HEAD_BYTES // 1024} KiB" in table
    assert f"one of at most {STRANGERS} ({STRANGERS_OF_PEER} from one address)" in rest
    assert (Timeouts().head_s, Timeouts().idle_s) == (5, 75)
    assert "five seconds for the head" in rest
    assert "stay for 75 seconds" in rest
    assert "webhook stays" in (start_webhook.__doc__ or "")
