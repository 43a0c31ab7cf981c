"""The command line as a person types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

Publish = Callable[..., str]
Run = Callable[..., subprocess.CompletedProcess[str]]

SUMMARY_START = "Harga beras medium di Pasar Sukamakmur turun menjadi Rp11.800 per kilogram pada Senin (2/11)"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `ringkas` in an empty folder, without any setting."""

    def run(*arguments: str, stdin: str | None = None, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            cwd=tmp_path,
            env=os.environ | settings,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    return run


def test_an_article_from_a_file_as_json(run: Run, tmp_path: Path, article: str) -> None:
    (tmp_path / "berita.txt").write_text(article, encoding="utf-8")
    done = run("summarize", "berita.txt", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["title"] == "Harga Beras di Pasar Sukamakmur Turun Setelah Panen Raya"
    assert found["outlet"] == "Kabar Desa"
    assert found["published_at"] == "2026-11-02T08:30+08:00"
    assert (found["place"], found["initials"], found["language"]) == ("Makassar", "rhm", "id")
    assert (found["paragraph_count"], found["sentence_count"]) == (4, 6)
    text = "\n\n".join(found["paragraphs"])
    assert [text[s["start"] : s["end"]] for s in found["sentences"]] == [s["text"] for s in found["sentences"]]
    assert found["summary"].startswith(SUMMARY_START)
    assert "Dok. Kabar Desa" not in text
    assert "(rhm)" not in text


@pytest.mark.parametrize("arguments", [["-"], []])
def test_an_article_from_standard_input_as_text(run: Run, article: str, arguments: list[str]) -> None:
    done = run("summarize", *arguments, stdin=article)
    assert done.returncode == 0, done.stderr
    title, byline, blank, summary = done.stdout.rstrip("\n").split("\n")
    assert title == "Harga Beras di Pasar Sukamakmur Turun Setelah Panen Raya"
    assert byline == "Kabar Desa · 2026-11-02 08:30 +0800 · Makassar"
    assert blank == ""
    assert summary.startswith(SUMMARY_START)


def test_lengths(run: Run, article: str) -> None:
    for count in (1, 2, 3):
        found = json.loads(run("summarize", "--json", "--sentences", str(count), stdin=article).stdout)
        assert len(found["sentences"]) == count
    shorter, longer = (
        json.loads(run("summarize", "--json", "--words", words, stdin=article).stdout)["words"]
        for words in ("20", "90")
    )
    assert shorter < longer


def test_a_page_by_its_address(run: Run, site: Publish, page: str) -> None:
    url = site("/cli", page)
    refused = run("summarize", url)
    assert (refused.returncode, refused.stdout) == (4, "")
    assert refused.stderr.startswith("ringkas: ")
    assert "Traceback" not in refused.stderr
    done = run("summarize", url, ALLOW_PRIVATE_ADDRESSES="true")
    assert done.returncode == 0, done.stderr
    assert SUMMARY_START in done.stdout


def test_many_articles_in_order(run: Run, article: str) -> None:
    _, _, text = article.partition("Makassar")
    records = [{"id": n, "title": "Harga Beras Turun", "text": f"Makassar{text}"} for n in range(5)]
    records[2] = {"id": 2, "title": "", "text": "Harga beras turun hari ini."}
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    done = run("summarize", "--jsonl", "--sentences", "2", stdin="\n".join(lines) + "\n\n{oops\n")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [0, 1, 2, 3, 4, None]
    assert answers[2] == {"id": 2, "refused": "too-short"}
    assert answers[5] == {"id": None, "refused": "not a JSON line"}
    assert answers[0]["sentences"][0].startswith(SUMMARY_START)
    assert len(answers[0]["sentences"]) == 2


def test_many_articles_by_several_processes_come_in_the_same_order(run: Run, article: str) -> None:
    lines = "".join(json.dumps({"id": n, "title": "", "text": article * (1 + n % 3)}) + "\n" for n in range(150))
    one, two = (run("summarize", "--jsonl", "--jobs", jobs, stdin=lines) for jobs in ("1", "2"))
    assert (one.returncode, two.returncode) == (0, 0), two.stderr
    assert [json.loads(line)["id"] for line in one.stdout.splitlines()] == list(range(150))
    assert one.stdout == two.stdout


@pytest.mark.parametrize(("length", "at_most"), [("pendek", 50), ("sedang", 85), ("panjang", 140)])
def test_named_lengths(run: Run, article: str, length: str, at_most: int) -> None:
    found = json.loads(run("summarize", "--json", "--length", length, stdin=article).stdout)
    assert 0 < found["words"] <= at_most


def test_sentences_of_paragraphs(run: Run) -> None:
    paragraphs = ["Kapal tiba pukul 10.05 WIB. Warga menyambutnya.", "", "PT. Maju Tbk. berdiri di Jl. Melati No. 5."]
    done = run("sentences", stdin="".join(json.dumps(p) + "\n" for p in paragraphs))
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        ["Kapal tiba pukul 10.05 WIB.", "Warga menyambutnya."],
        [],
        ["PT. Maju Tbk. berdiri di Jl. Melati No. 5."],
    ]


@pytest.mark.parametrize(
    ("arguments", "stdin", "code", "says"),
    [
        (["sentences"], "[]", 2, "line 1 is not a JSON string"),
        (["summarize", "--jobs", "2"], "x", 2, "--jobs goes with --jsonl"),
        (["summarize", "--length", "pendek", "--words", "3"], "x", 2, "exclude each other"),
        (["summarize", "tidak-ada.txt"], None, 1, "tidak-ada.txt: No such file or directory"),
        (["summarize", "."], None, 1, "Is a directory"),
        (["summarize"], "", 3, ""),
        (["summarize"], "Pendek saja.", 3, ""),
        (["summarize", "--words", "3", "--sentences", "3"], "x", 2, "exclude each other"),
        (["summarize", "--words", "0"], "x", 2, "--words"),
        (["summarize", "--method", "sihir"], "x", 2, "choose one of"),
        (["summarize", "--jsonl", "--json"], "x", 2, "--jsonl"),
        (["summarize", "http://127.0.0.1:1/x"], None, 4, ""),
        (["summarize", "https://user:pw@kabar.example/x"], None, 4, ""),
        (["import"], None, 2, "Missing argument"),
        (["import", ".", "--topic", "sihir"], None, 2, "choose one of"),
        (["terbang"], None, 2, "No such command"),
        (["run"], None, 2, "TELEGRAM_BOT_TOKEN is missing"),
    ],
)
def test_errors_are_one_line_and_a_code(
    run: Run, arguments: list[str], stdin: str | None, code: int, says: str
) -> None:
    done = run(*arguments, stdin=stdin)
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()
    assert says in done.stderr


def test_importing_files_and_folders(run: Run, tmp_path: Path, article: str) -> None:
    folder = tmp_path / "ekonomi"
    folder.mkdir()
    (folder / "a.txt").write_text(article, encoding="utf-8")
    (folder / "b.txt").write_text("bukan berita", encoding="utf-8")
    for _ in range(2):
        done = run("import", "ekonomi", DATABASE_URL="sqlite:///data/ringkas.db")
        assert done.returncode == 3
        assert done.stdout == "1 of 2 files stored\n"
        assert done.stderr.startswith("ringkas: ekonomi/b.txt: ")
    assert (tmp_path / "data" / "ringkas.db").exists()


def test_what_can_not_be_read_is_named_and_the_others_are_stored(run: Run, tmp_path: Path, article: str) -> None:
    (tmp_path / "berita" / "folder.txt").mkdir(parents=True)
    (tmp_path / "berita" / "a.txt").write_text(article, encoding="utf-8")
    done = run("import", "tidak-ada.txt", "berita")
    assert (done.returncode, done.stdout) == (3, "1 of 2 files stored\n")
    assert done.stderr == "ringkas: tidak-ada.txt: No such file or directory\n"


def test_the_sandbox_answers_each_line_of_a_pipe(run: Run, article: str) -> None:
    done = run("start", stdin=f"/start\n/berita\n/ringkas {article}\n/bantuan\n")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    chat = done.stdout[done.stdout.index("> /start") :]
    asked = [line for line in chat.splitlines() if line.startswith("> /")]
    assert [line.split()[1] for line in asked] == ["/start", "/berita", "/ringkas", "/bantuan"]
    assert "Halo! Saya Ringkas." in chat
    assert "Halaman 1 dari" in chat
    assert SUMMARY_START in chat.split("> /ringkas")[1].split("Ringkas:")[1]
    assert "Meringkas" in chat.split("> /bantuan")[1]


def test_the_sandbox_serves_without_input_until_it_is_told_to_stop(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "sandbox"],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "@BotFather" in line:
            break
    assert process.poll() is None
    process.terminate()
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")


class Broken(BaseHTTPRequestHandler):
    """A server that is no Bot API."""

    def do_POST(self) -> None:
        self.send_response(404)
        self.end_headers()
        self.wfile.write(b"<html>nothing here</html>")

    def log_message(self, *arguments: object) -> None:
        """Keep quiet."""


def test_a_server_that_knows_no_such_bot(run: Run) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Broken) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        done = run("run", TELEGRAM_API_URL=url, TELEGRAM_BOT_TOKEN="123456789:" + "x" * 35)
        server.shutdown()
    assert done.returncode == 2
    assert "not known to Telegram" in done.stderr
