"""Warnings about BMKG's events: one message for each chat and event, edited when the event changes."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from summaries import errors
from summaries.delivery import Outbox
from summaries.delivery.warnings import WarningService
from summaries.ingest.hazards import HazardReader, list_addresses
from summaries.model import (
    ChatRef,
    HazardSource,
    Place,
    Preferences,
    QuietHours,
    Subscription,
    WarningMessage,
    WarningSettings,
)
from summaries.ports import Fetched, Offload
from summaries.storage import Store, open_store
from tests.summaries.conftest import FakeFetcher
from tests.summaries.delivery.alerting import Clock
from tests.summaries.warnings.documents import (
    KEDIRI,
    LIST_URL,
    MALANG,
    write_cap,
    write_latest,
    write_list,
    write_quake,
)

NOW = datetime.fromisoformat("2026-11-24T13:55:00+07:00")
AT_NIGHT = QuietHours(time(13), time(15))
KEPANJEN = Place("Kabupaten Malang", (-8.13, 112.57), 25.0, "35.07")
PATHS = list_addresses()
FIRST, SECOND, THIRD = (f"2.49.0.1.360.0.2026.11.24.06.35.00{number}" for number in (1, 2, 3))


class Killed(BaseException):
    """The process dies at this point."""


@dataclass
class FakeMessenger:
    """Shows messages as Telegram would: `chats` has the texts of each chat by their ids, and `calls` is their history.

    `plan` has the result of the next calls: None, an error, or Killed before or after the message arrives."""

    chats: dict[int, dict[int, str]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    plan: list[BaseException | None] = field(default_factory=list)
    arrives_before_error: bool = False

    async def turn(self, chat: ChatRef) -> None:
        """It is everybody's turn."""

    async def reach(self) -> None:
        """Telegram answers."""

    async def send(self, chat: ChatRef, warning: WarningMessage) -> int:
        messages = self.chats.setdefault(chat.chat_id, {})
        return self._show("send", messages, len(messages) + 1, warning)

    async def edit(self, chat: ChatRef, warning: WarningMessage) -> None:
        assert warning.message_id in self.chats[chat.chat_id]
        self._show("edit", self.chats[chat.chat_id], warning.message_id, warning)

    def _show(self, method: str, messages: dict[int, str], number: int, warning: WarningMessage) -> int:
        failure = self.plan.pop(0) if self.plan else None
        if failure is None or self.arrives_before_error:
            messages[number] = render(warning)
            self.calls.append(f"{method} {messages[number]}")
        if failure is not None:
            raise failure
        return number


def render(warning: WarningMessage) -> str:
    """The event's headline, or magnitude, and whether it is cancelled."""
    content, mark = warning.hazard.content, " (batal)" if warning.hazard.is_cancelled else ""
    return f"{getattr(content, 'headline', None) or getattr(content, 'magnitude', None)}{mark}"


@dataclass
class Scene:
    """A store, BMKG's documents, and the services over them. `restart` is a process that has just started."""

    store: Store
    offload: Offload
    web: FakeFetcher = field(default_factory=FakeFetcher)
    messenger: FakeMessenger = field(default_factory=FakeMessenger)
    clock: Clock = field(default_factory=lambda: Clock(NOW))
    reader: HazardReader = field(init=False)
    service: WarningService = field(init=False)
    outbox: Outbox = field(init=False)

    def __post_init__(self) -> None:
        self.restart()
        self.quakes()
        self.weather()

    def restart(self) -> None:
        self.outbox = Outbox(
            store=self.store.outbox, line=self.messenger, subscriptions=self.store.subscriptions, notifier=self,
            clock=self.clock, chance=lambda: 0.5, pause_s=0.01,
        )  # fmt: skip
        self.reader = HazardReader(
            hazards=self.store.hazards, fetcher=self.web, offload=self.offload, clock=self.clock, chance=lambda: 0.5
        )
        self.service = WarningService(
            warnings=self.store.warnings, send=self.messenger.send, edit=self.messenger.edit, outbox=self.outbox,
            offload=self.offload, clock=self.clock,
        )  # fmt: skip

    async def notify_missing_rights(self, user_id: int, chat_id: int) -> None:
        """The person who set the digest up is notified."""

    def quakes(self, **fields: str | None) -> None:
        """BMKG's latest earthquake is this one, in every list."""
        for key in ("autogempa", "gempaterkini", "gempadirasakan"):
            entry = write_quake(**fields) if fields else write_quake(DateTime="2026-11-01T00:00:00+00:00")
            self.web.publish(PATHS[key], write_latest(entry), media_type="application/json")

    def weather(self, **messages: bytes) -> None:
        """BMKG's list has these messages."""
        self.web.publish(LIST_URL, write_list(*messages), media_type="application/rss+xml")
        for name, body in messages.items():
            self.web.publish(f"{LIST_URL}/{name}_alert.xml", body, media_type="application/xml")

    async def listen(self, chat_id: int = 7, quiet: QuietHours | None = None, **fields: Any) -> None:
        def change(usual: WarningSettings) -> WarningSettings:
            return replace(usual, **{"places": (KEPANJEN,), **fields})

        await self.store.warnings.change(chat_id, change, now=NOW - timedelta(hours=1))
        if quiet:
            digest = Subscription(ChatRef(chat_id), (time(7),), "Asia/Jakarta", preferences=Preferences(quiet=quiet))
            await self.store.subscriptions.put(digest, next_due_at=None, now=NOW)

    async def tick(self, minutes: float = 2) -> dict[int, list[str]]:
        """Let time pass, read, match and send; return the messages that each chat sees."""
        self.clock.now += timedelta(minutes=minutes)
        await self.reader.read_due()
        await self.service.match()
        await self.service.send_due()
        return self.seen

    @property
    def seen(self) -> dict[int, list[str]]:
        return {chat_id: list(messages.values()) for chat_id, messages in self.messenger.chats.items()}


