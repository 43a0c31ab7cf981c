"""Kinds of headlines."""

from __future__ import annotations

import pytest

from summaries.stories.signature import HeadlineKind, classify_headline


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Jembatan Way Lunik Retak, Tol Serasan Ditutup", HeadlineKind.EVENT),
        ("Pengamat Nilai Penutupan Tol Serasan Terlambat", HeadlineKind.REACTION),
        ("Gubernur Sesalkan Penutupan Tol Serasan", HeadlineKind.REACTION),
        ("Rahmat Suwandi: Api Padam dalam Empat Jam", HeadlineKind.REACTION),
        ("Pukul 10:30 Jembatan Ditutup", HeadlineKind.EVENT),
        ("Profil Larasati Pramudita, Juara di Kuala Lumpur", HeadlineKind.BACKGROUND),
        ("5 Fakta Kebakaran Gudang Cigondewah", HeadlineKind.BACKGROUND),
        ("VIDEO: Api Lalap Gudang", HeadlineKind.BACKGROUND),
        ("Tol Serasan Ditutup, Lewat Mana?", HeadlineKind.BACKGROUND),
        ("12 Mobil Damkar Dikerahkan", HeadlineKind.EVENT),
        ("", HeadlineKind.EVENT),
        ("12", HeadlineKind.EVENT),
    ],
)
def test_headline_is_classified(title: str, kind: HeadlineKind) -> None:
    assert classify_headline(title) is kind
