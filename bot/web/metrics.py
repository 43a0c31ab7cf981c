"""Health and metrics of a process. The only module that imports the client of Prometheus.

/health/live shows whether the process answers, /health/ready whether everything it depends on works, /metrics its
metrics.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from http import HTTPStatus
from importlib.metadata import version
from itertools import product
from math import nan
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.config import Listen
from bot.runtime.health import Health, HealthMonitor
from bot.runtime.metrics import (
    QUEUE,
    TELEGRAM,
    WEBHOOK,
    Disk,
    Heartbeats,
    MessageKind,
    Metrics,
    UpdateKind,
    WebhookResult,
)
from summaries import errors
from summaries.ingest.refresh import RefreshReport, SourceReport

NOT_KEPT = {"Cache-Control": "no-store"}
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
# A button is answered in some hundredths of a second, a page that must be fetched in seconds.
ANSWER_BUCKETS_S = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
SENT = "sent"
DAY_S = 86_400.0
# Heartbeats that are not scheduler ticks.
NO_TICKS = {WEBHOOK, QUEUE}


# Label values are part of the interface to dashboards: they do not follow the names of the classes.
OUTCOMES: dict[type[errors.SendError], str] = {
    errors.NotDelivered: "not_sent",
    errors.ServerError: "server_error",
    errors.RateLimited: "slow_down",
    errors.DeliveryUnknown: "maybe_sent",
    errors.InvalidMarkup: "markup_refused",
    errors.ChatUnreachable: "chat_gone",
    errors.MissingRights: "no_rights",
    errors.ChatMoved: "chat_moved",
    errors.TopicNotFound: "thread_gone",
    errors.SendRefused: "send_refused",
}
CHECKED = ("read", "unchanged", "postponed", "failed")


class PrometheusMetrics(Metrics):
    """Counts for Prometheus. All series exist from the start, so that rates are right from the first event."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        counter, gauge = partial(Counter, registry=self.registry), partial(Gauge, registry=self.registry)
        self._answers = Histogram(
            "ringkas_answer_seconds",
            "Time to handle an update, by kind.",
            ["kind"],
            buckets=ANSWER_BUCKETS_S,
            registry=self.registry,
        )
        self._under_way = gauge("ringkas_updates_under_way", "Updates being handled; at 1024 a webhook answers 503.")
        self._refused = counter("ringkas_updates_refused", "Updates over the limit of their person or chat.")
        self._failures = counter("ringkas_update_failures", "Unexpected failures; the reader got an error code.")
        self._requests = counter("ringkas_webhook_requests", "Webhook requests, by result.", ["result"])
        self._messages = counter("ringkas_messages", "Attempts to send unrequested messages.", ["what", "outcome"])
        self._checks = counter("ringkas_source_checks", "Checks of news sources, by result.", ["result"])
        self._articles = counter("ringkas_articles", "New feed entries, by result.", ["result"])
        self._build = gauge("ringkas_build_info", "Always 1; the label `version` holds the version.", ["version"])
        self._pending = gauge("ringkas_webhook_pending", "Updates waiting at Telegram at the last check.")
        self._digests = gauge(
            "ringkas_digests", "Digests not sent (late: for over 5 minutes), and unknown ones of a day.", ["state"]
        )
        self._delay = gauge("ringkas_digests_delay_seconds", "Delay of the oldest digest not held back.")
        self._sources = gauge("ringkas_sources", "News sources, by state.", ["state"])
        self._database = gauge("ringkas_database_seconds", "Response time of the database.")
        self._well = gauge("ringkas_well", "1 if the check of `/health/ready` passes, else 0.", ["check"])
        self._ticks = gauge(
            "ringkas_tick_age_seconds", "Time since the tick last ended in the bot or its fleet.", ["tick"]
        )
        self._contact = gauge("ringkas_telegram_age_seconds", "Time since Telegram last answered.")
        self._free = gauge("ringkas_disk_free_bytes", "Free space of the disks of database and backups.", ["disk"])
        self._full = gauge(
            "ringkas_disk_full_seconds", "Time until the disk is full, as the news grows; +Inf if never.", ["disk"]
        )
        self._begin()

    def _begin(self) -> None:
        """Create every series with its first value."""
        for kind in UpdateKind:
            self._answers.labels(kind)
        for received in WebhookResult:
            self._requests.labels(received)
        for what, outcome in product(MessageKind, (SENT, *OUTCOMES.values())):
            self._messages.labels(what, outcome)
        for checked in CHECKED:
            self._checks.labels(checked)
        for read in ("added", "excerpt", "refused", "failed"):
            self._articles.labels(read)
        self._build.labels(version("ringkas")).set(1)
        self._contact.set(nan)

    def update_begun(self) -> None:
        self._under_way.inc()

    def update_handled(self, kind: UpdateKind, took_s: float) -> None:
        self._under_way.dec()
        self._answers.labels(kind).observe(took_s)

    def update_refused(self) -> None:
        self._refused.inc()

    def update_failed(self) -> None:
        self._failures.inc()

    def webhook_request(self, received: WebhookResult) -> None:
        self._requests.labels(received).inc()

    def webhook_pending(self, count: int) -> None:
        self._pending.set(count)

    def message_tried(self, what: MessageKind, error: errors.SendError | None) -> None:
        outcome = SENT if error is None else OUTCOMES.get(type(error), OUTCOMES[errors.SendRefused])
        self._messages.labels(what, outcome).inc()

    def refreshed(self, report: RefreshReport) -> None:
        for source in report.sources:
            self._checks.labels(result_of(source)).inc()
            self._articles.labels("added").inc(source.added - source.excerpts)
            self._articles.labels("excerpt").inc(source.excerpts)
            self._articles.labels("refused").inc(source.refused)
            self._articles.labels("failed").inc(source.failed)

    def disks_measured(self, disks: Sequence[Disk]) -> None:
        # The backups may be on the disk of the database.
        for name, disk in zip(("database", "backups"), disks, strict=False):
            self._free.labels(name).set(disk.free_bytes)
            self._full.labels(name).set(disk.full_in_days * DAY_S)

    def look(self, health: Health, heartbeats: Heartbeats) -> None:
        """Update the gauges before a scrape."""
        for check in health.checks:
            self._well.labels(check.name).set(check.is_well)
            if check.name == "database" and check.seconds is not None:
                self._database.set(check.seconds)
        ages_s = {**heartbeats.ages_s(), **health.tick_ages_s}
        self._contact.set(ages_s.pop(TELEGRAM, nan))
        for tick in ages_s.keys() - NO_TICKS:
            self._ticks.labels(tick).set(ages_s[tick])
        backlog = health.backlog
        if backlog is None:
            return
        self._digests.labels("due").set(backlog.due)
        self._digests.labels("late").set(backlog.late)
        self._digests.labels("unknown").set(backlog.unknown)
        self._delay.set(backlog.delay_s)
        self._sources.labels("active").set(backlog.sources)
        self._sources.labels("failing").set(backlog.sources_failing)
        self._sources.labels("off").set(backlog.sources_off)


