"""Measure what the store costs as it grows, and write its part of docs/measurements/benchmarks.md.

    python -m benchmarks.store_speed [--sizes N ...] [--rounds N] [--archives DIR] [--smoke]

`--sizes` are articles, and as many chats; archives that are in DIR need not be filled. `--smoke` does it once over very
little and writes nothing.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.ingest.fill import archive
from benchmarks.store.measuring import measure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.store.measuring import Measured, Timed

PART = "The store as it grows"
SIZES = (10_000, 100_000, 1_000_000)
ROUNDS = 200
SMOKE_SIZE, SMOKE_ROUNDS = 300, 3
BARS = {"/berita": 10.0, "/cari, two words": 50.0}
PLOTTED = ("/berita", "/cari, two words", "/cari, a common word", "the tick: a hundred due")


def measure_all(sizes: Sequence[int], rounds: int, archives: Path) -> list[Measured]:
    done = []
    for size in sizes:
        began = time.monotonic()
        path = archive(archives, size)
        filled = time.monotonic()
        done.append(measure(path, size, rounds))
        print(f"{size:,}: there in {filled - began:.0f} s, measured in {time.monotonic() - filled:.0f} s", flush=True)
    return done


def page_of(done: Sequence[Measured], rounds: int, load: float) -> str:
    """The part's text."""
    heads = " | ".join(f"{measured.size:,}" for measured in done)
    about = (
        "SQLite, made-up articles of some 120 words, and as many chats with a digest. Each question was asked"
        f" {rounds} times (the tick a quarter as often) through the store's ports, in turn with SQLite alone: one"
        " connection in the asking thread, the fewest statements that read the same, nothing made of the rows. At the"
        f" start {load:.1f} processes wanted the cores. A chat's digest is one row: what it takes is the way to the"
        " database's thread and back."
    )
    lines = [
        about,
        "",
        f"| median · 95 of 100 · 99 of 100 within, ms | {heads} | medians, times SQLite alone |",
        f"|---|{'---|' * len(done)}---|",
    ]
    for row in zip(*(measured.timed for measured in done), strict=True):
        cells = " | ".join(f"{t.p50:.2f} · {t.p95:.2f} · {t.p99:.2f}" for t in row)
        ratios = " · ".join(f"{t.p50 / t.bare:.1f}" for t in row if t.bare)
        lines.append(f"| {row[0].name} | {cells} | {ratios} |")
    sizes = " | ".join(f"{measured.bytes_each:,.0f}" for measured in done)
    lines += [f"| bytes of the file for an article | {sizes} | |", ""]
    last = {timed.name: timed for timed in done[-1].timed}
    judged = [
        f"{name} {last[name].p95:.1f} ms ({'under' if last[name].p95 < bar else 'not under'} {bar:g})"
        for name, bar in BARS.items()
    ]
    lines += [f"95 of 100 at {done[-1].size:,}: {'; '.join(judged)}.", ""]
    lines += [f"- {spent}" for spent in map(where_it_goes, done[-1].timed) if spent]
    lines += [""]
    lines += [f"![by size](plots/store-by-size-{kind}.png#gh-{kind}-mode-only)" for kind in ("light", "dark")]
    return "\n".join(lines)


def where_it_goes(timed: Timed) -> str | None:
    """What a question that takes over twice as long as SQLite alone spends its time on, where that was measured."""
    if not timed.bare or timed.on_thread is None or timed.p50 <= 2 * timed.bare:
        return None
    return (
        f"{timed.name}: of {timed.p50:.3f} ms SQLite alone takes {timed.bare:.3f}, to make values of its rows"
        f" {max(0.0, timed.on_thread - timed.bare):.3f}, the way to the database's thread and back with a transaction"
        f" around {max(0.0, timed.p50 - timed.on_thread):.3f}."
    )


def plot(done: Sequence[Measured], folder: Path) -> None:
    from benchmarks.plots import LIGHT_AND_DARK, figure

    for style in LIGHT_AND_DARK:
        with figure(style, folder / "store-by-size") as axes:
            for name, line in zip(PLOTTED, ("-", "--", ":", "-."), strict=True):
                values = [next(t.p95 for t in measured.timed if t.name == name) for measured in done]
                axes.plot([m.size for m in done], values, line, color=style.accent, marker="o", label=name)
            axes.set_xscale("log")
            axes.set_yscale("log")
            axes.set_xlabel("articles, and chats")
            axes.set_ylabel("95 of 100 within, ms")
            axes.legend(facecolor=style.ground, edgecolor=style.muted)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="taken by other benchmarks")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--archives", type=Path, help="keep the archives in this folder, for the next time")
    parser.add_argument("--smoke", action="store_true")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    sizes, rounds = ([SMOKE_SIZE], SMOKE_ROUNDS) if options.smoke else (options.sizes, options.rounds)
    with TemporaryDirectory(prefix="ringkas-") as folder:
        done = measure_all(sizes, rounds, options.archives or Path(folder))
    text = page_of(done, rounds, load)
    if options.smoke:
        print("the harness works")
        return
    from benchmarks.page import PAGE, machine, write_part

    plot(done, PAGE.parent / "plots")
    write_part(PART, f"{machine('SQLite', 'sqlite-utils')}\n{text}")


if __name__ == "__main__":
    main()
