"""`ringkas digest` as typed: lines in, lines out, and the preview from the database."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cli import cli
from bot.cli.exit_codes import WRONG_USAGE, run_command
from summaries.articles.prepare import prepare
from summaries.ingest.article_writer import ArticleWriter
from summaries.model import Article, Origin
from summaries.storage import open_store
from summaries.workers.pools import ThreadOffload

DAM = "Bendungan Sukamaju di Kabupaten Kediri jebol pada Rabu dini hari setelah hujan deras semalam suntuk."
COFFEE = "Harga kopi di pasar Medan naik dua kali lipat sejak panen gagal karena kemarau yang panjang."
NOW = "2026-10-14T12:00:00+07:00"


def make_line(article_id: object, outlet: str, title: str, text: str, hour: int) -> dict[str, object]:
    return {"id": article_id, "outlet": outlet, "title": title, "text": text, "date": f"2026-10-14T{hour:02}:00+07:00"}


@pytest.fixture
def give(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def give(*lines: str) -> None:
        body = "".join(f"{line}\n" for line in lines).encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(body), encoding="utf-8"))

    return give


def test_lines_are_chosen_by_coverage(give: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    articles = [
        make_line("a", "Antara", "Bendungan Sukamaju Kediri Jebol", DAM, 5),
        make_line(2, "Tempo", "Bendungan Sukamaju di Kediri Jebol", DAM.replace("dini hari", "pagi"), 6),
        make_line("c", "Detik", "Harga Kopi di Medan Naik", COFFEE, 11),
        # Not published yet.
        make_line("d", "Detik", "Harga Kopi di Medan Turun", COFFEE, 13),
    ]
    give(*map(json.dumps, articles), "", "no json", '{"id": ["e"]}')
    assert run_command(cli, ["digest", "--jsonl", "--now", NOW, "--stories", "1"]) == 0
    (chosen,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert chosen["articles"] == ["a", 2]
    assert chosen["shown"] in chosen["articles"]
    assert (chosen["addition"], chosen["is_disputed"]) == (None, False)


def test_line_has_the_central_fact_of_another_outlet(
    give: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    sentence = "Tujuh orang tewas setelah Bendungan Sukamaju di Kediri jebol."
    rest = "Warga setempat menunggu bantuan pemerintah di balai desa. Pemerintah daerah mengirim tenda dan air bersih."
    articles = [
        make_line("a", "Antara", "Bendungan Sukamaju Kediri Jebol", f"{DAM} {rest} {7 * (COFFEE + chr(32))}", 5),
        make_line(
            "b", "Tempo", "Bendungan Sukamaju di Kediri Jebol, 7 Orang Tewas", f"{sentence} {DAM} {rest} {COFFEE}", 6
        ),
    ]
    give(*map(json.dumps, articles))
    assert run_command(cli, ["digest", "--jsonl", "--now", NOW, "--stories", "1"]) == 0
    chosen = json.loads(capsys.readouterr().out)
    assert chosen["shown"] == "a"
    assert chosen["addition"] == {"article": "b", "text": sentence, "start": 0, "end": len(sentence)}


def test_no_lines_give_no_stories(give: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    give()
    assert run_command(cli, ["digest", "--jsonl", "--now", NOW]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("arguments", [["--now", NOW], ["--jsonl", "--now", "kemarin"], ["--stories", "0"]])
def test_wrong_usage_is_refused(arguments: list[str], give: Callable[..., None]) -> None:
    give()
    assert run_command(cli, ["digest", *arguments]) == WRONG_USAGE


def test_preview_shows_the_stories_of_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    now = datetime.now(UTC)

    async def fill() -> None:
        store = await open_store("sqlite:///ringkas.db")
        offload = ThreadOffload(threads=1)
        writer = ArticleWriter(stories=store.stories, offload=offload, clock=lambda: now)
        for number, (outlet, title, text) in enumerate(
            (("Antara", "Bendungan Sukamaju Jebol", DAM), ("Detik", "Harga Kopi di Medan Naik", COFFEE))
        ):
            article = Article(
                title=title,
                text=f"{text} Warga setempat menunggu bantuan pemerintah. {text} Mereka berharap keadaan segera pulih.",
                outlet=outlet,
                url=f"https://kabar.example/{number}",
                published_at=now - timedelta(hours=number + 1),
            )
            await writer.add(prepare(article), origin=Origin.FEED)
        await writer.close()
        offload.close()
        await store.close()

    asyncio.run(fill())
    assert run_command(cli, ["digest", "--stories", "1"]) == 0
    first, below, total = capsys.readouterr().out.splitlines()
    assert first == "1. Bendungan Sukamaju Jebol"
    assert below.startswith("   Antara · ")
    assert below.endswith("https://kabar.example/0")
    assert total == "1 of 2 stories"
