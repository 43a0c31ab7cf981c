"""Digest history, the bot's figures, broadcasts, sources, greeting and help, as Telegram HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from html import escape

from babel.numbers import format_decimal
from telegram import InlineKeyboardMarkup
from telegram.constants import KeyboardButtonStyle

from bot.locale import Translations, message
from bot.telegram_text import split_html, to_html
from bot.views.callbacks import StartAction, build_button, encode_broadcast, encode_start
from bot.views.errors import explain_source
from bot.views.html import list_first, name_topic, render_moment, shorten
from bot.views.schedules import list_subjects, render_next
from summaries import model
from summaries.digests.importance import explain_story
from summaries.digests.tastes import TasteIndex
from summaries.ingest.sources import AddResult
from summaries.regions import load_regions


def render_history(
    words: Translations,
    subscription: model.Subscription | None,
    due: datetime | None,
    records: Sequence[model.DeliveryRecord],
    stories: Sequence[model.DeliveredStory] = (),
) -> str:
    """Render when the digest comes, the outcome of the last ones, and why the last one had its `stories`."""
    head = [words.html("No digest is running here. /langganan starts one.")]
    if subscription is not None:
        head = render_next(words, subscription, due)
    if not records:
        return "\n".join([*head, "", words.html("None has been due so far.")])
    lines = [
        words.html(
            "<b>{moment}</b>: {fate}",
            moment=render_moment(words, record.due_at, record.zone),
            fate=render_outcome(words, record),
        )
        for record in records
    ]
    reasons = render_reasons(words, stories, subscription.preferences if subscription else model.Preferences())
    return "\n".join([*head, "", *lines, *reasons])


# The longest digest has more stories, but the reasons share one message with the history.
MAX_REASONS, MAX_REASON_TITLE_CHARS = 12, 60


def render_reasons(
    words: Translations, stories: Sequence[model.DeliveredStory], preferences: model.Preferences
) -> list[str]:
    """Render why each story was chosen, one line each below a heading; nothing without stories."""
    if not stories:
        return []
    lines = []
    for number, story in enumerate(stories[:MAX_REASONS], 1):
        title = to_html(shorten(story.title, MAX_REASON_TITLE_CHARS))
        lines.append(f"{number}. {title}: {to_html(render_reason(words, story, preferences))}")
    return ["", words.html("<b>Why these stories</b>, in the last one that came"), *lines]


def render_reason(words: Translations, story: model.DeliveredStory, preferences: model.Preferences) -> str:
    """Render why the story was chosen, as plain text."""
    reasons = explain_story(story.reports, story.article_id, story.composed_at)
    topics = [topic for topic in preferences.topics if any(report.topic == topic for report in story.reports)]
    if preferences.order is model.DigestOrder.NEWEST:
        why = words.text("among the newest of its topic")
    elif reasons.owners > 1:
        why = words.plural("covered by {n} publisher", "covered by {n} publishers", reasons.owners)
        if reasons.quick_owners == reasons.owners:
            why += words.text(", all within three hours")
        elif reasons.quick_owners > 1:
            why += words.text(", {n} of them within three hours", n=reasons.quick_owners)
    else:
        why = words.text("from one publisher so far, and recent")
    if reasons.minor:
        why += "; " + words.text("light reading, as there was room")
    if topics:
        why += "; " + words.text("your topic {topic}", topic=name_topic(words, topics[0]))
    if story.region in load_regions():
        why += "; " + words.text("your region {region}", region=load_regions()[story.region].name)
    index = TasteIndex({story.article_id: story.reports})
    tastes = [taste for taste in preferences.tastes if story.article_id in index.find(taste)]
    if more := list_subjects(words, tastes, is_more=True):
        why += "; " + words.text("you want more of {names}", names=more)
    if less := list_subjects(words, tastes, is_more=False):
        why += "; " + words.text("although you want less of {names}", names=less)
    return why


def render_outcome(words: Translations, record: model.DeliveryRecord) -> str:
    """Render the outcome of one digest."""
    match record.outcome, record.reason:
        case model.Outcome.SENT | model.Outcome.UNKNOWN, _:
            return render_arrival(words, record)
        case model.Outcome.SKIPPED, model.Reason.EMPTY:
            return words.html("skipped, there was nothing new")
        case model.Outcome.SKIPPED, model.Reason.STOPPED:
            return words.html("skipped, it was stopped before it was sent")
        case model.Outcome.SKIPPED, _:
            return words.html("skipped, I was away for too long; its news went into the next one")
        case model.Outcome.FAILED, model.Reason.GONE:
            return words.html("not sent, I could not write here; the digest was stopped")
        case model.Outcome.FAILED, _:
            return words.html("not sent, Telegram refused it")
        case _ if record.waits_until is not None:
            until = render_moment(words, record.waits_until, record.zone)
            return words.html("waits until {moment}: quiet hours, or trouble with the network", moment=until)
        case _:
            return words.html("is on its way")


def render_arrival(words: Translations, record: model.DeliveryRecord) -> str:
    """Render the outcome of a digest that arrived, or may have."""
    stories = words.plural("{n} story", "{n} stories", record.stories)
    if record.outcome is model.Outcome.UNKNOWN and not record.sent:
        return words.html("may have come, Telegram never said so; its stories come again")
    if record.sent == record.messages:
        return words.html("sent, {stories}", stories=stories)
    part = message("sent in part ({sent} of {messages} messages), {stories}")
    if record.outcome is model.Outcome.UNKNOWN:
        part = message(
            "sent in part ({sent} of {messages} messages), {stories}; the rest may have come, and comes again"
        )
    return words.html(part, sent=record.sent, messages=record.messages, stories=stories)


def render_figures(words: Translations, figures: model.Figures, zone: str, started_at: datetime) -> str:
    """Render the figures of /status."""
    next_due = render_moment(words, figures.next_due_at, zone) if figures.next_due_at else words.text("none")
    last_read = render_moment(words, figures.last_read_at, zone) if figures.last_read_at else words.text("none")
    counts = asdict(figures)
    megabytes = format_decimal(figures.database_bytes / 1024 / 1024, "#,##0.0", locale=words.language)
    return "\n".join(
        [
            words.html("<b>How I am doing</b>"),
            words.html("Running since {moment}", moment=render_moment(words, started_at, zone)),
            words.html(
                "Digests: {private_chats} private chats, {groups} groups and channels, {stopped} stopped", **counts
            ),
            words.html(
                "Last day: {digests_sent} sent, {digests_skipped} skipped, {digests_failed} failed,"
                " {digests_unknown} unknown, {digests_open} under way",
                **counts,
            ),
            words.html("Next digest: {moment}", moment=next_due),
            words.html("Articles: {articles} ({articles_new} of the last day) in {stories} stories", **counts),
            words.html("Sources: {sources} on, {sources_failing} of them failing, {sources_off} off", **counts),
            words.html("Last read: {moment}", moment=last_read),
            words.html("Database: {megabytes} MB · shut out: {blocked}", megabytes=megabytes, **counts),
        ]
    )


def render_broadcast(words: Translations, broadcast: model.Broadcast, audience: int) -> str:
    """Render the text below a broadcast's preview: the question, or its progress."""
    if broadcast.state == model.BroadcastState.DRAFT:
        return words.plural(
            "This goes to {n} chat with a digest or alerts. Send it?",
            "This goes to {n} chats with a digest or alerts. Send it?",
            audience,
        )
    progress = {
        model.BroadcastState.SENDING: message("On its way: {sent} of {total} sent, {failed} failed."),
        model.BroadcastState.DONE: message("Done: {sent} of {total} sent, {failed} failed."),
    }.get(broadcast.state, message("Stopped: {sent} of {total} sent, {failed} failed."))
    text = words.text(progress, sent=broadcast.sent, failed=broadcast.failed, total=broadcast.total)
    if broadcast.unknown:
        text += " " + words.text("{unknown} may not have arrived.", unknown=broadcast.unknown)
    return text


