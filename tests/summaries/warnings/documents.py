"""Documents in BMKG's formats, written for these tests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from summaries.model import Earthquake, Hazard, WeatherWarning

LIST_URL = "https://www.bmkg.go.id/alerts/nowcast/id"
SENT = datetime.fromisoformat("2026-11-24T13:50:00+07:00")
# Around Kepanjen, and around the west of Kediri.
MALANG = "-8.25,112.45 -8.25,112.75 -8.00,112.75 -8.00,112.45 -8.25,112.45"
KEDIRI = "-7.95,111.85 -7.95,111.95 -7.75,111.95 -7.75,111.85 -7.95,111.85"


def write_quake(**fields: str | None) -> dict[str, str]:
    """An entry of BMKG's lists of earthquakes; None leaves a field out."""
    entry: dict[str, str | None] = {
        "Tanggal": "24 Nov 2026",
        "Jam": "13:42:16 WIB",
        "DateTime": "2026-11-24T06:42:16+00:00",
        "Coordinates": "-8.75,112.60",
        "Lintang": "8.75 LS",
        "Bujur": "112.60 BT",
        "Magnitude": "5.1",
        "Kedalaman": "42 km",
        "Wilayah": "Pusat gempa berada di laut 68 km selatan Kabupaten Malang",
        "Potensi": "Tidak berpotensi tsunami",
        "Dirasakan": "III Malang, II-III Blitar",
        "Shakemap": "20261124134216.mmi.jpg",
    }
    return {name: value for name, value in (entry | fields).items() if value is not None}


def write_quakes(*entries: Any) -> bytes:
    """A document with a list of earthquakes; autogempa.json has one entry instead of a list."""
    return json.dumps({"Infogempa": {"gempa": list(entries)}}).encode()


def write_latest(entry: Any) -> bytes:
    return json.dumps({"Infogempa": {"gempa": entry}}).encode()


def write_cap(
    identifier: str = "2.49.0.1.360.0.2026.11.24.06.35.001",
    *,
    kind: str = "Alert",
    sent: str = "2026-11-24T13:50:00+07:00",
    status: str = "Actual",
    scope: str = "Public",
    references: Sequence[str] = (),
    expires: str | None = "2026-11-24T17:00:00+07:00",
    severity: str = "Moderate",
    headline: str = "Hujan Lebat disertai Petir di Jawa Timur",
    polygons: Sequence[str] = (MALANG,),
    extra: str = "",
    info: str | None = None,
) -> bytes:
    """A CAP 1.2 message as BMKG writes them, of one warning in Jawa Timur."""
    named = "".join(f"cuaca.ekstrem@bmkg.go.id,{one},2026-11-24T13:50:00+07:00 " for one in references).strip()
    if info is None:
        info = f"""<info><language>id</language><category>Met</category><event>Hujan Lebat dan Petir</event>
    <urgency>Immediate</urgency><severity>{severity}</severity><certainty>Observed</certainty>
    <eventCode><valueName>OET:v1.2</valueName><value>OET-194</value></eventCode>
    <effective>2026-11-24T14:00:00+07:00</effective>{f"<expires>{expires}</expires>" if expires else ""}
    <senderName>Badan Meteorologi Klimatologi dan Geofisika</senderName><headline>{headline}</headline>
    <description>Hujan lebat terjadi di KEPANJEN, GONDANGLEGI,
    dan sekitarnya hingga 17.00 WIB.</description>
    <web>https://nowcasting.bmkg.go.id/infografis/CJI/2026/11/24/infografis.jpg</web>
    <contact>196</contact><area><areaDesc>Jawa Timur</areaDesc>
    {"".join(f"<polygon>{polygon}</polygon>" for polygon in polygons)}{extra}</area></info>"""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>{identifier}</identifier><sender>cuaca.ekstrem@bmkg.go.id</sender><sent>{sent}</sent>
  <status>{status}</status><msgType>{kind}</msgType><scope>{scope}</scope>
  {f"<references>{named}</references>" if named else ""}{info}
</alert>""".encode()


def write_list(*names: str, title: str = "Hujan Lebat disertai Petir di Jawa Timur") -> bytes:
    """The list of the warnings in effect, by the names of their documents or whole addresses."""
    items = "".join(
        f"""<item><title>{title}</title><link>{name if "/" in name else f"{LIST_URL}/{name}_alert.xml"}</link>
        <description>Hujan lebat</description><author>BMKG</author><guid isPermaLink="false">{name}</guid>
        <pubDate>Tue, 24 Nov 2026 13:50:00 +0700</pubDate></item>"""
        for name in names
    )
    return f"""<?xml version="1.0"?><rss version="2.0"><channel><title>Peringatan Dini Cuaca</title>
    <lastBuildDate>Tue, 24 Nov 2026 06:50:00 GMT</lastBuildDate>{items}</channel></rss>""".encode()


def quake_of(hazard: Hazard) -> Earthquake:
    assert isinstance(hazard.content, Earthquake)
    return hazard.content


def warning_of(hazard: Hazard) -> WeatherWarning:
    assert isinstance(hazard.content, WeatherWarning)
    return hazard.content
