"""Messages about BMKG's events, and the settings of a chat's warnings, with their buttons."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from babel.numbers import format_decimal
from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import KeyboardButtonStyle

from bot.locale import Translations, message
from bot.telegram_text import to_html
from bot.views.callbacks import build_button, decoder, shorten_name
from bot.views.html import join_facts, render_clock, render_link, shorten, stack
from summaries.digests.zones import find_zone_at
from summaries.model import Earthquake, Hazard, WarningMessage, WarningSettings, WeatherWarning
from summaries.warnings.decisions import DISTANCES_KM, MAGNITUDES, MAX_PLACES, TSUNAMI_KM, Concern, find_concern
from summaries.warnings.earthquakes import has_tsunami_potential

WARNINGS_PATTERN = r"^wp1:"
# BMKG's descriptions name every district; the first ones are enough beside the chat's own place.
MAX_DESCRIPTION_CHARS = 700
MAX_LISTED = 5
NOTE = message("This may come late, or not at all. It does not replace the official warning systems.")


class WarningVerb(StrEnum):
    """The action of a button below the settings."""

    VIEW = "v"
    ASK = "a"
    DROP = "x"
    MAGNITUDE = "m"
    DISTANCE = "d"
    WEATHER = "c"
    WAKE = "q"
    STOP = "s"


@dataclass(frozen=True, slots=True)
class WarningPress:
    """A press that sets one of the settings to `value`: a magnitude (0: no earthquakes), a distance, yes (1) or no (0),
    or the hash of a place's name."""

    verb: WarningVerb
    value: str = ""

    def encode(self) -> str:
        return f"wp1:{self.verb}:{self.value}"


decode_warning_press = decoder(
    re.compile(r"wp1:([vaxmdcqs]):([0-9a-f]{0,8})"), lambda match: WarningPress(WarningVerb(match[1]), match[2])
)


def find_zone(warning: WarningMessage, default: str) -> str:
    """Return the zone of the chat's digest, else that of its first place, else the default."""
    return warning.zone or find_zone_of_places(warning.settings) or default


def find_zone_of_places(settings: WarningSettings | None) -> str | None:
    return find_zone_at(*settings.places[0].centre) if settings and settings.places else None


def render_warning(words: Translations, warning: WarningMessage, *, zone: str, now: datetime) -> str:
    """Render the message about an event, as it is now."""
    hazard = warning.hazard
    concern = find_concern(hazard, warning.settings) if warning.settings else None
    return stack(render_hazard(words, hazard, concern, zone, now), render_source(words, hazard, zone, now))


def render_hazard(words: Translations, hazard: Hazard, concern: Concern | None, zone: str, now: datetime) -> str:
    content = hazard.content
    body = (
        render_earthquake(words, content, concern, zone, now)
        if isinstance(content, Earthquake)
        else render_weather(words, content, hazard, concern, zone, now)
    )
    if hazard.is_cancelled:
        cancelled = words.html("BMKG has cancelled this warning.")
        return stack(f"<b>{cancelled}</b>", f"<s>{body}</s>")
    if concern is None and hazard.version > 1 and not isinstance(content, Earthquake):
        # Only an edited message has no place that the event concerns.
        return stack(body, words.html("Your place is no longer in the area of this warning."))
    return body


def render_earthquake(words: Translations, quake: Earthquake, concern: Concern | None, zone: str, now: datetime) -> str:
    magnitude = format_decimal(quake.magnitude, "0.0", locale=words.language)
    head = words.html("Earthquake of magnitude {magnitude}", magnitude=magnitude)
    depth = words.text("{n} km deep", n=round(quake.depth_km)) if quake.depth_km is not None else ""
    distance = ""
    if concern is not None and concern.distance_km is not None:
        distance = words.html(
            "about {n} km from {place}", n=round(concern.distance_km), place=shorten(concern.place.name, 60)
        )
    facts = join_facts(filter(None, (render_clock(words, quake.occurred_at, now, zone), to_html(depth), distance)))
    potential = to_html(quake.potential)
    if has_tsunami_potential(quake):
        potential = f"<b>{potential}</b>"
    felt = words.html("Felt (MMI): {places}", places=quake.felt) if quake.felt else ""
    return stack(f"<b>{head}</b>", to_html(quake.place), facts, potential, felt, between="\n")


def render_weather(
    words: Translations, warning: WeatherWarning, hazard: Hazard, concern: Concern | None, zone: str, now: datetime
) -> str:
    start, end = (render_clock(words, moment, now, zone) for moment in (warning.effective_at, hazard.expires_at))
    period = words.html("From {start} to {end}", start=start, end=end)
    mine = words.html("Your place: {place}", place=shorten(concern.place.name, 60)) if concern else ""
    return stack(
        f"<b>{to_html(warning.headline or warning.event)}</b>",
        join_facts(filter(None, (period, mine))),
        to_html(shorten(warning.description, MAX_DESCRIPTION_CHARS)),
        render_link(warning.web, words.text("Map by BMKG")),
        between="\n",
    )


