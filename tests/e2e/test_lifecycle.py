"""Digests, restarts, crashes, and starting with wrong settings."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.bot_forks import BotProcess
    from tests.e2e.conftest import Person, Until, World

Publish = Callable[..., str]
DIGESTS = ("Kabar Pagi", "Kabar Siang", "Kabar Sore", "Kabar Malam")


@pytest.fixture(scope="module", autouse=True)
def news(world: World) -> None:
    done = world.command("import", str(sample_folder()))
    assert done.returncode == 0, done.stderr


def sample_folder() -> object:
    from importlib.resources import files

    return files("seeds") / "articles"


def make_due(world: World, reader: Person, ago: timedelta = timedelta()) -> None:
    """Set the hand of time: the reader's digest is due since then."""
    due = (datetime.now(UTC) - ago).isoformat(timespec="microseconds")
    with sqlite3.connect(world.database, timeout=10) as connection:
        connection.execute("UPDATE subscriptions SET next_due_at = ? WHERE chat_id = ?", [due, reader.chat_id])
    connection.close()


def list_digests(reader: Person) -> list[str]:
    return [m["text"] for m in reader.screen()["messages"] if m["is_bot"] and m["text"].startswith(DIGESTS)]


def subscribe(reader: Person) -> int:
    """Subscribe, and return the number of the sandbox's last event."""
    reader.say("/langganan")
    return int(reader.screen()["event"])


def test_restart_repeats_no_digest_catches_up_and_keeps_buttons_and_edits(
    world: World, site: Publish, page: str
) -> None:
    reader, late, asker = (world.person() for _ in range(3))
    url = site("/setelah-mulai-ulang", page)
    with world.bot(is_fork=False):
        event = subscribe(reader)
        make_due(world, reader)
        (digest,) = reader.feed(event)
        assert digest["text"].startswith(DIGESTS)
        assert "berita lainnya ada di /berita" in digest["text"]
        late_event = subscribe(late)
        sent = asker.send(f"/ringkas {url}")
        (answer,) = asker.answers(sent["sandbox"]["event"])
        (listed,) = asker.exchange("/berita")
    make_due(world, late, ago=timedelta(hours=2))
    with world.bot():
        # This digest also shows that the scheduler ran after the restart.
        (caught_up,) = late.feed(late_event)
        assert "Maaf, kabar ini terlambat. Seharusnya dikirim pukul" in caught_up["text"]
        assert len(list_digests(reader)) == 1
        shorter = reader.press_and_read(digest, "Lebih ringkas")
        assert shorter["message_id"] == digest["message_id"]
        assert len(shorter["text"]) < len(digest["text"])
        (more,) = reader.press(digest, "Berita lain")["messages"]
        assert more["text"].startswith("Berita lain")
        # The next digest has none of the stories of the first, nor of those that followed it.
        event = int(reader.screen()["event"])
        make_due(world, reader)
        (second,) = reader.feed(event)
        assert not list_link_titles(digest) & list_link_titles(second)
        assert not list_link_titles(digest) & list_link_titles(more)
        assert not list_link_titles(more) & list_link_titles(second)
        points = asker.press_and_read(answer, "Poin-poin")
        assert points["message_id"] == answer["message_id"]
        assert "• Harga beras medium" in points["text"]
        assert "Halaman 2 dari" in asker.press_and_read(listed, "Berikutnya ›")["text"]
        (other,) = asker.edit(sent, "/bantuan")
        assert other["message_id"] == answer["message_id"]


def list_link_titles(message: dict[str, object]) -> set[str]:
    entities = message["entities"]
    assert isinstance(entities, list)
    return {entity["url"] if entity["type"] == "text_link" else "" for entity in entities} - {""}


def test_kill_during_a_send_repeats_the_message_at_most_once(world: World, until: Until) -> None:
    """A digest and an alert are on their way when the process dies."""
    reader, watcher = world.person(), world.person()
    with world.bot() as process:
        event = subscribe(reader)
        watcher.say("/pantau duyung")
        watched = int(watcher.screen()["event"])
        for person in (reader, watcher):
            world.fault(kind="hang", method="sendMessage", chat_id=person.chat_id, count=1)
        import_dugong_story(world)
        until(lambda: alert_states(world, watcher) == ["sending"])
        make_due(world, reader)
        until(lambda: part_states(world, reader) == ["sending"])
        process.kill()
        process.wait()
    # Killed before the request was out, the fault would wait for the next one.
    world.http.delete("/sim/faults")
    expire_leases(world)
    with run_steady_bot(world, until):
        assert reader.feed(event)[0]["text"].startswith(DIGESTS)
        assert watcher.feed(watched)[0]["text"].startswith("Berita tentang “duyung”")
        until(lambda: part_states(world, reader) == ["sent"] and alert_states(world, watcher) == ["sent"])
    assert len(list_digests(reader)) == 1
    assert sum("Duyung" in message["text"] for message in watcher.screen()["messages"] if message["is_bot"]) == 1


def import_dugong_story(world: World) -> None:
    path = world.folder / "duyung.txt"
    path.write_text(f"Duyung Kembali ke Teluk Sera\n\n{'Nelayan melihat seekor duyung sejak pagi di teluk. ' * 9}\n")
    assert world.command("import", str(path)).returncode == 0


