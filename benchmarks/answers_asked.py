"""What the benchmark of answers asks: every command, buttons, pages; by what name it tells of each."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from benchmarks.answers_scene import ADMINS, Chat
from benchmarks.load.scene import FIRST_CHAT

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

READER = 1001
KNOWN, FIRST = "/ringkas, a page known before", "/ringkas, a page seen for the first time"
TYPING, ANSWERED = "“typing”, while a page is slow", "a button, until the press is answered"
CHANGED = "a button, until the message has changed"
BARE = "python-telegram-bot alone, which answers one word"
# Two for each reader: more would wait for the pace of a chat. What one needs of another is in the same pair.
COMMANDS = (
    ("/start", "/bantuan"),
    ("/ringkas", "/topik"),
    ("/berita", "/berita ekonomi"),
    ("/cari harga sejak 2020", '/cari "harga beras"'),
    ("/pantau gempa lombok", "/pantau"),
    ("/tersimpan", "/sumber"),
    ("/langganan", "/jadwal 06:30 18:00 WITA"),
    ("/bahasa", "/mengapa"),
    ("/langganan", "/berhenti"),
    ("/pantau banjir", "/dataku"),
    ("/hapusdata", "/perintah-lain"),
)
ADMINS_COMMANDS = (("/status", "/blokir"), ("/siaran Halo", "/sumber"))
Times = dict[str, list[float]]


class Asking:
    """Asks our bot over the one client, and the bare one over the other; each round by readers who are new."""

    def __init__(self, http: httpx.Client, bare: httpx.Client, site_url: str) -> None:
        self._http = http
        self._bare = bare
        self._site_url = site_url
        self._readers = iter(range(READER, FIRST_CHAT))
        self._admins = iter(ADMINS)
        self._pages = itertools.count()

    def warm(self) -> None:
        """What is loaded with the first question of each kind is not what an answer costs."""
        reader = self._reader()
        reader.say(f"/ringkas {self._site_url}/awal")
        reader.say("/tren")
        Chat(self._bare, READER).say("Halo")

    def round(self, times: Times) -> None:
        """Ask everything once; the milliseconds of each kind of answer are put behind those that are there."""

        def took(kind: str, seconds: float) -> None:
            times.setdefault(kind, []).append(1000 * seconds)

        page = next(self._pages)
        self._articles(took, page)
        took(BARE, Chat(self._bare, READER + 1 + page).say("Halo")[0])
        self._lists(took)
        for pairs, chat in ((COMMANDS, self._reader), (ADMINS_COMMANDS, self._admin)):
            for pair in pairs:
                asker = chat()
                for command in pair:
                    took(command, asker.say(command)[0])

    def _reader(self) -> Chat:
        return Chat(self._http, next(self._readers))

    def _admin(self) -> Chat:
        return Chat(self._http, next(self._admins))

    def _articles(self, took: Callable[[str, float], None], page: int) -> None:
        """A page that is new, known and slow; the buttons below it."""
        took(FIRST, self._reader().say(f"/ringkas {self._site_url}/{page}")[0])
        reader = self._reader()
        seconds, answer = reader.say(f"/ringkas {self._site_url}/{page}")
        took(KNOWN, seconds)
        for button in ("Lebih panjang", "Poin-poin"):
            answered, changed, answer = reader.press(answer, button)
            took(ANSWERED, answered)
            took(CHANGED, changed)
        took(TYPING, self._reader().typing(f"/ringkas {self._site_url}/lambat/{page}"))

    def _lists(self, took: Callable[[str, float], None]) -> None:
        """A list, its next page, a picture, a card for another chat."""
        reader, other = self._reader(), self._reader()
        _, listed = reader.say("/berita")
        answered, changed, _ = reader.press(listed, "Berikutnya ›")
        took(ANSWERED, answered)
        took("the next page of /berita", changed)
        took("/tren, the picture drawn before", other.say("/tren")[0])
        took("inline", other.inline("harga"))
