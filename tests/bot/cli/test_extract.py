"""`ringkas extract`: files in, fields or refusals out."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from bot import services
from bot.cli import cli
from bot.cli.exit_codes import FAILED, NOT_FETCHED, NOTHING_TO_SUMMARIZE, WRONG_USAGE, run_command
from summaries.errors import AddressRefused, PermanentFetchError, RingkasError, TransientFetchError
from summaries.ports import Fetched

URL = "https://www.kabartimur.example/ekonomi/4551234/petani-kediri-mulai-panen-raya"
TITLE = "Petani Kediri Mulai Panen Raya, Harga Gabah Stabil"
PARAGRAPHS = (
    "Petani di Kabupaten Kediri mulai memanen padi pada awal pekan ini, kata Dinas Pertanian setempat.",
    "Harga gabah kering panen bertahan di kisaran Rp6.500 per kilogram, kata Kepala Dinas Bambang Setiawan.",
    "Pemerintah daerah meminta Bulog segera menyerap hasil panen agar harga tidak jatuh pada puncak musim.",
)
PAGE = (
    f"<html><head><title>{TITLE} - Kabar Timur</title><meta property='og:site_name' content='Kabar Timur'></head><body>"
    f"<h1>{TITLE}</h1><div>Penulis: Rina Wulandari</div><div>Rabu, 14 Okt 2026 10:05 WIB</div><div>"
    + "".join(f"<p>{one}</p>" for one in PARAGRAPHS)
    + "</div></body></html>"
)


class FakeFetcher:
    """The web holds one page, or one error."""

    answer: bytes | RingkasError = PAGE.encode()

    def __init__(self, **_: Any) -> None:
        """Accept the arguments of the real one."""

    async def fetch(self, url: str, **_: Any) -> Fetched:
        if url.endswith("/robots.txt"):
            raise PermanentFetchError("none", status=404)
        if isinstance(self.answer, RingkasError):
            raise self.answer
        return Fetched(url, 200, "text/html", body=self.answer)

    async def aclose(self) -> None:
        """Nothing to close."""


@pytest.fixture(autouse=True)
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(services, "GuardedFetcher", FakeFetcher)
    Path("berita.html").write_text(PAGE, encoding="utf-8")
    Path("tanpa-akhiran").write_text(PAGE, encoding="utf-8")
    Path("kosong.html").write_text("<html><title>Kabar</title><p>Selamat datang.</p></html>", encoding="utf-8")


def feed_stdin(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8"))


@pytest.mark.parametrize(
    "arguments", [["berita.html", "--url", URL + "?utm_source=x"], ["tanpa-akhiran", "--url", URL], [URL]]
)
def test_page_is_printed_as_json(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(cli, ["extract", *arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "title": TITLE,
        "published_at": "2026-10-14T10:05:00+07:00",
        "author": "Rina Wulandari",
        "authors": ["Rina Wulandari"],
        "outlet": "Kabar Timur",
        "category": "ekonomi",
        "canonical_url": URL,
        "image_url": None,
        "place": None,
        "initials": None,
        "text": "\n\n".join(PARAGRAPHS),
    }


CLAIMS = (
    f'<link rel="canonical" href="{URL}"><meta property="og:url" content="{URL}">'
    '<meta property="og:site_name" content="Kompas.com"></head>'
)


@pytest.mark.parametrize("command", ["extract", "summarize"])
def test_file_gets_no_address_and_no_outlet(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("palsu.html").write_text(PAGE.replace("</head>", CLAIMS), encoding="utf-8")
    assert run_command(cli, [command, "palsu.html", "--json"]) == 0
    fields = json.loads(capsys.readouterr().out)
    assert (fields["title"], fields["outlet"]) == (TITLE, None)
    assert fields["canonical_url" if command == "extract" else "url"] is None


def test_url_option_sets_address_and_outlet_of_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    Path("palsu.html").write_text(PAGE.replace("Kabar Timur", "Kompas.com"), encoding="utf-8")
    other = "https://lain.example/berita/harga-gabah-stabil"
    assert run_command(cli, ["extract", "palsu.html", "--url", other, "--json"]) == 0
    fields = json.loads(capsys.readouterr().out)
    assert (fields["canonical_url"], fields["outlet"]) == (other, "lain.example")


def test_page_is_printed_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(cli, ["extract", "berita.html", "--url", URL]) == 0
    head, blank, text = capsys.readouterr().out.partition("\n\n")
    assert head == f"{TITLE}\nKabar Timur · 2026-10-14 10:05 +0700 · Rina Wulandari\n{URL}"
    assert blank
    assert text == "\n\n".join(PARAGRAPHS) + "\n"


def test_page_is_read_from_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    feed_stdin(monkeypatch, PAGE)
    assert run_command(cli, ["extract", "-", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == TITLE


@pytest.mark.parametrize(
    ("answer", "reason", "code"),
    [
        (b"<html><title>Kabar</title><p>Selamat datang.</p></html>", "not-an-article", NOTHING_TO_SUMMARIZE),
        (b"", "empty", NOTHING_TO_SUMMARIZE),
        (AddressRefused("a private name"), "address-refused", NOT_FETCHED),
        (TransientFetchError("busy"), "fetch-failed-for-now", NOT_FETCHED),
        (PermanentFetchError("gone", status=410), "fetch-failed-for-good", NOT_FETCHED),
    ],
)
def test_refused_extract_prints_the_reason(
    answer: bytes | RingkasError,
    reason: str,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(FakeFetcher, "answer", answer)
    assert run_command(cli, ["extract", URL, "--json"]) == code
    fields = json.loads(capsys.readouterr().out)
    assert fields["refused"] == reason
    assert fields["detail"]


def test_refusal_without_json_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(cli, ["extract", "kosong.html"]) == NOTHING_TO_SUMMARIZE
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", "ringkas: there is no running text on the page\n")


def test_missing_file_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(cli, ["extract", "hilang.html", "--json"]) == FAILED
    assert "hilang.html" in capsys.readouterr().err


def test_jsonl_answers_keep_the_order_of_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        {"id": 1, "path": "berita.html", "url": URL},
        {"path": "kosong.html"},
        {"id": "\ud83d", "path": "hilang.html"},
        {"id": 4, "path": "https://kabartimur.example/berita"},
        {"id": 5},
        [],
        {"path": "\ud83d"},
        {"id": 6, "path": "berita\0.html"},
    ]
    feed_stdin(monkeypatch, "\n".join(map(json.dumps, lines)) + "\n\nrusak\n")
    assert run_command(cli, ["extract", "--jsonl"]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [answer["id"] for answer in answers] == [1, "kosong.html", "\ud83d", 4, 5, None, "\ud83d", 6, None]
    assert [answer.get("refused") for answer in answers] == [
        None, "not-an-article", "unreadable", "unreadable", "bad-line", "bad-line", "unreadable", "unreadable",
        "bad-line",
    ]  # fmt: skip
    assert answers[0]["canonical_url"] == URL


@pytest.mark.parametrize(
    "arguments",
    [[], ["berita.html", "--jsonl"], ["--jsonl", "--json"], ["berita.html", "--jobs", "2"], [URL, "--url", URL]],
)
def test_wrong_usage_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(cli, ["extract", *arguments]) == WRONG_USAGE
    assert capsys.readouterr().err
