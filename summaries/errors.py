"""Every error that Ringkas raises deliberately, grouped by the reaction it requires.

RingkasError
├── InputError                 the author of the input must change it
│   ├── AddressRefused         the address must not be opened (scheme, port, credentials, private host)
│   ├── NothingToSummarize     there is no article; `reason` gives the cause
│   │   └── AlreadyShort       show its `article` unchanged
│   ├── ResourceLimitExceeded  reading exceeds the limits on time or memory: give up
│   ├── ForeignPage            a feed's entry leads to another outlet's page: skip it
│   └── InvalidSettings        invalid settings; `faults` lists all of them
├── FetchError                 the page or feed could not be fetched
│   ├── TransientFetchError    try again later (time-out, connection refused, 429, 5xx); `retry_after_s`
│   │   └── NetworkDown        this machine has no network: no host can be reached
│   └── PermanentFetchError    do not retry (404, 410, wrong type, too large)
│       ├── ForeignFeed        it lists only other outlets' pages: add their own feeds, or name the outlet's hosts
│       └── WarningsFeed       it lists BMKG's warnings: ask for them with /peringatan
├── LanguageModelError         a language model returned no usable answer: continue without it
├── SendError                  a message did not reach its chat, or possibly not
│   ├── NotDelivered           Telegram did not accept it: send again
│   │   └── ServerError          Telegram failed to handle it: send again, a limited number of times
│   ├── RateLimited            rate-limited: wait `retry_after_s`, then send
│   ├── DeliveryUnknown        it may have arrived: send again at most once
│   ├── InvalidMarkup          send it as plain text
│   ├── ChatUnreachable        the chat is unreachable: suspend it, keep the settings
│   │   └── MissingRights      the bot may not write there: also notify the person who set up the digest
│   ├── ChatMoved              the chat has a new id: `new_chat_id`
│   ├── TopicNotFound          the forum topic is gone: send to the general topic
│   └── SendRefused            no retry helps; record it as failed
└── StoreError                 the database cannot be used
    ├── StoreBusy              another process holds it: try again
    ├── StoreUnreachable       the database server does not answer: try again
    ├── StoreInUse             another bot uses it: stop one of them
    ├── StoryConflict          another process changed stories: read its changes, then store again
    ├── LeaseLost              another process has claimed the rows: leave them to it
    ├── StoreTooNew            written by a newer version: update the program
    ├── StoreDamaged           restore a backup
    └── NotABackup             not a usable backup: use another file
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from summaries.model import Article


class RingkasError(Exception):
    """The root of all expected errors; the message is a sentence for a person."""


class InputError(RingkasError):
    """The input must be changed by its author."""


class RefusalReason(StrEnum):
    """Why there is nothing to summarise. The value is the machine-readable reason that `--json` prints."""

    EMPTY = "empty"
    TOO_SHORT = "too-short"
    NOT_AN_ARTICLE = "not-an-article"
    PAYWALL = "paywall"
    OTHER_LANGUAGE = "other-language"
    GALLERY = "gallery"
    LIVE_REPORT = "live-report"
    RESULTS = "results"
    LISTING = "listing"
    SCANNED = "scanned"


class NothingToSummarize(InputError):
    """The input contains no article."""

    def __init__(self, reason: RefusalReason, detail: str = "") -> None:
        # `args` stay the arguments of the constructor, with which worker processes unpickle the error.
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return self.detail or self.reason.value


class AlreadyShort(NothingToSummarize):
    """The article is too short to summarise: show it unchanged."""

    def __init__(self, article: Article) -> None:
        super().__init__(RefusalReason.TOO_SHORT)
        self.article = article


class ResourceLimitExceeded(InputError):
    """Reading the input exceeds the limits on time or memory."""


class ForeignPage(InputError):
    """A feed's entry leads to a page of another outlet, for which the feed may not speak."""


class AddressRefused(InputError):
    """Ringkas does not open this address. The message names the rule it breaks."""


class InvalidSettings(InputError):
    """One or more settings are invalid; `faults` has one sentence for each."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class Fault(StrEnum):
    """The kind of a source's error, for readers. The values are stored."""

    STATUS = "status"
    ROBOTS = "robots"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    FOREIGN = "foreign"
    SILENT = "silent"
    TOO_LARGE = "too-large"
    ADDRESS = "address"
    NO_FEED = "no-feed"
    OTHER = "other"


