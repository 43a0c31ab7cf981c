"""What very many chats, feeds and bots take, worked out from what was measured (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

A_DAY_S, AN_HOUR_S, A_MINUTE_S = 86_400, 3_600, 60
GB = 1e9


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be served. `hour_share` and `minute_share` of the digests are wanted in the same hour and minute,
    `asking` is questions of a chat a day, of which `hour_share` come within an hour as well."""

    chats: int = 10_000_000
    bots: int = 50
    feeds: int = 10_000
    articles_each: int = 20
    told_each: int = 5
    kept_days: int = 90
    window_days: int = 3
    hour_share: float = 0.4
    minute_share: float = 0.1
    asking: float = 0.2
    telegram_per_s: int = 30
    # Of the thousand that Telegram takes for Stars; see `bot.transport.rate_limiter.steady_per_s`.
    paid_per_s: int = 950


@dataclass(frozen=True, slots=True)
class Costs:
    """What was measured: bytes in PostgreSQL with their indexes, processor time in milliseconds."""

    chat_bytes: float
    digest_bytes: float
    told_bytes: float
    article_bytes: float
    window_bytes: float
    article_ms: float
    message_worker_ms: float
    message_server_ms: float
    answer_worker_ms: float
    answer_server_ms: float


@dataclass(frozen=True, slots=True)
class Line:
    """One question, how it is worked out, and the answer."""

    asked: str
    worked_out: str
    answer: str


# Connections of a process: its pool, the queue's, the one that listens, the one that holds its lock.
POOL, QUEUE, LISTENER, LOCK = 10, 4, 1, 1
# A process is Python: one core, of which a third is kept free for the moment when another one dies.
BUSY = 2 / 3
# What a server bears without a pooler in front of it.
MOST_CONNECTIONS = 500


def on_paper(wanted: Wanted, costs: Costs) -> list[Line]:
    """The arithmetic, line by line."""
    w, c = wanted, costs
    articles = w.feeds * w.articles_each
    each = w.chats // w.bots
    peak_s = w.chats * w.hour_share / AN_HOUR_S
    paid_s = min(w.bots * w.paid_per_s, w.chats * w.minute_share / A_MINUTE_S)
    asked_s = w.chats * w.asking * w.hour_share / AN_HOUR_S
    return [
        *_pace(w, each, peak_s),
        *_workers(c, peak_s, paid_s, asked_s, articles),
        *_gigabytes(w, c, articles),
        Line(
            "memory of the last days' news, in each process that fetches",
            f"{articles:,} articles a day × {w.window_days} days × {c.window_bytes:,.0f} bytes",
            f"{articles * w.window_days * c.window_bytes / GB:.1f} GB",
        ),
    ]


def _pace(w: Wanted, each: int, peak_s: float) -> list[Line]:
    minute = each * w.minute_share
    return [
        Line(
            "messages a second in the busiest hour",
            f"{w.chats:,} digests × {w.hour_share:.0%} ÷ {AN_HOUR_S:,} s",
            f"{peak_s:,.0f} ({peak_s / w.bots:.0f} a bot, of {w.telegram_per_s} that Telegram takes)",
        ),
        Line(
            "until a bot's most wanted minute is sent",
            f"{each:,} chats × {w.minute_share:.0%} ÷ {w.telegram_per_s} a second",
            f"{minute / w.telegram_per_s / A_MINUTE_S:.0f} minutes; paid, at {w.paid_per_s:,} a second,"
            f" {minute / w.paid_per_s:.0f} s",
        ),
    ]


def _workers(c: Costs, peak_s: float, paid_s: float, asked_s: float, articles: int) -> list[Line]:
    lines = []
    for what, rate in (("in the busiest hour", peak_s), ("when the most wanted minute is paid for", paid_s)):
        sending = rate * c.message_worker_ms / 1000
        answering = asked_s * c.answer_worker_ms / 1000
        workers = ceil((sending + answering) / BUSY)
        server = (rate * c.message_server_ms + asked_s * c.answer_server_ms) / 1000
        connections = workers * (POOL + QUEUE + LISTENER + LOCK)
        lines += [
            Line(
                f"workers that send and answer {what}",
                f"({rate:,.0f} messages × {c.message_worker_ms:.1f} ms + {asked_s:,.0f} answers ×"
                f" {c.answer_worker_ms:.1f} ms) ÷ 1,000 ÷ {BUSY:.2f}",
                f"{workers:,}",
            ),
            Line(
                "… the database's cores meanwhile",
                f"({rate:,.0f} × {c.message_server_ms:.1f} ms + {asked_s:,.0f} × {c.answer_server_ms:.1f} ms) ÷ 1,000",
                f"{server:.0f}",
            ),
            Line(
                "… its connections",
                f"{workers:,} × ({POOL} + {QUEUE} + {LISTENER} + {LOCK})",
                f"{connections:,}, of {MOST_CONNECTIONS} or so that a server bears well",
            ),
        ]
    fetching = articles * c.article_ms / 1000
    lines.append(
        Line(
            "cores that fetch and summarise, over the day",
            f"{articles:,} articles × {c.article_ms:.1f} ms ÷ {A_DAY_S:,} s",
            f"{fetching / A_DAY_S:.2f}; thrice that in the morning",
        )
    )
    return lines


def _gigabytes(w: Wanted, c: Costs, articles: int) -> list[Line]:
    rows = (
        ("chats", f"{w.chats:,} × {c.chat_bytes:.0f} bytes", w.chats * c.chat_bytes),
        (
            f"digests of {w.kept_days} days",
            f"{w.chats:,} × {w.kept_days} × {c.digest_bytes:.0f} bytes",
            w.chats * w.kept_days * c.digest_bytes,
        ),
        (
            f"what they told, {w.kept_days} days",
            f"{w.chats:,} × {w.kept_days} × {w.told_each} × {c.told_bytes:.0f} bytes",
            w.chats * w.kept_days * w.told_each * c.told_bytes,
        ),
        ("a year of articles", f"{articles:,} × 365 × {c.article_bytes:,.0f} bytes", articles * 365 * c.article_bytes),
    )
    return [Line(f"gigabytes: {name}", how, f"{taken / GB:,.0f}") for name, how, taken in rows]
