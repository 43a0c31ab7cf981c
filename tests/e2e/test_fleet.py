"""Two bots on several processes: a receiver and workers over PostgreSQL, one of which is killed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest

from bot.sandbox.sandbox import SANDBOX_TOKEN, Sandbox
from bot.sandbox.server import SandboxServer
from bot.transport.update_processor import PERSON
from bot.transport.webhook import derive_secret
from tests.bot_forks import BotProcess, ForkServer
from tests.e2e.conftest import World
from tests.e2e.test_floods import lift_limits
from tests.e2e.test_postgres import DIGESTS
from tests.ports import free_port
from tests.postgres_server import new_database

if TYPE_CHECKING:
    from tests.e2e.conftest import Json, Person, PrivateTexts, Until

SECOND = "7000000002:" + "SANDBOX_" * 4 + "TWO"
REVOKED = "7000000003:" + "SANDBOX_" * 4 + "OLD"


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory, private_texts: PrivateTexts, forks: ForkServer) -> Iterator[World]:
    """A sandbox that knows two bots."""
    with SandboxServer(Sandbox((SANDBOX_TOKEN, SECOND))) as server:
        world = World(server, tmp_path_factory.mktemp("world"), private_texts, forks)
        yield world
        assert world.breaks() == []
        world.http.close()


@pytest.fixture
def url(postgres_server: str) -> Iterator[str]:
    with new_database(postgres_server) as made:
        yield made


def is_ready(listen: str) -> bool:
    try:
        return httpx.get(f"http://{listen}/health/ready", trust_env=False).status_code == httpx.codes.OK
    except httpx.ConnectError:
        return False


def get_checks(listen: str) -> set[str]:
    return set(httpx.get(f"http://{listen}/health/ready", trust_env=False).json()["checks"])


def test_receiver_and_two_workers_serve_two_bots(world: World, url: str, article: str, until: Until) -> None:
    hook = f"http://127.0.0.1:{free_port()}/telegram"
    shared = {"DATABASE_URL": url, "DATABASE_POOL_SIZE": "4", "WEBHOOK_URL": hook, "WEBHOOK_LISTEN": hook.split("/")[2]}
    done = world.command("import", str(files("seeds") / "articles" / "ekonomi"), **shared)
    assert done.returncode == 0, done.stderr
    reader = world.person()
    # The same person also writes to the other bot.
    other = world.of_bot(SECOND)
    neighbour = other.person(type="private", chat_id=reader.chat_id)
    with ExitStack() as stack:
        stack.callback(other.http.close)

        def start(*command: str, listen: str = "") -> BotProcess:
            return stack.enter_context(
                world.bot(
                    *command,
                    DATABASE_URL=url,
                    DATABASE_POOL_SIZE="4",
                    WEBHOOK_URL=hook,
                    WEBHOOK_LISTEN=shared["WEBHOOK_LISTEN"],
                    HTTP_LISTEN=listen,
                    TELEGRAM_BOT_TOKENS=f"{SECOND},{REVOKED}",
                    ALLOW_PAID_BROADCAST="true",
                )
            )

        receiver, worker = (f"127.0.0.1:{free_port()}" for _ in range(2))
        start("web", listen=receiver)
        doomed = start("worker")
        start("worker", "--queues", "answers,digests,alerts", listen=worker)
        ticks = {
            f"tick {name}" for name in ("recovery", "digests", "sending", "broadcasts", "study", "alerts", "warnings")
        }
        for listen, needs in (
            (receiver, {"database", "telegram", "webhook", "queue"}),
            (worker, {"database", "telegram", "queue", *ticks}),
        ):
            until(lambda listen=listen: is_ready(listen))
            assert get_checks(listen) == needs
        # The metrics count the work of each process.
        until(lambda: 'ringkas_tick_age_seconds{tick="' in httpx.get(f"http://{worker}/metrics", trust_env=False).text)
        assert "1. " in reader.hear("/berita ekonomi")["text"]
        assert "1. " in neighbour.hear("/berita ekonomi")["text"]
        # The pieces of a long text reach one worker together.
        long = f"{article.strip()}\n\n" + "Pedagang menutup kios lebih awal karena hujan turun deras. " * 80
        sent = reader.send(long)
        assert len(sent["sandbox"]["message_ids"]) == 2
        (answer,) = reader.feed(sent["sandbox"]["event"])
        assert "Harga beras medium di Pasar Sukamakmur" in answer["text"]
        # In a group that the bot is not in, it answers as a guest.
        strangers = world.person(type="group", title="Arisan Melati", members=[reader.chat_id], bot_status="left")
        guest = strangers.hear(f"{article.strip()} @ringkas_sandbox_bot")
        until(lambda: "Harga beras medium di Pasar Sukamakmur" in strangers.screen()["messages"][-1]["text"])
        assert guest["guest_of"]
        # A bot that runs alone may not be on it meanwhile.
        alone = world.process("run", **shared)
        assert alone.returncode == 5
        assert "workers or receivers work on" in alone.stderr
        doomed.kill()
        reader.hear("/langganan")
        digest = get_digest(url, "public", reader)
        assert digest["text"].startswith(DIGESTS)
        assert len(reader.press_and_read(digest, "Lebih ringkas")["text"]) < len(digest["text"])
        # The folder has no further news.
        (toast,) = reader.press(digest, "Berita lain")["toasts"]
        assert toast["text"] == "Sejauh ini itu semua berita pentingnya. Lihat juga /berita."
        # The other bot sent nothing, and has no row of it.
        assert len([m for m in neighbour.screen()["messages"] if m["is_bot"]]) == 1
        place = f"bot_{SECOND.partition(':')[0]}"
        with psycopg.connect(url) as server:
            server.execute(f"SET search_path TO {place}".encode())
            assert server.execute("SELECT count(*) FROM subscriptions").fetchone() == (0,)
        neighbour.hear("/langganan")
        other_digest = get_digest(url, place, neighbour)
        assert other_digest["text"].startswith(DIGESTS)
        # Each bot numbers its own deliveries.
        assert digest["keyboard"] == other_digest["keyboard"]
        assert len(neighbour.press_and_read(other_digest, "Lebih ringkas")["text"]) < len(other_digest["text"])
        assert "1. " in reader.hear("/berita ekonomi")["text"]
        # Digests may be paid for, answers never are.
        calls = [call["parameters"] for call in world.calls("sendMessage")]
        paid = [str(message["text"]) for message in calls if message.get("allow_paid_broadcast")]
        assert len(paid) == 2 < len(calls)
        assert all("Kabar " in text for text in paid)
        # One bot's secret opens no other's webhook.
        headers = {"X-Telegram-Bot-Api-Secret-Token": derive_secret(world.token)}
        forged = httpx.post(
            f"{hook}/{SECOND.partition(':')[0]}", json={"update_id": 1}, headers=headers, trust_env=False
        )
        assert forged.status_code == httpx.codes.FORBIDDEN
    log = world.log()
    assert "the bot 7000000003 is left out, the others go on: its token in TELEGRAM_BOT_TOKENS is not known" in log
    with psycopg.connect(url) as server:
        assert server.execute("SELECT count(*) FROM fleet.updates WHERE body IS NOT NULL").fetchone() == (0,)
    assert world.command("worker", "--queues", "answers,nonsense", **shared).returncode == 2
    refused = world.command("web", **(shared | {"DATABASE_URL": "sqlite:///ringkas.db"}))
    assert refused.returncode == 2
    assert "must name a PostgreSQL database" in refused.stderr


def get_digest(url: str, place: str, reader: Person) -> Json:
    """Make the chat's digest due, and return its message. The work of a killed worker may bring others before it."""
    event = int(reader.screen()["event"])
    with psycopg.connect(url) as server:
        server.execute(f"SET search_path TO {place}".encode())
        due = "UPDATE subscriptions SET next_due_at = %s WHERE chat_id = %s"
        server.execute(due, [datetime.now(UTC), reader.chat_id])
    while not (found := [message for message in reader.feed(event) if message["text"].startswith(DIGESTS)]):
        time.sleep(0.05)
    (digest,) = found
    return digest