def alert_states(world: World, watcher: Person) -> list[str]:
    with sqlite3.connect(world.database, timeout=10) as connection:
        found = connection.execute(
            "SELECT state FROM outbox WHERE kind = 'alert' AND chat_id = ?", [watcher.chat_id]
        ).fetchall()
    connection.close()
    return [state for (state,) in found]


@contextmanager
def run_steady_bot(world: World, until: Until) -> Iterator[BotProcess]:
    """A bot that runs for a minute already, by its clock: it sends nothing a second time before."""
    started = world.log().count("running as")
    with world.bot(SANDBOX_CLOCK_URL=f"{world.server.url}/sim/clock") as process:
        until(lambda: world.log().count("running as") > started)
        world.http.put("/sim/clock", json={"forward_s": 60}).raise_for_status()
        yield process


def part_states(world: World, reader: Person) -> list[str]:
    with sqlite3.connect(world.database, timeout=10) as connection:
        found = connection.execute(
            "SELECT state FROM outbox WHERE kind = 'digest' AND chat_id = ?", [reader.chat_id]
        ).fetchall()
    connection.close()
    return [state for (state,) in found]


def expire_leases(world: World) -> None:
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat(timespec="microseconds")
    with sqlite3.connect(world.database, timeout=10) as connection:
        connection.execute("UPDATE deliveries SET lease_until = ? WHERE lease_until IS NOT NULL", [past])
        connection.execute("UPDATE outbox SET not_before = ? WHERE not_before IS NOT NULL", [past])
    connection.close()


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"TELEGRAM_BOT_TOKEN": ""}, ["TELEGRAM_BOT_TOKEN is missing"]),
        ({"TELEGRAM_BOT_TOKEN": "rahasia-benar"}, ["TELEGRAM_BOT_TOKEN is not a bot token"]),
        (
            {"DEFAULT_TIMEZONE": "Mars", "ADMIN_IDS": "a", "TELEGRAM_API_URL": "x", "REFRESH_MINUTES": "-1"},
            ["DEFAULT_TIMEZONE", "ADMIN_IDS", "TELEGRAM_API_URL", "REFRESH_MINUTES"],
        ),
    ],
)
def test_run_with_wrong_settings_prints_a_line_for_each(
    world: World, settings: dict[str, str], says: list[str]
) -> None:
    done = world.command("run", **settings)
    assert done.returncode == 2, done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == len(says)
    for line, words in zip(sorted(lines), sorted(says), strict=True):
        assert line.startswith("ringkas: ")
        assert words in line
    assert "rahasia-benar" not in done.stderr


@pytest.mark.parametrize(
    ("settings", "code", "says"),
    [
        ({"TELEGRAM_BOT_TOKEN": "1234567890:" + "x" * 35}, 2, "TELEGRAM_BOT_TOKEN is not known to Telegram"),
        ({"DATABASE_URL": "sqlite:////proc/no/such/place.db"}, 5, "cannot create the folder"),
    ],
)
def test_run_that_cannot_start_prints_one_line(world: World, settings: dict[str, str], code: int, says: str) -> None:
    done = world.process("run", **settings)
    assert done.returncode == code, done.stderr
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("ringkas: ")
    assert says in line


def test_two_bots_with_one_token_leave_one_running(world: World, until: Until) -> None:
    """Both start together: one of them ends with its message, the other goes on until SIGTERM."""
    second = f"sqlite:///{world.folder}/second.db"
    with world.bot(may_end_itself=True) as one, world.bot(may_end_itself=True, DATABASE_URL=second) as other:
        until(lambda: (one.poll(), other.poll()) != (None, None), timeout_s=100)
        yielded, stayed = (one, other) if other.poll() is None else (other, one)
        assert (yielded.poll(), stayed.poll()) == (1, None)
        warning = "ringkas: another program reads this bot's messages with the same token, and this one yields to it"
        assert world.log().splitlines().count(warning) == 1
        (answer,) = world.person().say("/bantuan")
        assert "/ringkas" in answer
        stayed.terminate()
        assert stayed.wait(timeout=60) == 0


def test_second_bot_on_a_database_does_not_start(world: World) -> None:
    with world.bot():
        world.person().say("/bantuan")
        done = world.process("run")
        assert done.returncode == 5
        assert "another bot (process " in done.stderr
        assert "another DATABASE_URL" in done.stderr
        # Commands may look at it all the same.
        assert world.command("deliveries").returncode == 0


def test_sigterm_during_a_send_ends_the_bot_within_its_deadline(world: World, until: Until) -> None:
    reader = world.person()
    with world.bot(is_fork=False) as process:
        subscribe(reader)
        world.fault(kind="hang", method="sendMessage", chat_id=reader.chat_id, count=1)
        make_due(world, reader)
        until(lambda: part_states(world, reader) == ["sending"])
        began = time.monotonic()
        process.terminate()
        assert process.wait(timeout=60) == 0
        # The promise is five seconds; without it the request would end after twenty. A busy machine gets some more.
        assert time.monotonic() - began < 15
    world.http.delete("/sim/faults")
    with run_steady_bot(world, until):
        until(lambda: part_states(world, reader) == ["sent"])
    assert len(list_digests(reader)) == 1
