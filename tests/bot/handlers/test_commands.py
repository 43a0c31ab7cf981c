"""Which command was perhaps meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import find_nearest_command

COMMANDS = (
    "start",
    "help",
    "bantuan",
    "ringkas",
    "berita",
    "cari",
    "langganan",
    "jadwal",
    "tren",
    "tersimpan",
    "topik",
)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("/brita", "berita"),
        ("/BERITTA ekonomi", "berita"),
        ("/rignkas@ringkas_bot https://a.example", "ringkas"),
        ("/tern", "tren"),
        ("/jadwl 07:00", "jadwal"),
        ("/lang", "langganan"),
        ("/simpan", None),
        ("/t", None),
        ("/te", "tersimpan"),
        ("/x", None),
        ("/", None),
        ("", None),
        ("/batal", None),
        ("/kirimkan", None),
    ],
)
def test_mistyped_command_is_matched(text: str, meant: str | None) -> None:
    assert find_nearest_command(text, COMMANDS) == meant


@given(st.text(max_size=40))
def test_any_text_matches_a_command_or_none(text: str) -> None:
    assert find_nearest_command(text, COMMANDS) in (None, *COMMANDS)
