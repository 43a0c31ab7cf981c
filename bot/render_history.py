"""Why a digest came or did not, and how the bot is doing, as Telegram HTML (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from babel.numbers import format_decimal

from bot.panel.text import due_text, when_lines
from summaries.model import Outcome, Reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.locale import Words
    from summaries.model import Broadcast, DeliveryRecord, Figures, Subscription


def history_text(
    words: Words, subscription: Subscription | None, due: datetime | None, records: Sequence[DeliveryRecord]
) -> str:
    """When the digest comes, and what became of the last ones."""
    head = [words.html("No digest is running here. /langganan starts one.")]
    if subscription is not None:
        head = when_lines(words, subscription, due)
    if not records:
        return "\n".join([*head, "", words.html("None has been due so far.")])
    lines = [
        words.html(
            "<b>{moment}</b>: {fate}", moment=due_text(words, record.due_at, record.zone), fate=fate(words, record)
        )
        for record in records
    ]
    return "\n".join([*head, "", *lines])


def fate(words: Words, record: DeliveryRecord) -> str:
    """What became of one digest, as plain text."""
    match record.outcome, record.reason:
        case Outcome.SENT, _ if not record.sent:
            return words.text("may have come, Telegram never said so; its stories come again")
        case Outcome.SENT, _:
            stories = words.count("{n} story", "{n} stories", record.stories)
            if record.sent < record.messages:
                return words.text(
                    "sent in part ({sent} of {messages} messages), {stories}",
                    sent=record.sent,
                    messages=record.messages,
                    stories=stories,
                )
            return words.text("sent, {stories}", stories=stories)
        case Outcome.SKIPPED, Reason.EMPTY:
            return words.text("skipped, there was nothing new")
        case Outcome.SKIPPED, Reason.STOPPED:
            return words.text("skipped, it was stopped before it was sent")
        case Outcome.SKIPPED, _:
            return words.text("skipped, I was away for too long; its news went into the next one")
        case Outcome.FAILED, Reason.GONE:
            return words.text("not sent, I could not write here; the digest was stopped")
        case Outcome.FAILED, _:
            return words.text("not sent, Telegram refused it")
        case _ if record.waits_until is not None:
            until = due_text(words, record.waits_until, record.zone)
            return words.text("waits until {moment}: quiet hours, or trouble with the network", moment=until)
        case _:
            return words.text("is on its way")


def figures_text(words: Words, figures: Figures, zone: str, started_at: datetime) -> str:
    """How the bot is doing."""
    next_due = due_text(words, figures.next_due_at, zone) if figures.next_due_at else words.text("none")
    last_read = due_text(words, figures.last_read_at, zone) if figures.last_read_at else words.text("none")
    megabytes = format_decimal(figures.database_bytes / 1024 / 1024, "#,##0.0", locale=words.language)
    return "\n".join(
        [
            words.html("<b>How I am doing</b>"),
            words.html("Running since {moment}", moment=due_text(words, started_at, zone)),
            words.html(
                "Digests: {private} private chats, {groups} groups and channels, {stopped} stopped",
                private=figures.private_chats,
                groups=figures.groups,
                stopped=figures.stopped,
            ),
            words.html(
                "Last day: {sent} sent, {skipped} skipped, {failed} failed, {open} under way",
                sent=figures.digests_sent,
                skipped=figures.digests_skipped,
                failed=figures.digests_failed,
                open=figures.digests_open,
            ),
            words.html("Next digest: {moment}", moment=next_due),
            words.html(
                "Articles: {articles} ({new} of the last day) in {stories} stories",
                articles=figures.articles,
                new=figures.articles_new,
                stories=figures.stories,
            ),
            words.html(
                "Sources: {active} on, {failing} of them failing, {off} off",
                active=figures.sources,
                failing=figures.sources_failing,
                off=figures.sources_off,
            ),
            words.html("Last read: {moment}", moment=last_read),
            words.html("Database: {megabytes} MB · shut out: {blocked}", megabytes=megabytes, blocked=figures.blocked),
        ]
    )


def broadcast_text(words: Words, broadcast: Broadcast, audience: int) -> str:
    """What is below the preview of a broadcast: the question, or how far it has come."""
    counts = {"sent": broadcast.sent, "failed": broadcast.failed, "total": broadcast.total}
    match broadcast.state:
        case "draft":
            return words.count(
                "This goes to {n} chat with a digest or alerts. Send it?",
                "This goes to {n} chats with a digest or alerts. Send it?",
                audience,
            )
        case "sending":
            return words.text("On its way: {sent} of {total} sent, {failed} failed.", **counts)
        case "done":
            return words.text("Done: {sent} of {total} sent, {failed} failed.", **counts)
        case _:
            return words.text("Stopped: {sent} of {total} sent, {failed} failed.", **counts)
