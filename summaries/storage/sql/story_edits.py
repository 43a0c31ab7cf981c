"""Decisions of administrators about stories: hidden, split and merged ones."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime

from summaries.model import Coverage, EditKind, StoryEdit
from summaries.storage import values
from summaries.storage.sql.articles import UNLINK, refresh_stories
from summaries.storage.sql.session import Session, SqlStore, insertion
from summaries.storage.sql.stories import COVERAGE, STORY_OF, put_signatures, read_state
from summaries.stories.edits import Constraints, Edit, apply_edit, revert_edit

log = logging.getLogger(__name__)

EDITS = "SELECT id, kind, article_ids, other_ids, admin_id, made_at, undone_at FROM story_edits e"
IN_EFFECT = f"{EDITS} WHERE undone_at IS NULL ORDER BY id"
OF_STORY = f"""
{EDITS} WHERE undone_at IS NULL AND EXISTS (
    SELECT 1 FROM story_articles s
    WHERE s.story_id = {STORY_OF} AND (s.article_id = ANY(e.article_ids) OR s.article_id = ANY(e.other_ids)))
    ORDER BY id DESC LIMIT %s
"""
MEMBERS = """
SELECT article_id, story_id FROM story_articles WHERE story_id IN (
    SELECT story_id FROM story_articles WHERE article_id = ANY(%s::bigint[])) ORDER BY article_id