def result_of(source: SourceReport) -> str:
    """Return the label for the result of checking a source, one of `CHECKED`."""
    if source.error is not None:
        return "failed"
    if source.is_postponed:
        return "postponed"
    return "unchanged" if source.is_unchanged else "read"


def telemetry_routes(listen: Listen, metrics: PrometheusMetrics, monitor: HealthMonitor) -> list[Route]:
    """Return the routes of health and metrics; see `for_neighbours` about access to them."""

    async def live(_: Request) -> Response:
        return JSONResponse({"status": "live"}, headers=NOT_KEPT)

    async def ready(_: Request) -> Response:
        health = await monitor.check()
        status = HTTPStatus.OK if health.is_ready else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse(health.to_json(), status_code=status, headers=NOT_KEPT)

    async def show(_: Request) -> Response:
        metrics.look(await monitor.check(), monitor.heartbeats)
        return Response(generate_latest(metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST} | NOT_KEPT)

    answers = {"/health/live": live, "/health/ready": ready, "/metrics": show}
    return [for_neighbours(listen, path, answer) for path, answer in answers.items()]


def for_neighbours(listen: Listen, path: str, answer: Callable[[Request], Awaitable[Response]]) -> Route:
    """Return a route with restricted access. If the server listens on loopback, a request with another host name came
    through an open proxy or from a web page whose name resolves to this machine, and is refused."""

    async def guarded(request: Request) -> Response:
        try:
            name = urlsplit(f"//{request.headers.get('host', '')}").hostname
        except ValueError:
            name = None
        if listen.is_loopback and name not in LOOPBACK_NAMES | {listen.host}:
            return Response(status_code=HTTPStatus.FORBIDDEN)
        return await answer(request)

    return Route(path, guarded, methods=["GET"])
