"""`ringkas sources …`, with a web that a test holds in its hands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import services
from bot.cli import cli
from bot.cli.common import print_table
from bot.cli.exit_codes import run_command
from bot.cli.sources import age, status_of, until
from summaries.errors import AddressRefused, TransientFetchError
from summaries.ingest.seed import read_catalogue
from summaries.model import PollState
from summaries.ports import Fetched

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
HOME = "https://kota.example/"
BARE = "https://kosong.example/"
GONE = "https://mati.example/rss"
LINKS = "".join(
    f'<link rel="alternate" type="application/rss+xml" title="{name}" href="/{name}">'
    for name in ("politik", "olahraga")
)


def make_feed(title: str) -> str:
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title></channel></rss>'


class FakeFetcher:
    """A fake of the guarded fetcher over these pages."""

    pages: dict[str, str]

    def __init__(self, **_: Any) -> None:
        """Accept the arguments of the real one."""

    async def fetch(self, url: str, **_: Any) -> Fetched:
        if not url.startswith("https://"):
            raise AddressRefused(f"{url} is not one that is opened")
        if url not in self.pages:
            raise TransientFetchError(f"{url} is away")
        return Fetched(url, 200, "text/html", "utf-8", self.pages[url].encode())

    async def aclose(self) -> None:
        """Nothing to close."""


@pytest.fixture(autouse=True)
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(services, "GuardedFetcher", FakeFetcher)
    published = {
        HOME: f"<head>{LINKS}</head>",
        HOME + "politik": make_feed("Kabar Kota - Politik"),
        HOME + "olahraga": make_feed("Kabar Kota - Olahraga"),
        BARE: "<html><body>Tanpa umpan</body></html>",
        GONE: make_feed("Kabar Mati"),
    }
    monkeypatch.setattr(FakeFetcher, "pages", published, raising=False)
    return published


def run(*arguments: str) -> int:
    return run_command(cli, ["sources", *arguments])


def test_sources_add_with_several_feeds_takes_one_or_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("add", HOME) == 2
    shown = capsys.readouterr()
    assert shown.out.splitlines() == [f"{HOME}politik  politik", f"{HOME}olahraga  olahraga"]
    assert shown.err == f"ringkas: {HOME} names 2 feeds: add one by its address, or every one with --all\n"
    assert run("add", "--all", "--outlet", " Kota  Kita ", "kota.example/") == 0
    assert capsys.readouterr().out.splitlines() == [
        "kota-kita-politik: added (Kota Kita, politik, 0 entries)",
        "kota-kita-olahraga: added (Kota Kita, olahraga, 0 entries)",
    ]


def test_failing_feed_does_not_affect_the_others(capsys: pytest.CaptureFixture[str], pages: dict[str, str]) -> None:
    del pages[HOME + "politik"]
    assert run("add", "--all", HOME) == 0
    shown = capsys.readouterr()
    assert shown.out == "kabar-kota-olahraga: added (Kabar Kota, olahraga, 0 entries)\n"
    assert shown.err == f"ringkas: {HOME}politik: {HOME}politik is away\n"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["add", BARE], 4, "is no feed and names none"),
        (["add", BARE + "x"], 4, "is away"),
        (["add", "tidak-ada"], 4, "https://tidak-ada is away"),
        (["add", "file:///etc/hostname"], 4, "is not one that is opened"),
        (["add", BARE, "--topic", "sihir"], 2, "choose one of"),
        (["remove", "tidak-ada"], 2, "there is no source tidak-ada"),
        (["check", "tidak-ada"], 2, "there is no source tidak-ada"),
        (["import", "tidak-ada.opml"], 2, "No such file"),
        (["import", "bom.opml"], 1, "entities of its own"),
        (["import", "besar.opml"], 1, "larger than"),
        (["export", "tidak/ada.opml"], 2, "No such file"),
        (["terbang"], 2, "No such command"),
    ],
)
def test_error_is_printed_with_its_exit_code(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: list[str], code: int, says: str
) -> None:
    (tmp_path / "bom.opml").write_text('<!DOCTYPE x [<!ENTITY a "b">]><opml version="2.0"></opml>')
    (tmp_path / "besar.opml").write_text('<opml version="2.0">' + " " * 2_000_000)
    assert run(*arguments) == code
    shown = capsys.readouterr()
    assert shown.out == ""
    assert says in shown.err


def test_check_prints_the_fault_of_each_source(capsys: pytest.CaptureFixture[str], pages: dict[str, str]) -> None:
    run("add", GONE, "--topic", "politik")
    run("add", HOME + "olahraga")
    pages[GONE] = "bukan umpan lagi"
    capsys.readouterr()
    assert run("check", "kabar-mati-politik", HOME + "olahraga") == 4
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == ["KEY", "ENTRIES", "NEWEST", "AGE", "ADDRESS", "STATUS"]
    assert [row.split(maxsplit=5) for row in rows] == [
        ["kabar-mati-politik", "-", "-", "-", "-", f"{GONE} is not a feed"],
        ["kabar-kota-olahraga", "0", "-", "-", HOME + "olahraga", "ok"],
    ]


def test_address_that_delivers_is_shown_and_then_used(
    capsys: pytest.CaptureFixture[str], pages: dict[str, str]
) -> None:
    antara, *others = read_catalogue()
    entry = "<item><title>Harga Beras</title><link>https://www.antaranews.com/berita/1/harga-beras</link></item>"
    pages[antara.alternatives[0]] = make_feed("ANTARA").replace("</channel>", f"{entry}</channel>")
    run("remove", *(source.key for source in others))
    capsys.readouterr()
    assert run("check", antara.key) == 0
    assert capsys.readouterr().out.splitlines()[1].split() == [antara.key, "1", "-", "-", antara.alternatives[0], "ok"]
    assert run_command(cli, ["refresh"]) == 1
    assert capsys.readouterr().err == f"ringkas: {antara.key}: {antara.url} is away\n"
    assert run_command(cli, ["refresh"]) == 0
    assert capsys.readouterr().err == f"ringkas: {antara.key}: now read from {antara.alternatives[0]}\n"


def test_unknown_name_does_not_stop_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("remove", "antara", "tidak-ada", "antara-politik") == 2
    shown = capsys.readouterr()
    assert shown.out.splitlines() == ["antara: switched off", "antara-politik: switched off"]
    assert len(shown.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (PollState(), "new"),
        (PollState(last_success_at=NOW), "ok"),
        (PollState(last_success_at=NOW, failures_in_a_row=2), "failed 2x"),
        (PollState(is_active=False), "off"),
        (PollState(is_active=False, failures_in_a_row=50), "off after 50 failures"),
    ],
)
def test_source_status_is_shown(state: PollState, status: str) -> None:
    assert status_of(state) == status


@pytest.mark.parametrize(
    ("minutes", "shown"),
    [
        (0, "0 min"),
        (-3, "0 min"),
        (119, "119 min"),
        (120, "2 h"),
        (47 * 60, "47 h"),
        (48 * 60, "2 d"),
        (9999 * 60, "416 d"),
    ],
)
def test_ages_are_formatted(minutes: int, shown: str) -> None:
    assert age(NOW - timedelta(minutes=minutes), NOW) == f"{shown} ago"
    assert until(NOW + timedelta(minutes=minutes), NOW) == ("now" if minutes <= 0 else f"in {shown}")


def test_missing_time_is_shown_as_dash_or_now() -> None:
    assert (age(None, NOW), until(None, NOW)) == ("-", "now")


def test_table_is_aligned_in_columns(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("A", "B", "C"), [("x" * 90, "a\nb", "y" * 90), ("1", "", "")])
    head, long, short = capsys.readouterr().out.splitlines()
    assert long == f"{'x' * 59}…  a b  {'y' * 90}"
    assert (head.index("B"), head.index("C")) == (62, 67)
    assert short == "1"


def test_import_reports_refused_addresses(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    outlines = "".join(
        f'<outline xmlUrl="{url}" text="K"/>' for url in (GONE, "http://10.0.0.1/rss", "ftp://a.example/")
    )
    (tmp_path / "daftar.opml").write_text(f'<opml version="2.0"><body>{outlines}</body></opml>')
    assert run("import", "daftar.opml") == 0
    shown = capsys.readouterr()
    assert shown.out.splitlines()[-1] == "1 of 3 feeds added, 0 were known and are switched on, 2 refused"
    assert shown.err.splitlines() == [
        "ringkas: http://10.0.0.1/rss: refused: 10.0.0.1 leads to 10.0.0.1, which is not a public address",
        "ringkas: ftp://a.example/: refused: only http and https are opened, not 'ftp'",
    ]
    (tmp_path / "daftar.opml").write_text(
        '<opml version="2.0"><body><outline xmlUrl="http://10.0.0.1/"/></body></opml>'
    )
    assert run("import", "daftar.opml") == 2
    assert capsys.readouterr().out == "0 of 1 feeds added, 0 were known and are switched on, 1 refused\n"