def test_flood_is_limited_across_processes_with_one_notice(world: World, url: str, until: Until) -> None:
    hook = f"http://127.0.0.1:{free_port()}/telegram"
    shared: dict[str, Any] = {
        "DATABASE_URL": url, "DATABASE_POOL_SIZE": "4", "WEBHOOK_URL": hook, "WEBHOOK_LISTEN": hook.split("/")[2],
        "CHAT_MESSAGES_PER_SECOND": "1000",
    }  # fmt: skip
    watched = f"127.0.0.1:{free_port()}"
    flooder, reader = world.person(), world.person()
    with lift_limits(world), world.bot("web", is_fork=False, HTTP_LISTEN=watched, **shared):
        until(lambda: is_ready(watched))
        for _ in range(PERSON.pending + 20):
            flooder.send("/bahasa")
        event = reader.send("/bahasa")["sandbox"]["event"]
        until(lambda: count_pending(url) == (PERSON.pending + 1 + 1,))
        with world.bot("worker", is_fork=False, **shared):
            assert len(reader.feed(event)) == 1
            until(lambda: count_pending(url) == (0,))
    said = [message["text"] for message in flooder.screen()["messages"] if message["is_bot"]]
    assert len(said) == PERSON.pending + 1
    assert sum(text.startswith("Pesannya banyak sekali.") for text in said) == 1


def count_pending(url: str) -> tuple[Any, ...] | None:
    with psycopg.connect(url) as server:
        return server.execute("SELECT count(*) FROM fleet.updates WHERE answered_at IS NULL").fetchone()
