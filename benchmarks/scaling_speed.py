"""Measure PostgreSQL where SQLite ends, and write its parts of docs/measurements/scaling.md.

    python -m benchmarks.scaling_speed [--parts PART ...] [--count N] [--sizes N ...] [--rounds N] [--smoke]

The server is the one that DATABASE_URL_TEST names, or one that is started here. `--smoke` does it once over very little
and writes nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.postgres_version import machine_with_postgres
from benchmarks.scaling.beside import compare
from benchmarks.scaling.claims import WORKERS, Killed, compete, kill_one
from benchmarks.scaling.on_paper import Costs, Wanted, on_paper
from benchmarks.scaling.restart import restart
from benchmarks.scaling.sizes import bytes_of_rows
from benchmarks.scaling.window import bytes_each
from tests.postgres_server import new_database, server_of_ours, server_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.scaling.beside import Compared
    from benchmarks.scaling.claims import Run

COUNT = 10_000
SIZES = (10_000, 100_000)
ROUNDS = 100
PAGE = Path(__file__).parents[1] / "docs/measurements/scaling.md"
PARTS = ("claims", "restart", "beside", "sizes", "paper")
RESTART = "PostgreSQL restarted in the midst of it"
CLAIMS, BESIDE = "Processes that compete for deliveries", "SQLite beside PostgreSQL"
ROW, PAPER = "What a row costs", "Ten million chats, on paper"


@contextmanager
def databases() -> Iterator[str]:
    """A server that keeps what it says it kept."""
    with TemporaryDirectory(prefix="ringkas-") as folder, server_url(Path(folder) / "server", is_hasty=False) as url:
        yield url


def claims_text(runs: Sequence[Run], whole: Sequence[Run], killed: Killed, count: int, load: float) -> str:
    about = (
        f"{count:,} composed deliveries that are all due, claimed 24 at a time by processes of their own, each with 8"
        " connections (`SELECT … FOR UPDATE SKIP LOCKED`); then claimed and sent to nobody, which is three more"
        f" transactions each. {os.cpu_count()} cores for processes and server together, which {load:.1f} others wanted"
        " at the start: more processes than cores add nothing here, and must do no harm."
    )
    lines = [
        about,
        "",
        "| processes | claimed a second | twice | lost | sent a second | twice | lost | fewest and most of one |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {alone.workers} | {alone.rate:,.0f} | {alone.claims - alone.distinct} | {count - alone.distinct}"
        f" | {sent.rate:,.0f} | {sent.claims - sent.distinct} | {sent.left} | {sent.fewest:,} – {sent.most:,} |"
        for alone, sent in zip(runs, whole, strict=True)
    ]
    after = (
        f"One of four killed with SIGKILL in the midst of {killed.count:,}, with at most {killed.at_once} under way:"
        f" {killed.left} lost, {killed.twice} sent once more when its leases were over."
    )
    return "\n".join([*lines, "", after])


def beside_text(done: Sequence[Compared], rounds: int, load: float) -> str:
    heads = " | ".join(f"{compared.size:,}" for compared in done)
    about = (
        "The same made-up articles and chats in both: `ringkas export` and `ringkas import-state` copied them."
        f" Each question was asked {rounds} times, in turn, through the store's ports; the server is on the same"
        f" machine, by its socket. At the start {load:.1f} processes wanted the cores."
    )
    lines = [
        about,
        "",
        f"| median ms, SQLite · PostgreSQL | {heads} |",
        f"|---|{'---|' * len(done)}",
    ]
    lines += [
        f"| {row[0].name} | {' | '.join(f'{a.sqlite:.1f} · {a.postgres:.1f}' for a in row)} |"
        for row in zip(*(compared.asked for compared in done), strict=True)
    ]
    sizes = " | ".join(f"{c.sqlite_bytes:,.0f} · {c.postgres_bytes:,.0f}" for c in done)
    moves = " | ".join(f"{c.move_s:,.0f}" for c in done)
    return "\n".join([
        *lines, f"| bytes of the database for an article | {sizes} |",
        f"| seconds of the copy, with every row compared | {moves} |",
    ])  # fmt: skip


def measure_claims(count: int, workers: Sequence[int]) -> tuple[list[Run], list[Run], Killed]:
    with databases() as server, TemporaryDirectory() as folder, new_database(server) as url:
        place = Path(folder)
        runs = [compete(url, place, number, count, is_whole=False) for number in workers]
        whole = [compete(url, place, number, count, is_whole=True) for number in workers]
        return runs, whole, kill_one(url, place, count)


def measure_beside(sizes: Sequence[int], rounds: int) -> list[Compared]:
    done = []
    with databases() as server:
        for size in sizes:
            with TemporaryDirectory() as folder, new_database(server) as url:
                done.append(compare(Path(folder) / "ringkas.db", url, size, rounds))
            print(f"{size:,}: copied in {done[-1].move_s:.0f} s", flush=True)
    return done


def smoke(load: float) -> None:
    """A little of everything, except that nobody is killed."""
    with databases() as server:
        with TemporaryDirectory() as folder, new_database(server) as url:
            run = compete(url, Path(folder), 1, 60, is_whole=True)
            claims_text([run], [run], Killed(0, 0, 0, 0), 60, load)
        with TemporaryDirectory() as folder, new_database(server) as url:
            beside_text([compare(Path(folder) / "ringkas.db", url, 60, 2)], 2, load)
        with new_database(server) as url:
            sizes_text(bytes_of_rows(url, 50), bytes_each(2, 5))
    paper_text(dict.fromkeys(Costs.__slots__, 1.0))


def restart_text(load: float) -> str:
    with TemporaryDirectory(prefix="ringkas-") as folder:
        done = asyncio.run(restart(Path(folder) / "server"))
    return (
        f"Eight writers, while the server was stopped and started again, {done.away_s:.1f} s later:"
        f" {done.stored:,} writes were said to be stored, {done.failed} failed, {done.lost} were lost. What came"
        f" meanwhile waited, up to ten seconds. At the start {load:.1f} processes wanted the cores."
    )


def sizes_text(sizes: Mapping[str, float], window: float) -> str:
    names = ("a chat's settings", "its digest's wish", "a digest", "its message", "an article that it told")
    rows = [f"| {name} (`{table}`) | {sizes[table]:.0f} |" for name, table in zip(names, sizes, strict=True)]
    about = (
        "PostgreSQL, 100,000 rows of each, indexes included; and what the index of stories holds of an article of the"
        " last three days, in the memory of each process that fetches."
    )
    last = f"| an article among the last days' stories, in memory | {window:,.0f} |"
    return "\n".join([about, "", "| | bytes |", "|---|---|", *rows, last])


def paper_text(figures: Mapping[str, float]) -> str:
    w = Wanted()
    about = (
        f"{w.chats:,} chats with a digest a day of one message and {w.told_each} stories, {w.bots} bots, {w.feeds:,}"
        f" feeds with {w.articles_each} new articles a day each. {w.hour_share:.0%} of the digests are wanted within"
        f" the same hour, {w.minute_share:.0%} in the same minute; one chat in {1 / w.asking:.0f} asks something a day."
        " These are guesses; the costs are what was measured above and in [benchmarks.md](benchmarks.md), on its cores."
    )
    lines = on_paper(w, Costs(**{name: figures[name] for name in Costs.__slots__}))
    rows = [f"| {line.asked} | {line.worked_out} | {line.answer} |" for line in lines]
    return "\n".join([about, "", "| | how it is worked out | |", "|---|---|---|", *rows])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="taken by other benchmarks")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    if options.smoke:
        smoke(load)
        print("the harness works")
        return
    from benchmarks.page import measured, record, write_part

    if "claims" in options.parts:
        text = claims_text(*measure_claims(options.count, WORKERS), options.count, load)
        write_part(CLAIMS, f"{machine_with_postgres('psycopg')}\n{text}", PAGE)
    if "restart" in options.parts:
        write_part(RESTART, f"{machine_with_postgres('psycopg', server=server_of_ours)}\n{restart_text(load)}", PAGE)
    if "beside" in options.parts:
        compared = measure_beside(options.sizes, options.rounds)
        record(article_bytes=compared[-1].postgres_bytes)
        both = machine_with_postgres("psycopg", "SQLite", "sqlite-utils")
        write_part(BESIDE, f"{both}\n{beside_text(compared, options.rounds, load)}", PAGE)
    if "sizes" in options.parts:
        with databases() as server, new_database(server) as url:
            sizes, window = bytes_of_rows(url), bytes_each()
        record(
            chat_bytes=sizes["chat_settings"] + sizes["subscriptions"],
            digest_bytes=sizes["deliveries"] + sizes["outbox"],
            told_bytes=sizes["told_articles"],
            window_bytes=window,
        )
        write_part(ROW, f"{machine_with_postgres('psycopg')}\n{sizes_text(sizes, window)}", PAGE)
    if "paper" in options.parts:
        figures = measured()
        if missing := [name for name in Costs.__slots__ if name not in figures]:
            raise SystemExit(f"not measured yet: {', '.join(missing)} (the parts ingest and fleet tell them)")
        write_part(PAPER, paper_text(figures), PAGE)


if __name__ == "__main__":
    main()
