"""When an update of a followed chain comes, and which sentences it may have."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from summaries.delivery.follows import CHECKED_EVERY, MAX_PACE, URGENT_PACE, USUAL_PACE, decide
from summaries.model import ChainReport, ChatRef, Coverage, DueFollow, QuietHours, SummarySentence, Watch

NOW = datetime.fromisoformat("2026-11-04T12:00:00+07:00")
HOUR = timedelta(hours=1)
KNOWN = ("Bus Cahaya Mandala Masuk Jurang", "Bus wisata Cahaya Mandala masuk jurang di Turunan Cisentul.")
ARREST = "Sopir bernama Darto ditahan setelah penyidik Polres Subang menggeledah garasi Cahaya Mandala."


def make_follow(
    *,
    story: int = 2,
    sentence: str = ARREST,
    updated: timedelta | None = None,
    recent: int = 1,
    is_folded: bool = False,
) -> DueFollow:
    watch = Watch(1, ChatRef(7), KNOWN[0], is_folded, article_id=1)
    coverage = Coverage(2, "Sopir Bus Cahaya Mandala Ditahan", "Warta", None, None, NOW - HOUR / 2, NOW - HOUR / 2)
    return DueFollow(
        watch,
        due_at=NOW,
        seen_at=NOW - HOUR,
        looked_until=NOW,
        followed_at=NOW - 2 * HOUR,
        updated_at=NOW - updated if updated is not None else None,
        recent=recent,
        reports=(ChainReport(coverage, story, (SummarySentence(sentence, 0, len(sentence)),)),),
        known=KNOWN,
        known_stories=frozenset({1}),
    )


@pytest.mark.parametrize(
    ("follow", "is_sent", "due_at", "is_done"),
    [
        pytest.param(make_follow(), True, None, True, id="first update of a new story"),
        pytest.param(make_follow(updated=HOUR / 2), False, NOW + HOUR / 2, False, id="within an hour"),
        pytest.param(make_follow(updated=URGENT_PACE), True, None, True, id="after an hour"),
        pytest.param(make_follow(updated=2 * HOUR, recent=3), False, NOW + HOUR, False, id="the third of a day"),
        pytest.param(make_follow(updated=MAX_PACE, recent=9), True, None, True, id="the ninth of a day"),
        pytest.param(make_follow(story=1), False, NOW + CHECKED_EVERY, False, id="details soon after the start"),
        pytest.param(make_follow(story=1, updated=USUAL_PACE), True, None, True, id="details after three hours"),
        pytest.param(make_follow(sentence=KNOWN[1]), False, None, True, id="nothing new"),
        pytest.param(make_follow(sentence=f"Dia {ARREST}"), False, None, True, id="refers to earlier text"),
        pytest.param(make_follow(is_folded=True), False, None, True, id="folded"),
    ],
)
def test_update_comes_when_it_is_due(follow: DueFollow, is_sent: bool, due_at: datetime | None, is_done: bool) -> None:
    decided = decide(follow, NOW)
    assert bool(decided.developments) is is_sent
    assert decided.due_at == due_at
    assert decided.seen_until == (follow.looked_until if is_done else follow.seen_at)


def test_update_waits_for_the_end_of_quiet_hours() -> None:
    quiet = QuietHours(time(11), time(14))
    decided = decide(replace(make_follow(updated=HOUR), quiet=quiet, zone="Asia/Jakarta"), NOW)
    assert (decided.developments, decided.due_at) == ((), NOW + 2 * HOUR)
