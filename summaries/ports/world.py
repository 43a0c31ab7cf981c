"""Ports for time, other threads, the network and messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import ParamSpec, Protocol, TypeAlias, TypeVar

from summaries.model import ChatRef, Delivery

P = ParamSpec("P")
T = TypeVar("T")


Clock: TypeAlias = Callable[[], datetime]
"""Returns the present time, aware, in UTC."""


class Offload(Protocol):
    """Runs CPU work on another thread or process and returns its result."""

    async def __call__(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T: ...


class Messenger(Protocol):
    """Sends one message and returns its id, with the buttons of the digest `ending` if the message is its last one.

    Raises only subclasses of `SendError`.
    """

    async def send(
        self,
        chat: ChatRef,
        html: str,
        *,
        is_silent: bool = False,
        preview_url: str | None = None,
        ending: Delivery | None = None,
    ) -> int:
        """Send the text, below a large preview of the page `preview_url` if there is one."""

    async def send_plain(
        self, chat: ChatRef, html: str, *, is_silent: bool = False, ending: Delivery | None = None
    ) -> int:
        """Send the visible text of `html`, without markup."""


class SendLimiter(Protocol):
    """The rate limiter of messages that nobody waits for, and a probe of the connection."""

    async def turn(self, chat: ChatRef) -> None:
        """Wait until one more message may go to the chat. Replies to people go first."""

    async def reach(self) -> None:
        """Make a harmless call.

        Raises:
            SendError: Telegram does not answer.
        """


class Notifier(Protocol):
    """Notifies people of problems that they can fix."""

    async def notify_missing_rights(self, user_id: int, chat_id: int) -> None:
        """Notify the person who set up the chat's digest that the bot may not write there. Log a failure."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A response of the guarded fetcher. `url` is the address after redirects."""

    url: str
    status: int
    media_type: str = ""
    charset: str | None = None
    body: bytes = b""
    etag: str | None = None
    last_modified: str | None = None

    @property
    def body_hash(self) -> str:
        """The hexadecimal SHA-256 of the body, by which an unchanged document is recognised."""
        return sha256(self.body).hexdigest()


class Fetcher(Protocol):
    """The only way out to an address that did not ship with the project."""

    async def fetch(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        """Return the document at `url`. A 304 response has an empty body.

        Raises:
            AddressRefused: the address, or one that it redirects to, is not allowed.
            TransientFetchError, PermanentFetchError: it could not be fetched.
        """
