"""`ringkas summarize`, `sentences` and `import` as a person types them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command_line import Finished, run_ringkas

Publish = Callable[..., str]
Run = Callable[..., Finished]

SUMMARY_START = "Harga beras medium di Pasar Sukamakmur turun menjadi Rp11.800 per kilogram pada Senin (2/11)"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `ringkas` in an empty folder, without any setting."""

    def run(*arguments: str, stdin: str | None = None, **settings: str) -> Finished:
        return run_ringkas(*arguments, folder=tmp_path, stdin=stdin, **settings)

    return run


def test_summarize_a_file_prints_json(run: Run, tmp_path: Path, article: str) -> None:
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
def test_summarize_standard_input_prints_text(run: Run, article: str, arguments: list[str]) -> None:
    done = run("summarize", *arguments, stdin=article)
    assert done.returncode == 0, done.stderr
    title, byline, blank, summary = done.stdout.rstrip("\n").split("\n")
    assert title == "Harga Beras di Pasar Sukamakmur Turun Setelah Panen Raya"
    assert byline == "Kabar Desa · 2026-11-02 08:30 +0800 · Makassar"
    assert blank == ""
    assert summary.startswith(SUMMARY_START)


def test_summarize_follows_sentences_and_words_options(run: Run, article: str) -> None:
    for count in (1, 2, 3):
        found = json.loads(run("summarize", "--json", "--sentences", str(count), stdin=article).stdout)
        assert len(found["sentences"]) == count
    shorter, longer = (
        json.loads(run("summarize", "--json", "--words", words, stdin=article).stdout)["words"]
        for words in ("20", "90")
    )
    assert shorter < longer


def test_summarize_an_address_reads_the_page(run: Run, site: Publish, page: str) -> None:
    url = site("/cli", page)
    refused = run("summarize", url)
    assert (refused.returncode, refused.stdout) == (4, "")
    assert refused.stderr.startswith("ringkas: ")
    assert "Traceback" not in refused.stderr
    done = run("summarize", url, ALLOW_PRIVATE_ADDRESSES="true")
    assert done.returncode == 0, done.stderr
    assert SUMMARY_START in done.stdout


def test_summarize_json_lines_answers_in_order(run: Run, article: str) -> None:
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


@pytest.mark.parametrize(("length", "at_most"), [("pendek", 50), ("sedang", 85), ("panjang", 140)])
def test_summarize_follows_the_length_option(run: Run, article: str, length: str, at_most: int) -> None:
    found = json.loads(run("summarize", "--json", "--length", length, stdin=article).stdout)
    assert 0 < found["words"] <= at_most


def test_sentences_command_splits_paragraphs(run: Run) -> None:
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
def test_error_prints_one_line_and_sets_the_exit_code(
    run: Run, arguments: list[str], stdin: str | None, code: int, says: str
) -> None:
    done = run(*arguments, stdin=stdin)
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()
    assert says in done.stderr


def test_import_stores_files_and_reports_refused_ones(run: Run, tmp_path: Path, article: str) -> None:
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


def test_import_with_an_unreadable_file_stores_the_others(run: Run, tmp_path: Path, article: str) -> None:
    (tmp_path / "berita" / "folder.txt").mkdir(parents=True)
    (tmp_path / "berita" / "a.txt").write_text(article, encoding="utf-8")
    done = run("import", "tidak-ada.txt", "berita")
    assert (done.returncode, done.stdout) == (3, "1 of 2 files stored\n")
    assert done.stderr == "ringkas: tidak-ada.txt: No such file or directory\n"