"""
INSERT = insertion("story_edits", ("kind", "article_ids", "other_ids", "admin_id", "made_at"))
UNDO = """
UPDATE story_edits SET undone_at = %(now)s, undone_by = %(admin_id)s WHERE id = %(id)s AND undone_at IS NULL
"""

# Returns the decision for the articles of the stories concerned, by story; None if there is nothing to decide.
Choose = Callable[[Mapping[int, int]], Edit[int] | None]


class StoryEditRows(SqlStore):
    """Implements `ports.StoryEditStore`."""

    async def hide(self, article_id: int, *, admin_id: int | None, now: datetime) -> StoryEdit | None:
        def choose(stories: Mapping[int, int]) -> Edit[int] | None:
            return Edit(EditKind.HIDE, tuple(stories)) if stories else None

        return await self._decide([article_id], choose, admin_id, now)

    async def split(self, article_ids: Sequence[int], *, admin_id: int | None, now: datetime) -> StoryEdit | None:
        def choose(stories: Mapping[int, int]) -> Edit[int] | None:
            chosen = tuple(dict.fromkeys(article_ids))
            others = tuple(article_id for article_id in stories if article_id not in chosen)
            is_part = all(article_id in stories for article_id in chosen) and len(set(stories.values())) == 1
            return Edit(EditKind.SPLIT, chosen, others) if is_part and others else None

        return await self._decide(article_ids, choose, admin_id, now)

    async def merge(self, article_id: int, other_id: int, *, admin_id: int | None, now: datetime) -> StoryEdit | None:
        def choose(stories: Mapping[int, int]) -> Edit[int] | None:
            if article_id not in stories or other_id not in stories or len(set(stories.values())) != 2:
                return None
            sides = (
                tuple(one for one, story in stories.items() if story == stories[side])
                for side in (article_id, other_id)
            )
            return Edit(EditKind.MERGE, *sides)

        return await self._decide([article_id, other_id], choose, admin_id, now)

    async def undo(self, edit_id: int, *, admin_id: int | None, now: datetime) -> StoryEdit | None:
        async def work(db: Session) -> StoryEdit | None:
            await read_state(db, "FOR UPDATE")
            before = await read_edits(db)
            undone = next((edit for edit in before if edit.id == edit_id), None)
            if undone is None:
                return None
            await db.run(UNDO, {"id": edit_id, "admin_id": admin_id, "now": now})
            await rearrange(db, undone, before, [edit for edit in before if edit.id != edit_id])
            return undone

        undone = await self.database.write(work)
        if undone is not None:
            log.info("%s undid decision %d: %s", show_admin(admin_id), undone.id, undone.kind)
        return undone

    async def coverage(self, article_id: int) -> tuple[Coverage, ...]:
        return values.to_coverage(await self.database.value(f"SELECT {COVERAGE.format(story=STORY_OF)}", [article_id]))

    async def list_edits(self, article_id: int | None = None, *, limit: int) -> tuple[StoryEdit, ...]:
        if article_id is None:
            found = await self.database.rows(f"{EDITS} ORDER BY id DESC LIMIT %s", [limit])
        else:
            found = await self.database.rows(OF_STORY, [article_id, limit])
        return tuple(map(values.to_story_edit, found))

    async def _decide(
        self, article_ids: Sequence[int], choose: Choose, admin_id: int | None, now: datetime
    ) -> StoryEdit | None:
        async def work(db: Session) -> StoryEdit | None:
            await read_state(db, "FOR UPDATE")
            edit = choose(dict(await db.tuples(MEMBERS, [list(article_ids)])))
            if edit is None:
                return None
            row = {"kind": edit.kind, "article_ids": list(edit.articles), "other_ids": list(edit.others)}
            made = int(await db.value(f"{INSERT} RETURNING id", row | {"admin_id": admin_id, "made_at": now}))
            stored = StoryEdit(made, edit.kind, edit.articles, edit.others, admin_id, now)
            after = await read_edits(db)
            await rearrange(db, stored, [one for one in after if one.id != made], after)
            return stored

        made = await self.database.write(work)
        if made is not None:
            articles, others = (" ".join(map(str, side)) for side in (made.article_ids, made.other_ids))
            log.info("%s made decision %d: %s %s | %s", show_admin(admin_id), made.id, made.kind, articles, others)
        return made


def show_admin(admin_id: int | None) -> str:
    return "the command line" if admin_id is None else f"administrator {admin_id}"


async def read_edits(db: Session) -> list[StoryEdit]:
    """Return the decisions in effect, the oldest first."""
    return list(map(values.to_story_edit, await db.rows(IN_EFFECT)))


def to_edit(edit: StoryEdit) -> Edit[int]:
    return Edit(edit.kind, edit.article_ids, edit.other_ids)


async def rearrange(db: Session, edit: StoryEdit, before: Sequence[StoryEdit], after: Sequence[StoryEdit]) -> None:
    """Make the stories fit the decisions in effect `after` the change, which makes or undoes `edit`."""
    state = await read_state(db)
    old, new = Constraints(map(to_edit, before)), Constraints(map(to_edit, after))
    concerned = find_concerned((old, new), [*edit.article_ids, *edit.other_ids])
    stories: dict[int, int] = dict(await db.tuples(MEMBERS, [sorted(concerned)]))
    if edit.kind is EditKind.HIDE:
        hidden = {one for other in after if other.kind is EditKind.HIDE for one in other.article_ids}
        await mark_hidden(db, edit.article_ids, hidden)
        await refresh_stories(db, set(stories.values()))
        return
    change = apply_edit if len(after) > len(before) else revert_edit
    wanted = change(to_edit(edit), stories, state.next_story)
    arranged = new.arrange(wanted, state.next_story + 1)
    moved = {article_id: story for article_id, story in arranged.items() if story != stories[article_id]}
    await db.run_many(
        "UPDATE story_articles SET story_id = %s WHERE article_id = %s",
        [(story, article_id) for article_id, story in moved.items()],
    )
    touched = {*moved.values(), *(stories[article_id] for article_id in moved)}
    await refresh_stories(db, touched)
    await db.run(UNLINK, [sorted(touched)])
    # Every process that keeps the stories in memory reads the decisions before it stores an article.
    revision = await put_signatures(db, {}, moved, state.revision)
    next_story = max([state.next_story, *arranged.values()]) + 1
    await db.run(
        "UPDATE story_state SET revision = %(revision)s, edits_revision = %(revision)s, next_story = %(next_story)s",
        {"revision": revision, "next_story": next_story},
    )


def find_concerned(constraints: Iterable[Constraints[int]], article_ids: Collection[int]) -> set[int]:
    """Return the articles, and those in one group with them in any of the constraints."""
    return {
        *article_ids,
        *(one for each in constraints for group in each.groups(article_ids) for one in each.members(group)),
    }


async def mark_hidden(db: Session, article_ids: Iterable[int], hidden: Collection[int]) -> None:
    """Store for each of the articles whether it is among the hidden ones."""
    rows = [(article_id in hidden, article_id) for article_id in article_ids]
    await db.run_many("UPDATE story_articles SET is_hidden = %s WHERE article_id = %s", rows)