class FetchError(RingkasError):
    """A page or feed could not be fetched. `status` is the HTTP status, if any."""

    fault = Fault.OTHER

    def __init__(self, message: str, *, status: int | None = None, fault: Fault | None = None) -> None:
        super().__init__(message)
        self.status = status
        if fault is not None:
            self.fault = fault


class TransientFetchError(FetchError):
    """Try again later, but not before `retry_after_s` seconds, if the server named a time."""

    fault = Fault.UNREACHABLE

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        fault: Fault | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message, status=status, fault=fault)
        self.retry_after_s = retry_after_s


class NetworkDown(TransientFetchError):
    """This machine cannot look up names, or has no route: the page's server is not at fault."""


class PermanentFetchError(FetchError):
    """Do not retry unless the address changes."""


class ForeignFeed(PermanentFetchError):
    """All entries of a feed lead to other outlets' pages. The operator adds those outlets' feeds, or names further
    hosts of this outlet."""

    fault = Fault.FOREIGN


def find_fault(error: Exception) -> str:
    """Return the kind of a source's error, with the HTTP status after it if a server answered with one."""
    match error:
        case FetchError(status=int(status)):
            return f"{Fault.STATUS} {status}"
        case FetchError():
            return error.fault.value
        case AddressRefused():
            return Fault.ADDRESS.value
        case ResourceLimitExceeded():
            return Fault.TOO_LARGE.value
        case _:
            return Fault.OTHER.value


class WarningsFeed(PermanentFetchError):
    """BMKG's lists of earthquakes and weather warnings have no articles. Chats ask for them with /peringatan."""


class LanguageModelError(RingkasError):
    """A language model returned no usable answer: continue without it. The message contains nothing of the prompt."""


class SendError(RingkasError):
    """A message did not reach its chat, or possibly not."""


class NotDelivered(SendError):
    """Telegram did not accept the message: it may be sent again."""


class ServerError(NotDelivered):
    """Telegram reported an error of its own: the message may be sent again, but may be the cause of the error."""


class RateLimited(SendError):
    """Rate-limited: nothing was sent; wait `retry_after_s` seconds."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"asked to wait {retry_after_s:g} s")
        self.retry_after_s = retry_after_s


class DeliveryUnknown(SendError):
    """The message may have arrived: send it again at most once."""


class InvalidMarkup(SendError):
    """The markup was rejected and nothing was sent: send it as plain text."""


class ChatUnreachable(SendError):
    """The chat blocked or removed the bot, or no longer exists: suspend it, keep its settings."""


class ChatMoved(SendError):
    """The group became a supergroup: use `new_chat_id` from now on."""

    def __init__(self, new_chat_id: int) -> None:
        super().__init__(f"the chat moved to {new_chat_id}")
        self.new_chat_id = new_chat_id


class TopicNotFound(SendError):
    """The forum topic was deleted or closed and nothing was sent: send to the general topic."""


class MissingRights(ChatUnreachable):
    """The bot may not write in the group or channel: suspend it, keep its settings, notify the person who set up the
    digest."""


class SendRefused(SendError):
    """Rejected for a reason that no retry changes."""


class StoreError(RingkasError):
    """The database cannot be used. The message gives the remedy."""


class StoreBusy(StoreError):
    """Another process holds the database: try again."""


class StoreUnreachable(StoreError):
    """The database server does not answer: try again."""


class LeaseLost(StoreError):
    """The lease expired and another process continues with the claimed rows: leave them to it."""


class StoreInUse(StoreError):
    """Another bot uses the database."""


class StoryConflict(StoreError):
    """The stories changed since the caller read them: read the changes, decide again, store again."""


class StoreTooNew(StoreError):
    """The database was written by a newer version of Ringkas."""


class StoreDamaged(StoreError):
    """The file is not a sound database."""


class NotABackup(StoreError):
    """The file is no backup or export of Ringkas, or is damaged: use another."""


def describe_extra(extra: str) -> str:
    """Return how to install the packages of an extra. Ringkas is on no package index, so its wheel is named."""
    from importlib.metadata import version

    wheel = f"dist/ringkas-{version('ringkas')}-py3-none-any.whl"
    return f"install the wheel again with its extra, as in pip install '{wheel}[{extra}]'"