MAX_OUTLETS, MAX_FAILING = 60, 20


def render_sources(words: Translations, sources: Sequence[model.StoredSource], *, is_admin: bool) -> list[str]:
    """Render the outlets that are read and those that can't be; an admin also sees the errors."""
    outlets = dict.fromkeys(stored.source.outlet for stored in sources)
    well = {stored.source.outlet for stored in sources if stored.state.is_active and not stored.state.failures_in_a_row}
    read = sorted((name for name in outlets if name in well), key=str.casefold)
    unread = sorted((name for name in outlets if name not in well), key=str.casefold)
    on = [stored for stored in sources if stored.state.is_active]
    failing = [stored for stored in on if stored.state.failures_in_a_row]
    lines = [
        words.html("<b>What I read</b>"),
        words.html("{sources} feeds of {outlets} outlets.", sources=len(on), outlets=len(read)),
    ]
    if failing:
        lines[-1] += " " + words.html("{failing} of them can't be read just now.", failing=len(failing))
    read_names, unread_names = (", ".join(list_first(words, names, MAX_OUTLETS)) for names in (read, unread))
    if read:
        lines.append(f"<blockquote expandable>{to_html(read_names)}</blockquote>")
    if unread:
        lines.append(words.html("Not read just now: {outlets}", outlets=unread_names))
    if is_admin:
        off = [stored for stored in sources if not stored.state.is_active]
        lines.extend(render_trouble(words, stored) for stored in (*failing, *off)[:MAX_FAILING])
        lines.append(words.html("<code>/sumber tambah URL [topic]</code>, <code>/sumber hapus KEY</code>"))
    return split_html("\n".join(lines))


