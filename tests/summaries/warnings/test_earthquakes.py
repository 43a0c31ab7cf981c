"""BMKG's lists of earthquakes, and the same earthquake in several of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from summaries.model import Earthquake, Hazard
from summaries.warnings.earthquakes import (
    BadDocument,
    has_tsunami_potential,
    parse_earthquakes,
    revise_earthquakes,
)
from tests.summaries.warnings.documents import quake_of, write_latest, write_quake, write_quakes

NOW = datetime(2026, 11, 24, 6, 46, tzinfo=UTC)


def read(**fields: str | None) -> Earthquake:
    (quake,) = parse_earthquakes(write_latest(write_quake(**fields)))
    return quake


def revise(known: list[Hazard], document: str, *entries: Earthquake) -> list[Hazard]:
    """The hazards after reading the document, as the store keeps them."""
    changed = revise_earthquakes(known, document, entries, now=NOW)
    kept = {hazard.id: hazard for hazard in known}
    for hazard in changed:
        number = hazard.id or len(kept) + 1
        kept[number] = replace(hazard, id=number)
    return list(kept.values())


def test_entry_is_read_in_every_form() -> None:
    quake = read()
    assert quake == Earthquake(
        datetime(2026, 11, 24, 6, 42, 16, tzinfo=UTC), (-8.75, 112.6), 5.1, 42.0,
        "Pusat gempa berada di laut 68 km selatan Kabupaten Malang", "Tidak berpotensi tsunami",
        "III Malang, II-III Blitar",
    )  # fmt: skip
    assert read(Coordinates=None) == quake
    assert read(Coordinates="-8.75, 112.60 ") == quake
    assert read(Lintang="1.2 LU", Bujur="9.5 BB", Coordinates=None).epicentre == (1.2, -9.5)
    assert parse_earthquakes(write_quakes(write_quake(), write_quake(Magnitude="6"))) == (
        quake,
        replace(quake, magnitude=6.0),
    )
    assert read(Dirasakan="-", Potensi=None, Kedalaman="dangkal") == replace(
        quake, felt="", potential="", depth_km=None
    )


@pytest.mark.parametrize(
    "entry",
    [
        {}, [], "gempa", None, 5, {"DateTime": "2026-11-24T06:42:16+00:00"},
        *(write_quake(**{name: value}) for name, value in [
            ("DateTime", "kemarin"), ("DateTime", "2026-11-24T06:42:16"), ("DateTime", "9" * 5000),
            ("Coordinates", "91,112"), ("Coordinates", "-8,190.5"), ("Magnitude", "-"), ("Magnitude", "0"),
            ("Magnitude", "11.0"), ("Magnitude", "nan"),
        ]),
        write_quake() | {"Magnitude": 5.1}, write_quake() | {"DateTime": ["2026"]},
    ],
)  # fmt: skip
def test_broken_entry_is_left_out(entry: Any) -> None:
    assert parse_earthquakes(write_quakes(entry, write_quake())) == (read(),)
    with pytest.raises(BadDocument):
        parse_earthquakes(write_latest(entry))


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"{}", b'{"Infogempa": []}', b'{"Infogempa": {"gempa": []}}', b"[" * 100_000, b"\xff\xfe"],
)
def test_other_documents_are_refused(body: bytes) -> None:
    with pytest.raises(BadDocument):
        parse_earthquakes(body)


def test_hostile_document_costs_little() -> None:
    many = write_quakes(*[write_quake()] * 5_000)
    assert len(parse_earthquakes(many)) == 100
    quake = read(Wilayah="<b>&amp;\u202eMalang\x00\n" + "a" * 9_999)
    assert quake.place.startswith("<b>&amp;Malang")
    assert len(quake.place) <= 500


@pytest.mark.parametrize(
    ("potential", "is_dangerous"),
    [
        ("Tidak berpotensi tsunami", False),
        ("TIDAK BERPOTENSI TSUNAMI", False),
        ("Gempa ini dirasakan untuk diteruskan pada masyarakat", False),
        ("", False),
        ("Berpotensi tsunami untuk diteruskan pada masyarakat", True),
        ("BERPOTENSI TSUNAMI", True),
    ],
)
def test_tsunami_potential_is_read_from_bmkgs_words(potential: str, *, is_dangerous: bool) -> None:
    assert has_tsunami_potential(read(Potensi=potential)) is is_dangerous


@pytest.mark.parametrize(
    ("fields", "is_same"),
    [
        ({"Magnitude": "5.4"}, True),
        ({"DateTime": "2026-11-24T06:42:22+00:00", "Coordinates": "-8.91,112.48", "Magnitude": "4.9"}, True),
        ({"DateTime": "2026-11-24T06:41:50+00:00"}, True),
        # An aftershock, another place, and another size.
        ({"DateTime": "2026-11-24T06:43:05+00:00"}, False),
        ({"Coordinates": "-6.9,107.6"}, False),
        ({"Magnitude": "3.4"}, False),
    ],
)
def test_revision_is_the_same_earthquake(fields: dict[str, str], *, is_same: bool) -> None:
    known = revise([], "autogempa", read())
    after = revise(known, "autogempa", read(**fields))
    assert len(after) == (1 if is_same else 2)
    if is_same:
        assert (after[0].version, after[0].content) == (2, replace(read(**fields), reports=quake_of(after[0]).reports))


def test_aftershock_is_distinguished_while_both_are_listed() -> None:
    main, after = read(), read(DateTime="2026-11-24T06:42:40+00:00", Magnitude="4.4", Coordinates="-8.7,112.7")
    known = revise([], "gempaterkini", main, after)
    assert [hazard.version for hazard in known] == [1, 1]
    moved = replace(main, magnitude=5.3)
    for order in ((moved, after), (after, moved)):
        again = revise(known, "gempaterkini", *order)
        assert [(hazard.version, quake_of(hazard).magnitude) for hazard in again] == [(2, 5.3), (1, 4.4)]


def test_documents_that_disagree_do_not_take_turns() -> None:
    """The lists are cached: one of them may show the older magnitude for some minutes."""
    known = revise([], "autogempa", read(Dirasakan=None))
    known = revise(known, "autogempa", read(Dirasakan=None, Magnitude="5.4"))
    for _ in range(3):
        # It adds where it was felt, and nothing else.
        known = revise(known, "gempadirasakan", read(Magnitude="5.1"))
        known = revise(known, "autogempa", read(Dirasakan=None, Magnitude="5.4"))
        (hazard,) = known
        assert (hazard.version, quake_of(hazard).magnitude, quake_of(hazard).felt) == (
            3,
            5.4,
            "III Malang, II-III Blitar",
        )
    # The same revision in a second list changes nothing that is shown.
    (hazard,) = revise(known, "gempadirasakan", read(Magnitude="5.4"))
    assert hazard.version == 3


def test_warning_of_a_tsunami_is_taken_from_any_document() -> None:
    known = revise([], "autogempa", read())
    (hazard,) = revise(known, "gempaterkini", read(Potensi="Berpotensi tsunami untuk diteruskan pada masyarakat"))
    assert has_tsunami_potential(quake_of(hazard))
    assert hazard.version == 2


def test_only_recent_earthquakes_are_new() -> None:
    for hours, count in ((-1, 0), (0, 1), (11, 1), (12, 0)):
        quake = replace(read(), occurred_at=NOW - timedelta(hours=hours))
        assert len(revise([], "gempaterkini", quake)) == count, hours