@pytest.fixture
def scene(store: Store, offload: Offload) -> Scene:
    return Scene(store, offload)


async def test_earthquake_comes_once_and_its_revision_edits_the_message(scene: Scene) -> None:
    await scene.listen()
    await scene.listen(8, places=(Place("Kota Medan", (3.58, 98.67), 10.0),))
    scene.quakes(Potensi=None, Dirasakan=None)
    assert await scene.tick() == {7: ["5.1"]}
    assert await scene.tick() == {7: ["5.1"]}
    scene.quakes(DateTime="2026-11-24T06:42:20+00:00", Coordinates="-8.80,112.5", Magnitude="5.6")
    assert await scene.tick() == {7: ["5.6"]}
    assert scene.messenger.calls == ["send 5.1", "edit 5.6"]


async def test_earthquake_is_known_for_as_long_as_it_is_listed(scene: Scene) -> None:
    await scene.listen()
    # By BMKG's clock, which is ahead of this one.
    scene.quakes(DateTime="2026-11-24T07:01:00+00:00")
    assert await scene.tick() == {7: ["5.1"]}
    assert await scene.tick(12 * 60 + 1) == {7: ["5.1"]}


async def test_chat_that_listens_since_the_clock_was_ahead_gets_earthquakes(scene: Scene) -> None:
    await scene.store.warnings.change(
        7, lambda usual: replace(usual, places=(KEPANJEN,)), now=NOW + timedelta(days=365)
    )  # fmt: skip
    await scene.service.resume()
    scene.quakes(Magnitude="5.1", DateTime="2026-11-24T06:56:00+00:00")
    assert await scene.tick() == {7: ["5.1"]}


async def test_weather_warning_is_edited_by_update_and_cancel(scene: Scene) -> None:
    await scene.listen()
    scene.weather(CJI001=write_cap(headline="Hujan"))
    assert await scene.tick() == {7: ["Hujan"]}
    # The update adds the area of another chat, which had no message.
    await scene.listen(8, places=(Place("Kediri", (-7.82, 111.9), 10.0),))
    update = write_cap(
        SECOND, kind="Update", references=[FIRST], sent="2026-11-24T13:56:00+07:00", headline="Badai",
        polygons=(MALANG, KEDIRI),
    )  # fmt: skip
    scene.weather(CJI001=write_cap(headline="Hujan"), CJI002=update)
    assert await scene.tick() == {7: ["Badai"], 8: ["Badai"]}
    cancel = write_cap(THIRD, kind="Cancel", references=[SECOND], sent="2026-11-24T13:58:00+07:00")
    scene.weather(CJI003=cancel)
    await scene.listen(9)
    assert await scene.tick() == {7: ["Badai (batal)"], 8: ["Badai (batal)"]}
    assert await scene.tick() == {7: ["Badai (batal)"], 8: ["Badai (batal)"]}


