"""The list of weather warnings, their CAP messages, and the warnings that they make up."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from summaries.model import Hazard, Severity
from summaries.warnings.cap import CapMessage, MessageType, parse_list, parse_message, revise_warnings
from summaries.warnings.earthquakes import BadDocument
from tests.summaries.warnings.documents import KEDIRI, LIST_URL, MALANG, SENT, warning_of, write_cap, write_list

NOW = SENT + timedelta(minutes=5)
FIRST, SECOND, THIRD = (f"2.49.0.1.360.0.2026.11.24.06.35.00{number}" for number in (1, 2, 3))


def read(body: bytes) -> CapMessage:
    message = parse_message(body, now=NOW)
    assert message is not None
    return message


def revise(known: list[Hazard], *bodies: bytes, now: datetime = NOW) -> list[Hazard]:
    """The warnings after reading the messages, as the store keeps them."""
    kept = {hazard.id: hazard for hazard in known}
    for hazard in revise_warnings(known, map(read, bodies), now=now):
        number = hazard.id or len(kept) + 1
        kept[number] = replace(hazard, id=number)
    return list(kept.values())


def test_message_is_read() -> None:
    message = read(write_cap(polygons=(MALANG, KEDIRI), extra="<circle>-7.5,112.0 8.5</circle>"))
    assert (message.identifier, message.kind, message.sent_at) == (FIRST, MessageType.ALERT, SENT)
    assert message.expires_at == datetime.fromisoformat("2026-11-24T17:00:00+07:00")
    warning = message.warning
    assert warning is not None
    assert (warning.event, warning.severity) == ("Hujan Lebat dan Petir", Severity.MODERATE)
    assert warning.headline == "Hujan Lebat disertai Petir di Jawa Timur"
    expected = "Hujan lebat terjadi di KEPANJEN, GONDANGLEGI, dan sekitarnya hingga 17.00 WIB."
    assert warning.description == expected
    assert warning.effective_at == datetime.fromisoformat("2026-11-24T14:00:00+07:00")
    assert [len(ring) for ring in warning.polygons] == [5, 5]
    assert warning.circles == (((-7.5, 112.0), 8.5),)
    assert warning.areas == ("Jawa Timur",)
    assert warning.web == "https://nowcasting.bmkg.go.id/infografis/CJI/2026/11/24/infografis.jpg"


def test_indonesian_block_is_preferred_and_blocks_of_a_language_are_joined() -> None:
    def block(language: str, headline: str, severity: str) -> str:
        return f"""<info><language>{language}</language><event>{headline}</event><severity>{severity}</severity>
        <area><areaDesc>{headline}</areaDesc><polygon>{MALANG}</polygon></area></info>"""

    info = block("en-US", "Rain", "Extreme") + block("id-ID", "Hujan", "Minor") + block("id-ID", "Angin", "Severe")
    warning = read(write_cap(info=info)).warning
    assert warning is not None
    assert (warning.headline, warning.severity, warning.areas) == ("Hujan", Severity.SEVERE, ("Hujan", "Angin"))
    english = read(write_cap(info=block("en-US", "Rain", "Extreme"))).warning
    assert english is not None
    assert english.headline == "Rain"


@pytest.mark.parametrize(
    "polygon", ["", "-8,112 -8,113", "-8,112 -8,113 x,y -8,112", "-8,112 -99,113 -7,112", "1 2 3 4", "nan,1 2,inf 3,4"]
)
def test_broken_polygon_is_left_out(polygon: str) -> None:
    warning = read(write_cap(polygons=(polygon, KEDIRI))).warning
    assert warning is not None
    assert len(warning.polygons) == 1


@pytest.mark.parametrize(
    "fields", [{"status": status} for status in ("Exercise", "System", "Test", "Draft")]
    + [{"scope": "Private"}, {"kind": "Ack"}, {"kind": "Error"}, {"kind": "alert"}],
)  # fmt: skip
def test_other_messages_are_not_for_the_public(fields: dict[str, str]) -> None:
    assert parse_message(write_cap(**fields), now=NOW) is None


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{}", b"<html/>", b"\x00", write_cap()[:-30], write_cap(identifier=""), write_cap(sent="besok"),
        write_cap(sent="2026-11-24T13:50:00"), write_cap(sent="2026-11-24T14:30:00+07:00"), write_cap(info=""),
        write_cap(sent="0001-01-01T00:00:00+14:00"),
        b"<alert>" * 10_000 + b"</alert>" * 10_000,
        b"<alert>" + b"<a/>" * 60_000 + b"</alert>",
        b'<!DOCTYPE alert [<!ENTITY a "ha">]>' + write_cap().split(b"?>")[1],
        b'<!DOCTYPE alert SYSTEM "file:///etc/passwd"><alert/>',
    ],
)  # fmt: skip
def test_broken_and_hostile_messages_are_refused(body: bytes) -> None:
    with pytest.raises(BadDocument):
        parse_message(body, now=NOW)


def test_warning_that_begins_at_the_end_of_time_is_bounded() -> None:
    message = read(write_cap(expires=None).replace(b"2026-11-24T14:00:00+07:00", b"9999-12-31T23:59:59+00:00"))
    assert message.warning is not None
    assert message.warning.effective_at == message.expires_at == SENT + timedelta(days=1)


def test_entities_are_never_expanded() -> None:
    bomb = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9))
    body = write_cap(headline="&a8;").replace(
        b"<alert", f'<!DOCTYPE alert [<!ENTITY a0 "ha">{bomb}]><alert'.encode(), 1
    )
    with pytest.raises(BadDocument):
        parse_message(body, now=NOW)


def test_sizes_are_bounded() -> None:
    long = "x" * 100_000
    message = read(
        write_cap(headline=long, polygons=[MALANG] * 3_000, references=[str(n) for n in range(900)])
        .replace(b"GONDANGLEGI", long.encode()).replace(b"nowcasting.bmkg.go.id", b"evil.example"),
    )  # fmt: skip
    warning = message.warning
    assert warning is not None
    assert (len(warning.headline), len(warning.description), len(warning.polygons)) == (300, 5_000, 1_000)
    assert len(message.references) <= 50
    assert warning.web is None
    points = " ".join(["-8.0,112.0 -8.1,112.0 -8.1,112.1"] * 30_000)
    whole = read(write_cap(polygons=(points, MALANG))).warning
    assert whole is not None
    assert sum(map(len, whole.polygons)) <= 50_000


@pytest.mark.parametrize(
    ("expires", "hours"),
    [(None, 14 - 13 + 2 + 10 / 60), ("2026-11-30T00:00:00+07:00", 24), ("nanti", 3 + 10 / 60)],
)
def test_warning_ends_within_a_day(expires: str | None, hours: float) -> None:
    assert read(write_cap(expires=expires)).expires_at == SENT + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("link", "is_taken"),
    [
        (f"{LIST_URL}/CJI20261124001_alert.xml", True),
        ("http://www.bmkg.go.id/alerts/nowcast/id/CJI_alert.xml", False),
        ("https://evil.example/alerts/nowcast/id/CJI_alert.xml", False),
        ("https://www.bmkg.go.id@evil.example/alerts/nowcast/id/CJI_alert.xml", False),
        (f"{LIST_URL}/../../admin_alert.xml", False),
        (f"{LIST_URL}/CJI_alert.xml?x=1", False),
        (f"{LIST_URL}/rss.xml", False),
        ("file:///etc/passwd", False),
        ("https://[::1", False),
    ],
)
def test_only_messages_beside_the_list_are_fetched(link: str, *, is_taken: bool) -> None:
    assert [one.url for one in parse_list(write_list(link), LIST_URL)] == ([link] if is_taken else [])


def test_changed_item_has_another_fingerprint() -> None:
    (one,), (other,) = (parse_list(write_list("CJI1", title=title), LIST_URL) for title in ("Hujan", "Angin"))
    assert (one.url, one.fingerprint) == (
        other.url,
        parse_list(write_list("CJI1", title="Hujan"), LIST_URL)[0].fingerprint,
    )
    assert one.fingerprint != other.fingerprint
    assert len(parse_list(write_list(*(f"C{n}" for n in range(999))), LIST_URL)) == 200
    for body in (b"", b"<html/>", b'<!DOCTYPE rss [<!ENTITY a "b">]><rss/>'):
        with pytest.raises(BadDocument):
            parse_list(body, LIST_URL)


def test_update_and_cancel_change_the_warning_that_they_refer_to() -> None:
    known = revise([], write_cap())
    assert [(hazard.version, hazard.is_cancelled) for hazard in known] == [(1, False)]
    update = write_cap(
        SECOND, kind="Update", sent="2026-11-24T13:53:00+07:00", references=[FIRST],
        expires="2026-11-24T18:00:00+07:00", headline="Hujan Sangat Lebat", polygons=(MALANG, KEDIRI),
    )  # fmt: skip
    (hazard,) = known = revise(known, update)
    assert (hazard.id, hazard.version, warning_of(hazard).headline) == (1, 2, "Hujan Sangat Lebat")
    assert hazard.expires_at == datetime.fromisoformat("2026-11-24T18:00:00+07:00")
    # The list names the first message still, and each is read twice.
    assert revise(known, write_cap(), update) == known
    # The cancel refers only to the update.
    cancel = write_cap(THIRD, kind="Cancel", sent="2026-11-24T13:54:00+07:00", references=[SECOND], info="")
    (hazard,) = known = revise(known, cancel)
    assert (hazard.version, hazard.is_cancelled, warning_of(hazard).headline) == (3, True, "Hujan Sangat Lebat")
    assert warning_of(hazard).identifiers == (FIRST, SECOND, THIRD)
    assert revise(known, write_cap(), update, cancel) == known


def test_messages_may_arrive_together_or_in_any_order() -> None:
    update = write_cap(SECOND, kind="Update", sent="2026-11-24T13:53:00+07:00", references=[FIRST], headline="Baru")
    (hazard,) = revise([], update, write_cap())
    assert (hazard.version, warning_of(hazard).headline) == (1, "Baru")
    # An update of an unknown warning is a warning, a cancel of one is nothing.
    (hazard,) = known = revise([], update)
    assert warning_of(hazard).headline == "Baru"
    # A cancel may refer to the first message alone, which was not read.
    cancel = write_cap(THIRD, kind="Cancel", sent="2026-11-24T13:54:00+07:00", references=[FIRST])
    (hazard,) = revise(known, cancel)
    assert (hazard.version, hazard.is_cancelled) == (2, True)
    assert revise([], write_cap(THIRD, kind="Cancel", references=[FIRST])) == []
    assert len(revise([], write_cap(), write_cap(SECOND))) == 2


def test_expired_warning_is_not_new() -> None:
    late = datetime.fromisoformat("2026-11-24T17:00:00+07:00")
    assert revise([], write_cap(), now=late) == []
    assert len(revise([], write_cap(), now=late - timedelta(seconds=1))) == 1
