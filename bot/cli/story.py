"""`ringkas story`: one story of all outlets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from bot.cli.common import load_settings, run_with_store
from bot.cli.exit_codes import FAILED, say

if TYPE_CHECKING:
    from datetime import datetime

    from summaries.articles.story import StoryView
    from summaries.storage import Store


@click.command()
@click.argument("article_id", type=click.IntRange(1), metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def story(article_id: int, *, as_json: bool) -> int:
    """Show an article's story across outlets."""
    from summaries.articles.story import read_story
    from summaries.stories.figures import Kind
    from summaries.workers.pools import ThreadOffload

    async def read(store: Store) -> StoryView | None:
        offload = ThreadOffload(threads=1)
        try:
            return await read_story(
                article_id, articles=store.articles, stories=store.stories, offload=offload, kinds=tuple(Kind)
            )
        finally:
            offload.close()

    view = run_with_store(load_settings(), read)
    if view is None:
        say(f"no public article has the id {article_id}")
        return FAILED
    click.echo(json.dumps(to_json(view), ensure_ascii=False) if as_json else "\n".join(describe(view)))
    return 0


def describe(view: StoryView) -> Iterator[str]:
    """Yield the lines of the story."""
    from summaries.stories.disagreements import SHOWN_KINDS

    article = view.shown.article
    yield article.title
    yield f"{article.outlet or '-'}: {view.summary.text}"
    if view.additions:
        yield "\nOther outlets add:"
    for addition in view.additions:
        yield f"- {addition.outlet or '-'}, {show_time(addition.published_at)}: {addition.sentence.text}"
    for found in view.disagreements:
        doubt = "" if found.kind in SHOWN_KINDS else ", less reliable"
        yield f"\nOutlets differ ({found.kind.value}{doubt}):"
        for said in found.statements:
            later = ", later" if said.is_later else ""
            yield f"- {said.outlet or '-'}, {show_time(said.published_at)}{later}: {said.sentence}"
    if len(view.chain) > 1:
        yield "\nStories of the same affair:"
        for report in view.chain:
            yield f"- {report.article_id}, {report.outlet or '-'}, {show_time(report.reported_at)}: {report.title}"


def show_time(moment: datetime) -> str:
    return moment.isoformat(" ", "minutes")


def to_json(view: StoryView) -> dict[str, object]:
    """Return the story with the places of its sentences in the articles' texts; `in_title` marks those of a title."""
    return {
        "article": view.shown.id,
        "title": view.shown.article.title,
        "outlet": view.shown.article.outlet,
        "articles": [report.article_id for report in view.coverage],
        "summary": [asdict(one) for one in view.summary.sentences],
        "additions": [
            {
                "article": addition.article_id,
                "outlet": addition.outlet,
                "date": addition.published_at.isoformat(),
                **asdict(addition.sentence),
            }
            for addition in view.additions
        ],
        "disagreements": [
            {
                "kind": found.kind.value,
                "statements": [
                    {
                        "article": said.article_id,
                        "outlet": said.outlet,
                        "date": said.published_at.isoformat(),
                        "text": said.sentence,
                        "start": said.start,
                        "end": said.end,
                        "in_title": said.is_title,
                        "number": [said.number_start, said.number_end],
                        "later": said.is_later,
                    }
                    for said in found.statements
                ],
            }
            for found in view.disagreements
        ],
        "chain": [
            {
                "article": report.article_id,
                "title": report.title,
                "outlet": report.outlet,
                "url": report.url,
                "date": report.reported_at.isoformat(),
            }
            for report in view.chain
        ],
    }