async def test_messages_are_read_once_and_broken_ones_not_again(scene: Scene) -> None:
    await scene.listen()
    scene.weather(CJI001=write_cap(), CJI002=b"<alert>", CJI003=write_cap(SECOND, status="Test"))
    await scene.tick()
    asked = list(scene.web.asked)
    assert len([url for url in asked if url.endswith("_alert.xml")]) == 3
    await scene.tick()
    assert [url for url in scene.web.asked[len(asked) :] if url.endswith("_alert.xml")] == []
    # One that cannot be fetched is tried again.
    scene.weather(CJI001=write_cap(), CJI004=write_cap(THIRD, headline="Angin"))
    del scene.web.pages[f"{LIST_URL}/CJI004_alert.xml"]
    await scene.tick()
    scene.weather(CJI001=write_cap(), CJI004=write_cap(THIRD, headline="Angin"))
    assert (await scene.tick())[7] == ["Hujan Lebat disertai Petir di Jawa Timur", "Angin"]


async def test_message_that_is_missing_is_read_though_the_list_stays_the_same(scene: Scene) -> None:
    await scene.listen()
    scene.weather(CJI001=write_cap(headline="Hujan"))
    scene.web.publish(LIST_URL, scene.web.pages[LIST_URL].body, etag='"1"')
    message = scene.web.pages.pop(f"{LIST_URL}/CJI001_alert.xml")
    assert await scene.tick() == {}
    scene.web.pages[message.url] = message
    assert await scene.tick() == {7: ["Hujan"]}


@pytest.mark.parametrize("names", [("CJI001", "CJI002"), ("CJI002", "CJI001")])
async def test_warning_that_was_cancelled_before_it_was_read_is_not_sent(scene: Scene, names: tuple[str, str]) -> None:
    await scene.listen()
    cancel = write_cap(SECOND, kind="Cancel", references=[FIRST], sent="2026-11-24T13:56:00+07:00")
    messages = {"CJI001": write_cap(), "CJI002": cancel}
    scene.weather(**{name: messages[name] for name in names})
    assert await scene.tick() == {}
    assert await scene.tick() == {}


async def test_failing_documents_wait_longer_and_recover(scene: Scene) -> None:
    await scene.listen()
    scene.web.publish(PATHS["autogempa"], b"<html>maintenance</html>")
    waits = []
    for _ in range(7):
        await scene.reader.read_due()
        source = await find_source(scene.store)
        assert source.next_check_at is not None
        waits.append((source.next_check_at - scene.clock.now) / timedelta(minutes=1))
        scene.clock.now = source.next_check_at
    assert waits == pytest.approx([1.0, 2, 4, 8, 15, 15, 15], rel=0.1)
    assert (await find_source(scene.store)).last_error == "the list of earthquakes has none that can be read"
    scene.quakes()
    await scene.tick(16)
    source = await find_source(scene.store)
    assert (source.failures_in_a_row, source.last_error, source.last_success_at) == (0, None, scene.clock.now)


async def find_source(store: Store) -> HazardSource:
    return next(one for one in await store.hazards.sources() if one.key == "autogempa")


async def test_unchanged_documents_are_not_read_again(scene: Scene) -> None:
    await scene.listen()
    scene.web.pages[PATHS["autogempa"]] = Fetched(PATHS["autogempa"], 200, "", None, write_latest(write_quake()), '"1"')
    assert await scene.tick() == {7: ["5.1"]}
    scene.web.pages[PATHS["autogempa"]] = Fetched(PATHS["autogempa"], 200, "", None, b"broken", '"1"')
    assert await scene.tick() == {7: ["5.1"]}
    assert all(source.last_error is None for source in await scene.store.hazards.sources())


async def test_expired_warning_is_never_sent(scene: Scene) -> None:
    """It waits for the end of quiet hours, for Telegram, or for a process."""
    await scene.listen(7, AT_NIGHT)
    await scene.listen(8)
    scene.messenger.plan = [errors.NotDelivered("502 Bad Gateway")]
    scene.weather(CJI001=write_cap(expires="2026-11-24T14:30:00+07:00"))
    assert await scene.tick() == {8: []}
    scene.clock.now = datetime.fromisoformat("2026-11-24T14:30:00+07:00")
    await scene.service.send_due()
    assert await scene.tick(60) == {8: []}
    # A new process reads the list after the end.
    scene.weather(CJI002=write_cap(SECOND, expires="2026-11-24T15:00:00+07:00"))
    assert await scene.tick() == {8: []}


async def test_warning_that_expires_in_the_queue_is_not_sent(scene: Scene) -> None:
    await scene.listen()

    async def wait_long(chat: ChatRef) -> None:
        assert chat == ChatRef(7)
        scene.clock.now += timedelta(hours=4)

    scene.messenger.turn = wait_long  # type: ignore[method-assign]
    scene.weather(CJI001=write_cap())
    assert await scene.tick() == {}
    assert await scene.tick() == {}


