"""BMKG's documents in the sandbox: an earthquake and a weather warning near Malang, again every ten minutes.

Each is listed after two minutes, and revised after four; the weather warning is cancelled after seven. The formats are
those that `summaries.warnings` reads.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import PurePosixPath

from summaries.text.dates import JAKARTA

CYCLE_S = 600
LISTED_AFTER_S, REVISED_AFTER_S, CANCELLED_AFTER_S = 120, 240, 420
HELD_FOR = timedelta(hours=2)
LIST = "alerts/nowcast/id"
# Malang, Batu and Kepanjen.
AREA = "-8.30,112.35 -8.30,112.85 -7.75,112.85 -7.75,112.35 -8.30,112.35"


def read_document(path: str, origin: str, now_s: float) -> tuple[str, str] | None:
    """Return the media type and content of the document at the path below `origin`; None for other paths."""
    begun_s = (now_s // CYCLE_S) * CYCLE_S
    age_s = now_s - begun_s
    if age_s < LISTED_AFTER_S:
        # The last events of the cycle before.
        begun_s, age_s = begun_s - CYCLE_S, age_s + CYCLE_S
    begun = datetime.fromtimestamp(begun_s, UTC) + timedelta(minutes=1)
    name = PurePosixPath(path)
    if path == LIST:
        return "application/rss+xml", list_messages(begun, age_s, origin)
    if str(name.parent) == LIST and name.name.endswith("_alert.xml"):
        return "application/xml", write_message(begun, name.name.removesuffix("_alert.xml"))
    if str(name.parent) == "DataMKG/TEWS" and name.suffix == ".json":
        entry = describe_earthquake(begun, is_revised=age_s >= REVISED_AFTER_S)
        listed: object = entry if name.stem == "autogempa" else [entry]
        return "application/json", json.dumps({"Infogempa": {"gempa": listed}})
    return None


def describe_earthquake(occurred_at: datetime, *, is_revised: bool) -> dict[str, str]:
    """Return an entry of the lists of earthquakes."""
    at = occurred_at + timedelta(seconds=3 if is_revised else 0)
    return {
        "DateTime": at.isoformat(),
        "Coordinates": "-8.81,112.55" if is_revised else "-8.75,112.60",
        "Magnitude": "5.5" if is_revised else "5.2",
        "Kedalaman": "38 km" if is_revised else "10 km",
        "Wilayah": "Pusat gempa berada di laut 75 km selatan Kabupaten Malang (contoh)",
        "Potensi": "Tidak berpotensi tsunami",
        "Dirasakan": "III Malang, II-III Blitar" if is_revised else "",
    }


def list_messages(begun: datetime, age_s: float, origin: str) -> str:
    """Return the list of weather warnings: the alert, then its update, then its cancel."""
    kind = "a" if age_s < REVISED_AFTER_S else "u" if age_s < CANCELLED_AFTER_S else "c"
    name = f"CJI{begun:%Y%m%d%H%M}{kind}"
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>Peringatan Dini Cuaca</title>'
        f"<item><title>Hujan Lebat di Jawa Timur (contoh)</title><link>{origin}/{LIST}/{name}_alert.xml</link>"
        f"<guid>{name}</guid><pubDate>{format_datetime(begun)}</pubDate></item></channel></rss>"
    )


def write_message(begun: datetime, name: str) -> str:
    """Return the CAP message with this name, whose last letter is its type."""
    kinds = {"a": ("Alert", 0), "u": ("Update", REVISED_AFTER_S), "c": ("Cancel", CANCELLED_AFTER_S)}
    kind, after_s = kinds.get(name[-1:], kinds["a"])
    sent = begun.astimezone(JAKARTA)
    end = sent + HELD_FOR + timedelta(hours=kind == "Update")
    first = f"{name[:-1]}a"
    references = "" if kind == "Alert" else f"<references>contoh,{first},{sent.isoformat()}</references>"
    event = "Hujan Lebat disertai Petir dan Angin Kencang" if kind == "Update" else "Hujan Lebat disertai Petir"
    return (
        '<?xml version="1.0" encoding="UTF-8"?><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">'
        f"<identifier>{name}</identifier><sender>contoh</sender>"
        f"<sent>{(sent + timedelta(seconds=after_s)).isoformat()}</sent><status>Actual</status>"
        f"<msgType>{kind}</msgType><scope>Public</scope>{references}"
        f"<info><language>id</language><category>Met</category><event>{event}</event><urgency>Immediate</urgency>"
        f"<severity>Moderate</severity><certainty>Observed</certainty><effective>{sent.isoformat()}</effective>"
        f"<expires>{end.isoformat()}</expires><headline>{event} di Jawa Timur (contoh)</headline>"
        f"<description>{event} terjadi di Malang, Batu, Kepanjen, dan sekitarnya.</description>"
        f"<area><areaDesc>Jawa Timur</areaDesc><polygon>{AREA}</polygon></area></info></alert>"
    )