def render_trouble(words: Translations, stored: model.StoredSource) -> str:
    """Render a source that is off or failing, for an admin."""
    state = stored.state
    mark = f"{state.failures_in_a_row}×" if state.is_active else words.text("off")
    error = escape(explain_source(words, state.last_fault)) if state.last_error else ""
    return f"• <code>{escape(stored.source.key)}</code> ({mark}) {error}".rstrip()


def render_addition(words: Translations, addition: AddResult) -> list[str]:
    """Render the result of `/sumber tambah`."""
    lines = [
        words.html("Added: {key} ({outlet}, {topic}).", key=added.stored.source.key, outlet=added.stored.source.outlet,
                   topic=name_topic(words, added.stored.source.category))
        if added.is_new
        else words.html("Already known and switched on: {key}.", key=added.stored.source.key)
        for added in addition.sources
    ]  # fmt: skip
    if addition.choices:
        lines.append(words.html("The page names several feeds. Add one of them:"))
        lines.extend(f"• <code>{escape(found.url)}</code>" for found in addition.choices[:MAX_FAILING])
    lines.extend(
        f"<code>{escape(failed.url)}</code>: {escape(explain_source(words, failed.fault))}"
        for failed in addition.failures
    )
    return split_html("\n".join(lines))


def render_greeting(words: Translations) -> str:
    return words.html(
        "Hello! I am <b>Ringkas</b>. Send me a link or the text of a news article, and I answer with the few"
        " sentences that matter.\n\n"
        "Or press a button:\n"
        "<b>Today's news</b> – the latest, as with /berita\n"
        "<b>Set up a digest</b> – the most important news every morning, as with /langganan\n"
        "<b>Try an example</b> – one article of today in a few sentences, as with /ringkas\n\n"
        "/bantuan – everything I can do"
    )


def build_start_keyboard(words: Translations) -> InlineKeyboardMarkup:
    """Return the buttons that the greeting explains."""
    news = build_button(words.text("Today's news"), encode_start(StartAction.NEWS))
    digest = build_button(words.text("Set up a digest"), encode_start(StartAction.DIGEST), KeyboardButtonStyle.PRIMARY)
    example = build_button(words.text("Try an example"), encode_start(StartAction.EXAMPLE))
    return InlineKeyboardMarkup([[news, digest], [example]])


def render_help(words: Translations) -> str:
    return words.html(
        "<b>Summarise</b>\n"
        "/ringkas with links or the text of an article after it. Or reply /ringkas to a message, or send a"
        " .txt, .html or .pdf file.\n\n"
        "<b>Read the news</b>\n"
        "/berita – the latest\n"
        "/berita ekonomi – by topic\n"
        "/berita antara – by outlet\n"
        "/berita harga beras – by words\n"
        "/cari &quot;suku bunga&quot; since yesterday – look for phrases and days\n"
        "/tren – what people talk about today\n"
        "/pantau gempa lombok – an alert when a story with these words breaks\n"
        "/peringatan Kota Malang – earthquakes and weather warnings there\n"
        "/ikuti – the stories that you follow\n"
        "/tersimpan – what you saved\n"
        "/sumbersaya @channel – sources of your own, for this chat only\n\n"
        "<b>A digest every day</b>\n"
        "/langganan – start it, with all its settings; /langganan @channel for a channel\n"
        "/jadwal 06:30 18:00 WITA monday-friday – its hours, zone and days in words\n"
        "/mengapa – why it came, or did not\n"
        "/berhenti – stop\n\n"
        "/bahasa – speak English or Indonesian\n"
        "/dataku, /hapusdata – see or delete what I keep"
    )


def render_help_elsewhere(words: Translations, username: str, *, has_inline: bool, has_guest: bool) -> str:
    """Render how the bot helps in chats that it is not in; nothing if its operator has switched on neither way."""
    lines = []
    if has_inline:
        lines.append(words.html("@{username} harga beras – offers stories to send", username=username))
    if has_guest:
        lines.append(
            words.html("@{username} in a reply to a link, a text or a file – I summarise it there", username=username)
        )
    return "\n".join([words.html("<b>In any other chat</b>"), *lines]) if lines else ""


def build_broadcast_keyboard(words: Translations, broadcast: model.Broadcast) -> InlineKeyboardMarkup | None:
    """Return the buttons for a broadcast in its current state."""
    cancel, stop = words.text("Cancel"), encode_broadcast(broadcast.id, is_go=False)
    match broadcast.state:
        case model.BroadcastState.DRAFT:
            send = encode_broadcast(broadcast.id, is_go=True)
            go = build_button(words.text("Send"), send, KeyboardButtonStyle.PRIMARY)
            return InlineKeyboardMarkup([[go, build_button(cancel, stop)]])
        case model.BroadcastState.SENDING:
            return InlineKeyboardMarkup([[build_button(cancel, stop, KeyboardButtonStyle.DANGER)]])
        case _:
            return None
