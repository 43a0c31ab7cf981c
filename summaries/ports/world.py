"""The world around the use cases: time, other threads, the network, messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from summaries.model import ChatRef

P = ParamSpec("P")
T = TypeVar("T")


class Clock(Protocol):
    """The present moment, aware, in UTC."""

    def __call__(self) -> datetime: ...


class Offload(Protocol):
    """Runs work that needs the processor for long on another thread or process, and awaits its result."""

    async def __call__(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T: ...


class Messenger(Protocol):
    """Sends one message and tells its id. Raises the errors under `SendError`, and no others."""

    async def send(self, chat: ChatRef, html: str, *, is_silent: bool = False) -> int: ...

    async def send_plain(self, chat: ChatRef, html: str, *, is_silent: bool = False) -> int:
        """Send what a person would read of `html`, without any markup."""
        ...


class SendLimiter(Protocol):
    """Where messages that nobody waits for get their turn, and whether anybody takes them."""

    async def turn(self, chat: ChatRef) -> None:
        """Wait until one more message may go to the chat. Answers to people go first."""
        ...

    async def reach(self) -> None:
        """Make a harmless call that is answered at once where anything is answered."""
        ...


class Notifier(Protocol):
    """Tells people what they have to mend."""

    async def tell_no_rights(self, user_id: int, chat_id: int) -> None:
        """The bot may not write in the chat, whose digest the person set up. What fails is logged."""
        ...


class LanguageModel(Protocol):
    """Writes a text after instructions. What it writes is not to be trusted."""

    async def complete(self, instructions: str, material: str, *, most_tokens: int) -> str:
        """The model's answer about the material, complete, in at most so many tokens.

        Raises:
            LanguageModelError: there is none.
        """
        ...


class Fetched(Protocol):
    """An answer of the guarded fetcher: the address after redirects, media type, charset, bytes, headers."""

    @property
    def url(self) -> str: ...
    @property
    def status(self) -> int: ...
    @property
    def media_type(self) -> str: ...
    @property
    def charset(self) -> str | None: ...
    @property
    def body(self) -> bytes: ...
    @property
    def etag(self) -> str | None: ...
    @property
    def last_modified(self) -> str | None: ...


class Fetcher(Protocol):
    """The only way out to an address that did not ship with the project."""

    async def fetch(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        """The document at `url`. A 304 answer has an empty body.

        Raises:
            AddressRefused: the address, or one that it redirects to, is not one that we open.
            TransientFetchError, PermanentFetchError: it could not be had.
        """
        ...