def render_source(words: Translations, hazard: Hazard, zone: str, now: datetime) -> str:
    """Render the source and the time of its report, which BMKG asks for, and the note."""
    source = words.html("Source: BMKG, {time}", time=render_clock(words, hazard.reported_at, now, zone))
    mark = words.html("updated")
    return f"<i>{source}{f' ({mark})' if hazard.version > 1 else ''}. {words.html(NOTE)}</i>"


def build_warning_keyboard(words: Translations) -> InlineKeyboardMarkup:
    """Return the button below a warning, which shows the settings."""
    return InlineKeyboardMarkup([
        [build_button(words.text("Warning settings"), WarningPress(WarningVerb.VIEW).encode())]
    ])  # fmt: skip


def render_warning_settings(
    words: Translations, settings: WarningSettings | None, current: Iterable[Hazard], *, zone: str, now: datetime
) -> str:
    """Render the chat's places and settings, and the weather warnings that hold there now."""
    title = words.html("BMKG warnings")
    head = f"<b>{title}</b>"
    if settings is None or not settings.places:
        how = words.html(
            "I can send you BMKG's earthquakes and weather warnings for a place. Name a regency or city, or press"
            " the button and send a location:\n<code>/peringatan Kota Malang</code>"
        )
        return stack(head, how, f"<i>{words.html(NOTE)}</i>")
    places = words.html("Places: {places}", places=", ".join(shorten(place.name, 60) for place in settings.places))
    quakes = words.html("Earthquakes: none")
    if settings.min_magnitude is not None:
        magnitude = format_decimal(settings.min_magnitude, "0.0", locale=words.language)
        quakes = words.html(
            "Earthquakes: from magnitude {magnitude} up to {n} km away, and any with a risk of a tsunami within"
            " {far} km", magnitude=magnitude, n=settings.max_km, far=TSUNAMI_KM
        )  # fmt: skip
    weather = words.html("Weather warnings: on") if settings.has_weather else words.html("Weather warnings: off")
    wakes = (
        words.html(
            "In quiet hours: only the severe ones (magnitude 6 or more, a tsunami, or the two highest weather levels)"
        )
        if settings.wakes
        else words.html("In quiet hours: none; they come later if they still hold")
    )
    listed = [hazard for hazard in current if find_concern(hazard, settings) is not None][:MAX_LISTED]
    holding = [
        words.html("{headline}, until {time}", headline=hazard.content.headline, time=render_clock(
            words, hazard.expires_at, now, zone))
        for hazard in listed if isinstance(hazard.content, WeatherWarning)
    ]  # fmt: skip
    now_there = "\n".join([words.html("In effect there now:"), *(f"• {line}" for line in holding)]) if holding else ""
    sources = words.html("Data: BMKG; positions: GeoNames (CC BY 4.0).")
    note = f"<i>{words.html(NOTE)} {sources}</i>"
    return stack(head, "\n".join([places, quakes, weather, wakes]), now_there, note)


def build_settings_keyboard(words: Translations, settings: WarningSettings | None) -> InlineKeyboardMarkup:
    add = build_button(words.text("Add a place"), WarningPress(WarningVerb.ASK).encode(), KeyboardButtonStyle.PRIMARY)
    if settings is None or not settings.places:
        return InlineKeyboardMarkup([[add]])
    drops = [
        [build_button(f"✕ {shorten(place.name, 40)}", press.encode())]
        for place in settings.places
        for press in [WarningPress(WarningVerb.DROP, shorten_name(place.name))]
    ]
    magnitudes = [
        build_choice(
            f"M {magnitude:.0f}+", settings.min_magnitude == magnitude, WarningVerb.MAGNITUDE, round(magnitude)
        )
        for magnitude in MAGNITUDES
    ]
    none = build_choice(words.text("No earthquakes"), settings.min_magnitude is None, WarningVerb.MAGNITUDE, 0)
    distances = [
        build_choice(f"{distance} km", settings.max_km == distance, WarningVerb.DISTANCE, distance)
        for distance in DISTANCES_KM
    ]
    weather = build_choice(
        words.text("Weather warnings"), settings.has_weather, WarningVerb.WEATHER, int(not settings.has_weather)
    )
    wake = build_choice(
        words.text("Severe ones in quiet hours"), settings.wakes, WarningVerb.WAKE, int(not settings.wakes)
    )
    stop = build_button(words.text("Stop"), WarningPress(WarningVerb.STOP).encode(), KeyboardButtonStyle.DANGER)
    rows: Sequence[Sequence[InlineKeyboardButton]] = [
        *drops,
        *([[add]] if len(settings.places) < MAX_PLACES else []),
        magnitudes,
        distances if settings.min_magnitude is not None else [],
        [none, weather],
        [wake],
        [stop],
    ]
    return InlineKeyboardMarkup([row for row in rows if row])


def build_choice(label: str, is_chosen: bool, verb: WarningVerb, value: int) -> InlineKeyboardButton:
    return build_button(f"✓ {label}" if is_chosen else label, WarningPress(verb, str(value)).encode())
