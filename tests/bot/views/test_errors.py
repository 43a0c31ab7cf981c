"""Every expected error has its own sentence in Indonesian."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy

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
        (
            errors.PermanentFetchError("…", status=404),
            "situsnya membalas dengan galat 404",
        ),
        (errors.TransientFetchError("…", status=503, retry_after_s=9), "situsnya membalas dengan galat 503"),
        (errors.TransientFetchError("…", fault=errors.Fault.TIMEOUT), "situsnya terlalu lama membalas"),
        (errors.TransientFetchError("…"), "situsnya tidak terjangkau"),
        (errors.NetworkDown("a.example could not be looked up"), "situsnya tidak terjangkau"),
        (errors.PermanentFetchError("…", fault=errors.Fault.ROBOTS), "dilarang oleh robots.txt situsnya"),
        (errors.ForeignFeed("…"), "isinya hanya halaman media lain"),
        (errors.ResourceLimitExceeded("…"), "terlalu besar untuk dibaca"),
        (errors.AddressRefused("…"), "alamatnya tidak boleh saya buka"),
        (errors.PermanentFetchError("…"), "tidak bisa dibaca"),
        (errors.InputError("…"), "tidak bisa dibaca"),
        (ValueError(), "tidak bisa dibaca"),
    ],
)
def test_kind_of_a_sources_error_is_explained_in_the_readers_language(error: Exception, said: str) -> None:
    # As it comes from a worker process.
    fault = errors.find_fault(copy(error))
    assert explain_source(load_translations("id"), fault) == said
    assert explain_source(load_translations("en"), fault) != said


def test_unknown_kind_of_a_sources_error_is_explained() -> None:
    words = load_translations("id")
    assert explain_source(words, None) == explain_source(words, "dari versi baru") == "tidak bisa dibaca"
    assert {explain_source(words, fault) for fault in errors.Fault} - {"tidak bisa dibaca"}
