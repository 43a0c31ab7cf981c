"""Kinds of headlines."""

from __future__ import annotations

import pytest

from summaries.stories.headline_kind import Kind, headline_kind


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Jembatan Way Lunik Retak, Tol Serasan Ditutup", Kind.EVENT),
        ("Pengamat Nilai Penutupan Tol Serasan Terlambat", Kind.REACTION),
        ("Gubernur Sesalkan Penutupan Tol Serasan", Kind.REACTION),
        ("Rahmat Suwandi: Api Padam dalam Empat Jam", Kind.REACTION),
        ("Pukul 10:30 Jembatan Ditutup", Kind.EVENT),
        ("Profil Larasati Pramudita, Juara di Kuala Lumpur", Kind.BACKGROUND),
        ("5 Fakta Kebakaran Gudang Cigondewah", Kind.BACKGROUND),
        ("VIDEO: Api Lalap Gudang", Kind.BACKGROUND),
        ("12 Mobil Damkar Dikerahkan", Kind.EVENT),
        ("", Kind.EVENT),
        ("12", Kind.EVENT),
    ],
)
def test_kind(title: str, kind: Kind) -> None:
    assert headline_kind(title) is kind