async def test_quiet_hours_delay_all_but_severe_events_if_the_chat_chose_so(scene: Scene) -> None:
    await scene.listen(7, AT_NIGHT)
    await scene.listen(8, AT_NIGHT, wakes=True)
    await scene.listen(9, AT_NIGHT, wakes=True, has_weather=False)
    scene.weather(CJI001=write_cap(headline="Biasa"), CJI002=write_cap(SECOND, headline="Parah", severity="Severe"))
    scene.quakes(Magnitude="6.2")
    # The documents are read at the same time, so the order of their events is open.
    assert sort_texts(await scene.tick()) == {8: ["6.2", "Parah"], 9: ["6.2"]}
    scene.clock.now = datetime.fromisoformat("2026-11-24T14:59:00+07:00")
    assert sort_texts(await scene.tick()) == {
        7: ["6.2", "Biasa", "Parah"], 8: ["6.2", "Biasa", "Parah"], 9: ["6.2"],
    }  # fmt: skip


def sort_texts(seen: dict[int, list[str]]) -> dict[int, list[str]]:
    return {chat_id: sorted(texts) for chat_id, texts in seen.items()}


async def test_waiting_message_follows_its_event(scene: Scene) -> None:
    """Until the end of quiet hours the event became severe, was cancelled, or moved away."""
    await scene.listen(7, AT_NIGHT, wakes=True)
    scene.weather(CJI001=write_cap(headline="Biasa"))
    scene.quakes(Magnitude="5.1")
    assert await scene.tick() == {}
    scene.quakes(Magnitude="6.1")
    cancel = write_cap(SECOND, kind="Cancel", references=[FIRST], sent="2026-11-24T13:56:00+07:00")
    scene.weather(CJI002=cancel)
    assert await scene.tick() == {7: ["6.1"]}
    scene.clock.now = datetime.fromisoformat("2026-11-24T15:00:00+07:00")
    assert await scene.tick() == {7: ["6.1"]}


async def test_warning_that_moved_away_before_it_was_sent_may_come_back(scene: Scene) -> None:
    await scene.listen(7, AT_NIGHT)
    scene.weather(CJI001=write_cap())
    assert await scene.tick() == {}
    away = write_cap(SECOND, kind="Update", references=[FIRST], sent="2026-11-24T13:56:00+07:00", polygons=(KEDIRI,))
    scene.weather(CJI002=away)
    assert await scene.tick() == {}
    back = write_cap(THIRD, kind="Update", references=[SECOND], sent="2026-11-24T13:58:00+07:00", headline="Badai")
    scene.weather(CJI003=back)
    assert await scene.tick() == {}
    scene.clock.now = datetime.fromisoformat("2026-11-24T15:00:00+07:00")
    assert await scene.tick() == {7: ["Badai"]}
    assert await scene.tick() == {7: ["Badai"]}


async def test_chat_that_wants_no_warnings_any_more_gets_none(scene: Scene) -> None:
    await scene.listen(7, AT_NIGHT)
    await scene.listen(8, AT_NIGHT)
    scene.weather(CJI001=write_cap())
    assert await scene.tick() == {}
    assert await scene.store.warnings.remove(7)
    assert not await scene.store.warnings.remove(7)
    await scene.listen(8, AT_NIGHT, has_weather=False)
    scene.clock.now = datetime.fromisoformat("2026-11-24T15:00:00+07:00")
    assert await scene.tick() == {}


async def test_blocked_and_unreachable_chats_get_none(scene: Scene) -> None:
    for chat_id in (7, 8):
        await scene.listen(chat_id)
    await scene.store.blocks.block(8, now=NOW)
    scene.messenger.plan = [errors.ChatUnreachable("bot was blocked by the user")]
    scene.weather(CJI001=write_cap())
    assert await scene.tick() == {7: []}
    scene.quakes(Magnitude="5.1")
    assert await scene.tick() == {7: []}
    await scene.store.subscriptions.resume(7, next_due=lambda _: None, now=scene.clock.now)
    scene.quakes(Magnitude="5.1", DateTime="2026-11-24T06:58:00+00:00")
    assert await scene.tick() == {7: ["5.1"]}


FAULTS: dict[str, list[BaseException | None]] = {
    "edit is repeated": [errors.NotDelivered("502"), errors.DeliveryUnknown("504"), errors.RateLimited(3), None],
    "edit of a deleted message ends": [errors.SendRefused("message to edit not found")],
}


