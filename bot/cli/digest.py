"""`ringkas digest`: the stories that a digest would contain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from bot.cli.common import load_settings, run_with_store
from bot.cli.summarize_batch import input_lines

if TYPE_CHECKING:
    from summaries.model import News, NewsItem
    from summaries.storage import Store

MOST_STORIES = 100


class Moment(click.ParamType[datetime]):
    """A time in ISO 8601, with an offset or in UTC."""

    name = "time"

    def convert(self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a time such as 2026-08-12T07:00:00+07:00", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@click.command()
@click.option("--jsonl", is_flag=True, help="Read articles on stdin, write stories.")
@click.option("--now", type=Moment(), help="With --jsonl: when the digest is due, in ISO 8601.")
@click.option("--stories", type=click.IntRange(1, MOST_STORIES), default=8, show_default=True, help="Maximum number.")
def digest(*, jsonl: bool, now: datetime | None, stories: int) -> None:
    """Show the digest of a new chat, with reasons.

    With --jsonl, each line of standard input is {"id", "outlet"?, "title", "text", "date"?, "url"?}; each line of
    output is {"articles": [ids], "shown": id, "addition": {"article", "text", "start", "end"} or null, "is_disputed"}.
    """
    if jsonl:
        from summaries.articles.batch import choose_lines

        for line in choose_lines(input_lines(), now or datetime.now(UTC), stories):
            click.echo(line)
        return
    if now is not None:
        raise click.UsageError("--now goes with --jsonl.")
    moment = datetime.now(UTC)
    news = run_with_store(load_settings(), lambda store: choose(store, moment, stories))
    for number, item in enumerate(news.items, 1):
        click.echo(describe(number, item, moment))
    click.echo(f"{len(news.items)} of {news.total} stories")


async def choose(store: Store, now: datetime, count: int) -> News:
    """Return the stories of the digest that a new chat would get now."""
    from summaries.digests.schedule import compute_news_start
    from summaries.model import NewsRequest, Preferences

    # No chat has this id, so nothing was delivered to it.
    request = NewsRequest(0, compute_news_start(now, None), now, Preferences(count=count))
    (news,) = await store.deliveries.open_news().choose([request])
    return news


def describe(number: int, item: NewsItem, now: datetime) -> str:
    """Return a story as lines: its title, and below it the outlet, the reasons for its place, and the link."""
    from summaries.digests.importance import QUICK, explain_story
    from summaries.model import Report

    reports = [
        Report(one.article_id, one.title, one.outlet, one.category, one.published_at or one.added_at)
        for one in item.coverage
    ]
    article = item.stored.article
    shown = Report(item.stored.id, article.title, article.outlet, article.category, item.stored.added_at)
    if shown.article_id not in {report.article_id for report in reports}:
        reports.append(shown)
    reasons = explain_story(reports, shown.article_id, now)
    hours = QUICK // timedelta(hours=1)
    facts = [
        article.outlet,
        article.category,
        f"{reasons.owners} publishers, {reasons.quick_owners} within {hours} hours" if reasons.owners > 1 else None,
        f"a {reasons.minor}" if reasons.minor else None,
        "outlets give different figures" if item.marks.is_disputed else None,
        article.url,
    ]
    addition = item.marks.addition
    added = f"\n   + {addition.sentence.text} — {addition.outlet or 'no outlet'}" if addition else ""
    return f"{number}. {article.title}\n   {' · '.join(fact for fact in facts if fact)}{added}"
