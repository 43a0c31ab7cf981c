"""What the use cases ask of the world, as narrow protocols. Adapters in storage/, fetch/ and bot/ fulfil them.

One method of a store is one transaction. Moments are aware UTC datetimes, values are those of `model`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from summaries.model import (
        Article,
        ChatRef,
        Delivery,
        DeliveryPart,
        Length,
        NewsItem,
        NewsPage,
        NewsQuery,
        Origin,
        Outcome,
        PartState,
        PollState,
        Source,
        StoredArticle,
        StoredSource,
        Subscription,
        Summary,
    )

P = ParamSpec("P")
T = TypeVar("T")


class Clock(Protocol):
    """The present moment, aware, in UTC."""

    def __call__(self) -> datetime: ...


class Offload(Protocol):
    """Runs work that needs the processor for long on another thread or process, and awaits its result."""

    async def __call__(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T: ...


class ArticleStore(Protocol):
    """Articles and their summaries."""

    async def put(
        self, article: Article, summaries: Sequence[Summary], *, origin: Origin, now: datetime
    ) -> StoredArticle:
        """Add the article with its summaries, or update the one with the same key.

        An update keeps id and `added_at`, replaces text and summaries, and may widen the origin from chat to public,
        never narrow it.
        """
        ...

    async def find(self, key: str) -> StoredArticle | None: ...

    async def known_keys(self, keys: Sequence[str]) -> frozenset[str]:
        """Those of `keys` that are stored with a public origin."""
        ...

    async def find_summary(self, article_id: int, length: Length) -> Summary | None: ...

    async def put_summary(self, article_id: int, summary: Summary, *, now: datetime) -> None:
        """Add the summary, or replace the article's summary of that length."""
        ...

    async def list_page(self, query: NewsQuery, *, length: Length, number: int, size: int) -> NewsPage:
        """Public articles that have a summary of that length, newest first; an empty page past the end.

        `number` past the last page gives the last page.
        """
        ...

    async def outlets(self) -> tuple[str, ...]:
        """The names of all outlets with public articles, in alphabetical order."""
        ...

    async def categories(self) -> tuple[str, ...]:
        """The topic keys of all public articles, most articles first."""
        ...


class SourceStore(Protocol):
    """The feeds that Ringkas reads, and what became of its checks of them."""

    async def sync(self, sources: Sequence[Source], *, now: datetime) -> None:
        """Bring the sources of the catalogue up to date: add what is new, change what changed, by key. Idempotent.

        Nothing is removed, and what was switched off stays off. A source of the admin's with the same key or address
        stands as it is.
        """
        ...

    async def all(self) -> tuple[StoredSource, ...]:
        """Every source, switched off or not, by key."""
        ...

    async def find(self, name: str) -> StoredSource | None:
        """The source with that key or that address."""
        ...

    async def add(self, source: Source, *, now: datetime) -> tuple[StoredSource, bool]:
        """Add the source, and tell that it is new; or switch on the one that has its address.

        A source is its address: a known one keeps its key, outlet and category. A key that another source has gets a
        number behind it.
        """
        ...

    async def switch_on(self, key: str, *, now: datetime) -> bool:
        """Make the source due now, its failures forgotten. False when there is no such source."""
        ...

    async def remove(self, key: str) -> bool:
        """Delete a source of the admin's; switch off one of the catalogue, which would else come back with it.

        False when there is no such source.
        """
        ...

    async def claim_due(self, *, now: datetime, lease_until: datetime, limit: int) -> tuple[StoredSource, ...]:
        """The active sources that are due, longest waiting first; they are due again at `lease_until`."""
        ...

    async def claim_all(self, *, lease_until: datetime) -> tuple[StoredSource, ...]:
        """Every active source, due or not, by key; they are due again at `lease_until`."""
        ...

    async def record_result(self, source: Source, state: PollState) -> None:
        """Store what a check of the source made of its state.

        The state may switch the source off, never on: somebody may have removed it meanwhile. A source whose address
        changed meanwhile keeps its state.
        """
        ...


class QueryStore(Protocol):
    """Searches behind buttons: callback data holds 64 bytes, a person's words may be longer."""

    async def remember(self, query: NewsQuery, *, now: datetime) -> int:
        """The query's id, which nobody can guess; it lasts for a month after it was asked last."""
        ...

    async def recall(self, query_id: int) -> NewsQuery | None: ...


class SubscriptionStore(Protocol):
    """The digests that chats asked for."""

    async def find(self, chat_id: int) -> Subscription | None: ...

    async def put(self, subscription: Subscription, *, next_due_at: datetime | None, now: datetime) -> None:
        """Add or replace the chat's subscription. An inactive one has no next due time."""
        ...

    async def next_due_at(self, chat_id: int) -> datetime | None: ...

    async def deactivate(self, chat_id: int) -> bool:
        """Stop the digest and keep its settings. False when there was none, or it was stopped already."""
        ...

    async def move_chat(self, old_chat_id: int, new_chat_id: int) -> None:
        """The group became a supergroup: everything stored of the old id belongs to the new one."""
        ...


class DeliveryStore(Protocol):
    """The ledger of digests: who is due, what was rendered for them, what was sent."""

    async def claim_due(
        self, *, now: datetime, lease_until: datetime, limit: int, next_due: Callable[[Subscription], datetime | None]
    ) -> tuple[Delivery, ...]:
        """Claim digests that are due, and open deliveries whose lease ran out, oldest first.

        A due subscription gets a delivery row (unique for chat and due time) and, in the same transaction, the next due
        time that `next_due` (pure) names. What is claimed is invisible to other claimants until `lease_until`.
        """
        ...

    async def news_for(
        self, chat_id: int, *, since: datetime, length: Length, limit: int
    ) -> tuple[tuple[NewsItem, ...], int]:
        """The newest public articles that the chat was not told of, and how many there are in all.

        They were added since then, or stood in a message since then that did not reach the chat.
        """
        ...

    async def put_parts(self, delivery_id: int, parts: Sequence[DeliveryPart]) -> None:
        """Store the rendered messages, all pending; from here on the delivery is composed, once for all."""
        ...

    async def mark_sending(self, delivery_id: int, position: int) -> None:
        """The call is about to be made: count the attempt, and that one more copy may be out."""
        ...

    async def mark_sent(self, delivery_id: int, position: int, *, message_id: int, now: datetime) -> None:
        """The part arrived; its articles count as told to the chat."""
        ...

    async def mark_unsent(self, delivery_id: int, position: int, *, state: PartState, error: str) -> None:
        """The part did not, or not surely, arrive: `PENDING` or `FAILED` (no copy left), or `UNCERTAIN`."""
        ...

    async def postpone(self, delivery_id: int, until: datetime) -> None:
        """Keep the delivery claimed until then; afterwards `claim_due` gives it out again."""
        ...

    async def finish(self, delivery_id: int, outcome: Outcome, *, now: datetime) -> None: ...


class Messenger(Protocol):
    """Sends one message and tells its id. Raises the errors under `SendError`, and no others."""

    async def send(self, chat: ChatRef, html: str, *, is_silent: bool = False) -> int: ...

    async def send_plain(self, chat: ChatRef, html: str, *, is_silent: bool = False) -> int:
        """Send what a person would read of `html`, without any markup."""
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
            FetchFailedForNow, FetchFailedForGood: it could not be had.
        """
        ...