@pytest.mark.parametrize("name", FAULTS)
async def test_failed_edit(scene: Scene, name: str) -> None:
    await scene.listen()
    scene.quakes(Magnitude="5.1")
    await scene.tick()
    scene.messenger.plan = list(FAULTS[name])
    scene.quakes(Magnitude="5.6")
    for _ in range(5):
        await scene.tick(20)
    assert scene.messenger.plan == []
    assert scene.seen == {7: ["5.6" if None in FAULTS[name] else "5.1"]}
    # A later version is tried again.
    scene.quakes(Magnitude="5.8")
    assert await scene.tick() == {7: ["5.8"]}


async def test_revision_during_the_send_is_edited_in(scene: Scene) -> None:
    await scene.listen()
    scene.quakes(Magnitude="5.1")
    send = scene.messenger.send

    async def revise_meanwhile(chat: ChatRef, warning: WarningMessage) -> int:
        scene.quakes(Magnitude="5.6")
        scene.clock.now += timedelta(minutes=2)
        await scene.reader.read_due()
        await scene.service.match()
        return await send(chat, warning)

    scene.service._send_message = revise_meanwhile
    assert await scene.tick() == {7: ["5.6"]}
    assert scene.messenger.calls == ["send 5.1", "edit 5.6"]


# The process dies after each step that changes something; before the next one, nothing else has changed.
STEPS = [
    ("hazards", "claim_due"), ("hazards", "revise"), ("hazards", "record_check"), ("warnings", "put_matches"),
    ("outbox", "claim_warnings"), ("outbox", "mark_sending"), ("messenger", "send"), ("outbox", "mark_sent"),
    ("outbox", "mark_editing"), ("messenger", "edit"), ("outbox", "mark_edited"),
]  # fmt: skip
# Only there a second copy may arrive: nobody knows whether the first one did.
IN_DOUBT = ("messenger", "send")


@pytest.mark.parametrize(("part", "method"), STEPS)
async def test_warning_arrives_once_though_the_process_is_killed(
    database_url: str, offload: Offload, part: str, method: str
) -> None:
    """Killed after that step of the alert, and again of the update. Only the database survives."""
    web, messenger, clock = FakeFetcher(), FakeMessenger(), Clock(NOW)
    documents = {"CJI001": write_cap(headline="Hujan")}
    deaths = 0

    async def live(*, is_killed: bool) -> None:
        nonlocal deaths
        life = Scene(await open_store(database_url, pool_size=2), offload, web, messenger, clock)
        await life.listen()
        life.weather(**documents)
        owner = messenger if part == "messenger" else getattr(life.store, part)
        original = getattr(owner, method)

        async def die(*args: Any, **kwargs: Any) -> Any:
            nonlocal deaths
            deaths += 1
            await original(*args, **kwargs)
            raise Killed

        if is_killed:
            setattr(owner, method, die)
            life.restart()
        with suppress(Killed):
            await life.service.resume()
            await life.tick(4)
        setattr(owner, method, original)
        await life.store.close()

    for is_killed in (True, False, False):
        await live(is_killed=is_killed)
    copies = 2 if (part, method) == IN_DOUBT else 1
    assert list(messenger.chats[7].values()) == ["Hujan"] * copies
    documents["CJI002"] = write_cap(
        SECOND, kind="Update", references=[FIRST], sent="2026-11-24T13:56:00+07:00", headline="Badai"
    )
    for is_killed in (True, False, False):
        await live(is_killed=is_killed)
    # A copy whose id is not known stays as it was.
    assert list(messenger.chats[7].values()) == ["Hujan"] * (copies - 1) + ["Badai"]
    assert deaths > 0
    assert await leftovers(database_url) == 0


async def leftovers(database_url: str) -> int:
    """The messages that are open still."""
    store = await open_store(database_url)
    now = NOW + timedelta(days=1)
    claimed = await store.outbox.claim_warnings(now=now, lease_until=now, limit=9)
    await store.close()
    return len(claimed)


async def test_processes_of_a_fleet_send_and_edit_one_message(postgres_url: str, offload: Offload) -> None:
    web, messenger, clock = FakeFetcher(), FakeMessenger(), Clock(NOW)
    stores = [await open_store(postgres_url, pool_size=2) for _ in range(3)]
    lives = [Scene(store, offload, web, messenger, clock) for store in stores]
    for chat_id in range(7, 12):
        await lives[0].listen(chat_id)
    for magnitude in ("5.1", "5.6"):
        lives[0].quakes(Magnitude=magnitude)
        await asyncio.gather(*(life.tick() for life in lives))
        # The last one of them to read the lists may have found them claimed.
        await lives[0].tick(0)
        assert lives[0].seen == {chat_id: [magnitude] for chat_id in range(7, 12)}
    assert len(messenger.calls) == 10
    for store in stores:
        await store.close()
