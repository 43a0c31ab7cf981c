"""Every expected error has its own sentence in Indonesian."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import (
    AdminsOnly,
    BadQuietHours,
    BadTime,
    BadWords,
    FileNotDownloaded,
    FileTooLarge,
    FileUnreadable,
    ForeignChat,
    LastTime,
    MayNotPost,
    OutOfDate,
    TooManyTimes,
    UnknownPlace,
)
from bot.locale import Translations, load_translations
from bot.views.errors import explain, explain_source
from summaries import errors
from summaries.errors import RefusalReason

UNFORESEEN = "Maaf, ada gangguan di pihak saya"


@pytest.mark.parametrize(
    ("error", "says"),
    [
        *((errors.NothingToSummarize(reason), "") for reason in RefusalReason),
        (errors.AddressRefused("private"), "Tautan itu tidak bisa saya buka"),
        (errors.TransientFetchError("timeout"), "sedang tidak bisa dibuka"),
        (errors.TransientFetchError("busy", status=503), "sedang tidak bisa dibuka"),
        (errors.NetworkDown("no route"), "Sepertinya internet saya sedang terputus"),
        (errors.NothingToSummarize(RefusalReason.SCANNED), "hasil pindai"),
        (errors.PermanentFetchError("not found", status=404), "Halaman itu tidak ada"),
        (errors.PermanentFetchError("no media type"), "tidak bisa saya baca"),
        (FileUnreadable("image/png"), "Saya hanya bisa membaca berkas .txt, .html, dan .pdf"),
        (FileTooLarge(5), "maksimal 5 MB"),
        (FileNotDownloaded("gone"), "tidak bisa saya unduh"),
        (errors.PermanentFetchError("forbidden", status=403), "tidak mengizinkan saya masuk"),
        (BadTime(""), "Jam berapa?"),
        (BadTime("x" * 999), "Saya tidak paham “" + "x" * 40 + "”"),
        (TooManyTimes(), "paling banyak 6 kali"),
        (BadQuietHours(), "22.00–06.00"),
        (LastTime(), "/berhenti"),
        (BadWords(), "dipisahkan dengan koma"),
        (UnknownPlace(), "kota besar terdekat"),
        (OutOfDate(), "sudah tidak berlaku"),
        (AdminsOnly(), "Hanya admin"),
        (ForeignChat(), "Masukkan saya ke sana dulu"),
        (MayNotPost(), "Jadikan saya admin"),
        (errors.StoreBusy("locked"), "Data saya sedang tidak bisa dibuka"),
    ],
)
def test_every_error_has_a_message(words: Translations, error: errors.RingkasError, says: str) -> None:
    said = explain(words, error)
    assert says in said
    assert UNFORESEEN not in said


def test_refusals_differ_by_reason(words: Translations) -> None:
    said = {reason: explain(words, errors.NothingToSummarize(reason)) for reason in RefusalReason}
    assert len(set(said.values())) >= 4
    assert "kurang dari 40 kata" in said[RefusalReason.TOO_SHORT]
    assert "Indonesia dan Inggris" in said[RefusalReason.OTHER_LANGUAGE]


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("fr", "berbahasa Prancis"),
        ("zh-Latn", "berbahasa Tionghoa"),
        ("iw", "berbahasa Ibrani"),
        ("xx", "hanya meringkas"),
        ("", "hanya meringkas"),
        ("../id", "hanya meringkas"),
    ],
)
def test_refused_language_is_named(words: Translations, code: str, says: str) -> None:
    said = explain(words, errors.NothingToSummarize(RefusalReason.OTHER_LANGUAGE, code))
    assert says in said
    assert "Indonesia dan Inggris" in said
    assert "{" not in said


def test_unknown_error_gets_the_general_message(words: Translations) -> None:
    assert UNFORESEEN in explain(words, errors.RingkasError("new"))


def test_error_tree_in_the_docstring_is_complete() -> None:
    def below(kind: type[Exception]) -> Iterator[str]:
        for child in kind.__subclasses__():
            if child.__module__ == errors.__name__:
                yield child.__name__
                yield from below(child)

    drawn = errors.__doc__ or ""
    for name in below(errors.RingkasError):
        assert f" {name} " in drawn or f" {name}\n" in drawn, name


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (None, ""),
        ("https://a.example/rss answered 404", "situsnya membalas dengan galat 404"),
        ("https://a.example/rss took longer than 20 s", "situsnya terlalu lama membalas"),
        ("a.example could not be looked up: [Errno -3]", "situsnya tidak terjangkau"),
        ("https://a.example/: robots.txt asks RingkasBot not to fetch it", "dilarang oleh robots.txt situsnya"),
        ("unexpected: ValueError", "tidak bisa dibaca"),
    ],
)
def test_stored_error_of_a_source_is_explained_in_the_readers_language(error: str | None, said: str) -> None:
    assert explain_source(load_translations("id"), error) == said
    assert (explain_source(load_translations("en"), error) == "") is (error is None)


FETCH_ERRORS = {"TransientFetchError", "PermanentFetchError", "NetworkDown", "ForeignFeed", "AddressRefused"}
# Rare faults, and addresses that no server would have.
UNNAMED = (
    "was not asked for", "the body is not", "redirects", "AMP cache", "which is not read", "does not say what it is",
    "character set", "has no address", "not a web address", "is no port", "names no host", "in disguise",
    "is not a host's name", "the address is longer", "which is too few", "unexpected",
)  # fmt: skip


def find_messages() -> Iterator[str]:
    """Yield the text of each error that a source's state may hold, with the values replaced."""
    root = Path(__file__).parents[3] / "summaries"
    for path in (*root.glob("fetch/**/*.py"), *root.glob("ingest/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Name(id=name) | ast.Attribute(attr=name), args=[ast.JoinedStr(values=values), *_]
                ) if name in FETCH_ERRORS:
                    yield "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in values)


def test_only_rare_faults_of_sources_have_no_sentence_of_their_own() -> None:
    words = load_translations("en")
    found = [text for text in find_messages() if text not in {"x: x", "x"}]
    assert len(found) > 25
    unnamed = [text for text in found if explain_source(words, text) == "it can't be read"]
    assert not [text for text in unnamed if not any(part in text for part in UNNAMED)]
