"""The metrics: each is there from the start, moves when it should, and has labels of few values."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from bot.background.disk import Forecast
from bot.config import Listen
from bot.runtime.health import Check, Health, check_heartbeats
from bot.runtime.metrics import (
    QUEUE,
    TELEGRAM,
    WEBHOOK,
    Heartbeats,
    MessageKind,
    Metrics,
    UpdateKind,
    WebhookResult,
)
from bot.web.metrics import OUTCOMES, PrometheusMetrics, telemetry_routes
from summaries import errors
from summaries.ingest.refresh import RefreshReport, SourceReport
from summaries.model import Backlog, Source

BACKLOG = Backlog(due=5, late=2, unknown=4, delay_s=321.5, sources=9, sources_failing=1, sources_off=3)
DESA = Source("desa", "Kabar Desa", "daerah", "https://desa.example/rss")
# Upper limit for all series of one bot. Labels with chats, names or texts would exceed it.
MOST_SERIES = 300


class Monitor:
    """Fakes the health monitor, whose database gives the backlog or no answer."""

    def __init__(self, backlog: Backlog | None, heartbeats: Heartbeats) -> None:
        self.backlog = backlog
        self.heartbeats = heartbeats

    async def check(self) -> Health:
        database = Check("database", self.backlog is not None, "took_s", 0.25)
        return Health((database, *check_heartbeats(self.heartbeats)), self.backlog)


async def scrape(
    metrics: PrometheusMetrics, backlog: Backlog | None, heartbeats: Heartbeats
) -> dict[tuple[str, ...], float]:
    """Return Prometheus samples: the name and the labels' values, in the labels' order, to the value."""
    monitor: Any = Monitor(backlog, heartbeats)
    app = Starlette(routes=telemetry_routes(Listen("127.0.0.1", 80), metrics, monitor))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as http:
        answer = await http.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    samples = (sample for family in text_string_to_metric_families(answer.text) for sample in family.samples)
    return {(sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value for sample in samples}


@pytest.mark.parametrize(
    ("happens", "series"),
    [
        (lambda metrics: metrics.update_handled(UpdateKind.BUTTON, 0.3), ("ringkas_answer_seconds_count", "button")),
        (
            lambda metrics: metrics.update_handled(UpdateKind.BUTTON, 0.3),
            ("ringkas_answer_seconds_bucket", "button", "0.5"),
        ),
        (lambda metrics: metrics.update_begun(), ("ringkas_updates_under_way",)),
        (lambda metrics: metrics.update_failed(), ("ringkas_update_failures_total",)),
        (lambda metrics: metrics.webhook_request(WebhookResult.BUSY), ("ringkas_webhook_requests_total", "busy")),
        (lambda metrics: metrics.webhook_pending(1), ("ringkas_webhook_pending",)),
        (lambda metrics: metrics.message_tried(MessageKind.DIGEST, None), ("ringkas_messages_total", "sent", "digest")),
        (
            lambda metrics: metrics.message_tried(MessageKind.ALERT, errors.MissingRights("kicked")),
            ("ringkas_messages_total", "no_rights", "alert"),
        ),
        (
            lambda metrics: metrics.message_tried(MessageKind.NOTICE, errors.RateLimited(7)),
            ("ringkas_messages_total", "slow_down", "notice"),
        ),
        (lambda metrics: metrics.refreshed(make_report(error="away")), ("ringkas_source_checks_total", "failed")),
        (
            lambda metrics: metrics.refreshed(make_report(is_unchanged=True)),
            ("ringkas_source_checks_total", "unchanged"),
        ),
        (
            lambda metrics: metrics.refreshed(make_report(is_postponed=True)),
            ("ringkas_source_checks_total", "postponed"),
        ),
        (lambda metrics: metrics.refreshed(make_report()), ("ringkas_source_checks_total", "read")),
        (lambda metrics: metrics.refreshed(make_report(added=3, excerpts=2)), ("ringkas_articles_total", "added")),
        (lambda metrics: metrics.refreshed(make_report(added=1, excerpts=1)), ("ringkas_articles_total", "excerpt")),
        (lambda metrics: metrics.refreshed(make_report(refused=1)), ("ringkas_articles_total", "refused")),
        (lambda metrics: metrics.refreshed(make_report(failed=1)), ("ringkas_articles_total", "failed")),
    ],
)
async def test_events_are_counted(happens: Callable[[Any], None], series: tuple[str, ...]) -> None:
    metrics = PrometheusMetrics()
    before = await scrape(metrics, None, Heartbeats())
    happens(metrics)
    happens(Metrics())
    after = await scrape(metrics, None, Heartbeats())
    assert (before[series], after[series]) == (0, 1)


def make_report(**fields: Any) -> RefreshReport:
    return RefreshReport((SourceReport(DESA, **fields),))


async def test_gauges_are_read_on_request() -> None:
    metrics, heartbeats = PrometheusMetrics(), Heartbeats(lambda: 50.0)
    nothing = await scrape(metrics, None, heartbeats)
    assert nothing["ringkas_well", "database"] == nothing["ringkas_well", "tick digests"] == 0
    assert math.isnan(nothing["ringkas_telegram_age_seconds",])
    assert ("ringkas_digests", "due") not in nothing
    heartbeats.beat(TELEGRAM)
    heartbeats.beat("digests")
    found = await scrape(metrics, BACKLOG, heartbeats)
    assert [found["ringkas_digests", state] for state in ("due", "late", "unknown")] == [5, 2, 4]
    assert found["ringkas_digests_delay_seconds",] == 321.5
    assert [found["ringkas_sources", state] for state in ("active", "failing", "off")] == [9, 1, 3]
    assert found["ringkas_database_seconds",] == 0.25
    assert found["ringkas_telegram_age_seconds",] == found["ringkas_tick_age_seconds", "digests"] == 0
    assert [found["ringkas_well", check] for check in ("database", "telegram", "tick digests")] == [1, 1, 1]


async def test_disks_are_measured() -> None:
    metrics = PrometheusMetrics()
    assert ("ringkas_disk_free_bytes", "database") not in await scrape(metrics, None, Heartbeats())
    metrics.disks_measured([Forecast(Path(), 1000, full_in_days=2.0), Forecast(Path(), 500)])
    found = await scrape(metrics, None, Heartbeats())
    assert [found["ringkas_disk_free_bytes", name] for name in ("database", "backups")] == [1000, 500]
    assert [found["ringkas_disk_full_seconds", name] for name in ("database", "backups")] == [172_800, math.inf]


async def test_other_heartbeats_are_not_ticks() -> None:
    metrics, heartbeats = PrometheusMetrics(), Heartbeats(lambda: 50.0)
    for beat in (TELEGRAM, WEBHOOK, QUEUE, "digests"):
        heartbeats.beat(beat)
    found = await scrape(metrics, BACKLOG, heartbeats)
    assert [series for series in found if series[0] == "ringkas_tick_age_seconds"] == [
        ("ringkas_tick_age_seconds", "digests")
    ]


async def test_ages_of_a_fleets_ticks_are_shown() -> None:
    metrics = PrometheusMetrics()
    metrics.look(Health((), None, {"digests": 4.0, "recovery": 9.0}), Heartbeats())
    assert [
        metrics.registry.get_sample_value("ringkas_tick_age_seconds", {"tick": tick})
        for tick in ("digests", "recovery")
    ] == [4.0, 9.0]


async def test_number_of_series_is_bounded() -> None:
    metrics = PrometheusMetrics()
    first = await scrape(metrics, BACKLOG, Heartbeats())
    for kind in UpdateKind:
        metrics.update_handled(kind, 1e9)
    for what in MessageKind:
        for error in (None, *(kind.__new__(kind) for kind in OUTCOMES), errors.SendError("other")):
            metrics.message_tried(what, error)
    for received in WebhookResult:
        metrics.webhook_request(received)
    metrics.refreshed(RefreshReport(tuple(SourceReport(DESA, error=str(number)) for number in range(99))))
    last = await scrape(metrics, BACKLOG, Heartbeats())
    assert first.keys() == last.keys()
    assert len([series for series in last if series[0].startswith("ringkas_")]) < MOST_SERIES


def test_every_send_error_has_an_outcome() -> None:
    def below(kind: type[errors.SendError]) -> set[type[errors.SendError]]:
        return {kind}.union(*(below(inner) for inner in kind.__subclasses__()))

    assert set(OUTCOMES) == below(errors.SendError) - {errors.SendError}
    assert OUTCOMES[errors.TopicNotFound] == "thread_gone"
