"""The words of the site, as in the chat: names of outlets, topics, verdicts and figures, and times in Indonesian."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from babel.dates import format_date

from summaries.digests.schedule import get_zone_name, to_zone
from summaries.model import Article, Coverage, Verdict
from summaries.stories.figures import Kind
from summaries.topic_model.topics import GENERAL, TOPICS
from summaries.urls import find_web_host, is_web_address

LANGUAGE = "id"
VERDICTS: Mapping[Verdict, str] = {
    Verdict.FALSE: "Cek fakta · Salah",
    Verdict.MISLEADING: "Cek fakta · Menyesatkan",
    Verdict.TRUE: "Cek fakta · Benar",
    Verdict.UNPROVEN: "Cek fakta · Belum terbukti",
}
KIND_NAMES: Mapping[Kind, str] = {
    Kind.DEATHS: "Tewas",
    Kind.INJURED: "Luka",
    Kind.MISSING: "Hilang",
    Kind.SURVIVORS: "Selamat",
    Kind.DISPLACED: "Mengungsi",
    Kind.MAGNITUDE: "Magnitudo",
    Kind.DEPTH: "Kedalaman",
    Kind.SCORE: "Skor",
    Kind.MONEY: "Uang",
    Kind.PERCENT: "Persentase",
    Kind.DISTANCE: "Jarak",
    Kind.MEASURE: "Ukuran",
    Kind.TIME: "Waktu",
    Kind.DATE: "Tanggal",
    Kind.AGE: "Usia",
    Kind.COUNT: "Jumlah",
}
MAX_TITLE_CHARS = 300
MAX_OUTLET_CHARS = 40


def shorten(text: str, limit: int = MAX_TITLE_CHARS) -> str:
    """Return the text, cut between words if it is very long."""
    return text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0] + "…"


def name_topic(category: str | None) -> str:
    return TOPICS.get(category or GENERAL, TOPICS[GENERAL])


def name_article(article: Article) -> str:
    """Return the title; of a fact-check, the verdict and the claim, because its title may repeat a hoax."""
    checked = article.fact_check
    return shorten(f"{VERDICTS[checked.verdict]}: {checked.claim}" if checked else article.title)


def name_outlet(report: Coverage | Article) -> str:
    """Return the outlet's name, else its host."""
    return shorten(report.outlet or find_web_host(report.url), MAX_OUTLET_CHARS)


def check_address(url: str | None) -> str | None:
    """Return the address if it may be a link."""
    return url if is_web_address(url) else None


def show_moment(moment: datetime, zone: str, beside: date | None = None) -> str:
    """Render "17 Mei 2026, 18.37 WIB"; "18.37" on the day `beside` and "18 Mei 18.37" on another."""
    local = to_zone(moment, zone)
    at = f"{local:%H.%M}"
    if beside is None:
        return f"{format_date(local.date(), 'd MMM y', locale=LANGUAGE)}, {at} {get_zone_name(zone)}"
    return at if local.date() == beside else f"{format_date(local.date(), 'd MMM', locale=LANGUAGE)} {at}"


def show_day(day: date) -> str:
    """Render "Minggu, 17 Mei 2026"."""
    return format_date(day, "EEEE, d MMMM y", locale=LANGUAGE)
