"""Updates of followed chains: how often they come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from summaries.digests.schedule import skip_quiet_hours
from summaries.model import ChainReport, DueFollow, FollowDecision
from summaries.stories.novelty import choose_update
from summaries.summarizer.anaphora import Anaphora, classify_opening

# The shortest time between two updates of a follow. A breaking story has an article every few minutes, but its facts
# change by the hour. Each update of the last day adds as much, up to MAX_PACE: the first hours matter most, and an
# affair that fills the news brings six updates a day.
URGENT_PACE = timedelta(hours=1)
MAX_PACE = timedelta(hours=4)
# Further details of stories that the chat knows wait longer, so that they come together.
USUAL_PACE = timedelta(hours=3)
# Urgent news may come meanwhile.
CHECKED_EVERY = timedelta(minutes=15)
CLEAR = frozenset({Anaphora.PLAIN, Anaphora.BACKGROUND})


def decide(follow: DueFollow, now: datetime) -> FollowDecision:
    """Decide whether an update is due now, and choose its sentences.

    Stories of which the chat knows nothing, and changed numbers of victims, are urgent. Of a folded follow all reports
    are done with.
    """
    if follow.watch.is_folded or not follow.reports:
        return FollowDecision(follow, follow.looked_until)
    pace = min(URGENT_PACE * max(1, follow.recent), MAX_PACE)
    earliest = follow.updated_at + pace if follow.updated_at else now
    if follow.zone:
        earliest = skip_quiet_hours(max(now, earliest), follow.quiet, follow.zone)
    if earliest > now:
        return FollowDecision(follow, follow.seen_at, due_at=earliest)
    update = choose_update(follow.known, follow.known_stories, [drop_references(one) for one in follow.reports])
    if not update.developments:
        return FollowDecision(follow, follow.looked_until)
    usual = (follow.updated_at or follow.followed_at) + max(pace, USUAL_PACE)
    if usual > now and not update.is_urgent:
        return FollowDecision(follow, follow.seen_at, due_at=min(usual, now + CHECKED_EVERY))
    left = [report.coverage.added_at for report in follow.reports if report.coverage.article_id in update.left]
    if left:
        seen_until = max(follow.seen_at, min(left) - timedelta.resolution)
        return FollowDecision(follow, seen_until, update.developments, due_at=now + pace)
    return FollowDecision(follow, follow.looked_until, update.developments)


def drop_references(report: ChainReport) -> ChainReport:
    """Return the report without the sentences that refer to earlier text, such as "Dia juga …"."""
    clear = tuple(one for one in report.sentences if classify_opening(one.text) in CLEAR)
    return replace(report, sentences=clear)


def decide_all(follows: Sequence[DueFollow], now: datetime) -> list[FollowDecision]:
    return [decide(follow, now) for follow in follows]
