"""`ringkas story`: one story of all outlets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from bot.cli.common import load_settings, print_table, run_with_store
from bot.cli.exit_codes import FAILED, say

if TYPE_CHECKING:
    from summaries.articles.story import StoryView
    from summaries.model import StoryEdit
    from summaries.storage import Store


MAX_EDITS = 200


@click.command()
@click.argument("article_id", type=click.IntRange(1), metavar="ID", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.option("--all-kinds", is_flag=True, help="Show differences of every kind of number; some kinds are often wrong.")
@click.option("--hide", is_flag=True, help="Hide the story from lists, digests and alerts.")
@click.option("--split", type=click.IntRange(1), multiple=True, help="Move this article to a new story; repeatable.")
@click.option("--merge", type=click.IntRange(1), help="Merge the story with that of another article.")
@click.option("--undo", is_flag=True, help="Undo the latest decision about the story.")
@click.option("--edits", is_flag=True, help="List the latest decisions, or those in effect for the story.")
def story(
    article_id: int | None, *, as_json: bool, all_kinds: bool, hide: bool, split: tuple[int, ...], merge: int | None,
    undo: bool, edits: bool,
) -> int:  # fmt: skip
    """Show an article's story across outlets, or decide about it.

    Decisions last: articles that come later are grouped within them. A later decision counts more than an earlier one.
    """
    chosen = [bool(one) for one in (hide, split, merge, undo, edits)].count(True)
    if chosen > 1:
        raise click.UsageError("choose one of --hide, --split, --merge, --undo and --edits")
    if edits:
        return list_decisions(article_id, as_json=as_json)
    if article_id is None:
        raise click.UsageError("name an article: ringkas story ID")
    if chosen:
        return decide(article_id, is_hidden=hide, split=split, merge=merge)
    return show_story(article_id, as_json=as_json, all_kinds=all_kinds)


def show_story(article_id: int, *, as_json: bool, all_kinds: bool) -> int:
    from summaries.articles.story import read_story
    from summaries.stories.disagreements import SHOWN_KINDS
    from summaries.stories.figures import Kind
    from summaries.workers.pools import ThreadOffload

    async def read(store: Store) -> StoryView | None:
        offload = ThreadOffload(threads=1)
        try:
            return await read_story(
                article_id,
                articles=store.articles,
                stories=store.stories,
                offload=offload,
                kinds=tuple(Kind) if all_kinds else SHOWN_KINDS,
                coverage=await store.story_edits.coverage(article_id),
            )
        finally:
            offload.close()

    from bot.views.shapes import describe_story

    view = run_with_store(load_settings(), read)
    if view is None:
        say(f"no public article has the id {article_id}")
        return FAILED
    click.echo(json.dumps(describe_story(view), ensure_ascii=False) if as_json else "\n".join(describe(view)))
    return 0


def decide(article_id: int, *, is_hidden: bool, split: Sequence[int], merge: int | None) -> int:
    """Decide about the article's story; without an argument, undo the latest decision about it."""

    async def apply(store: Store) -> StoryEdit | None:
        edits, now = store.story_edits, datetime.now(UTC)
        if is_hidden:
            return await edits.hide(article_id, admin_id=None, now=now)
        if split:
            members = {report.article_id for report in await edits.coverage(article_id)}
            return await edits.split(split, admin_id=None, now=now) if members.issuperset(split) else None
        if merge is not None:
            return await edits.merge(article_id, merge, admin_id=None, now=now)
        latest = await edits.list_edits(article_id, limit=1)
        return await edits.undo(latest[0].id, admin_id=None, now=now) if latest else None

    made = run_with_store(load_settings(), apply)
    if made is None:
        say("there is nothing to decide: see `ringkas story ID --json` for the articles of the story")
        return FAILED
    click.echo(f"decision {made.id}: {made.kind}{'' if is_hidden or split or merge else ' undone'}")
    return 0


def list_decisions(article_id: int | None, *, as_json: bool) -> int:
    found = run_with_store(load_settings(), lambda store: store.story_edits.list_edits(article_id, limit=MAX_EDITS))
    if as_json:
        click.echo(json.dumps([asdict(edit) for edit in found], default=datetime.isoformat))
        return 0
    print_table(
        ("ID", "DECISION", "ARTICLES", "OTHERS", "ADMIN", "MADE", "UNDONE"),
        [
            (
                str(edit.id),
                str(edit.kind),
                " ".join(map(str, edit.article_ids)),
                " ".join(map(str, edit.other_ids)),
                str(edit.admin_id or "-"),
                show_time(edit.made_at),
                show_time(edit.undone_at) if edit.undone_at else "-",
            )
            for edit in found
        ],
    )
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
