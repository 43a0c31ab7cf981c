"""Every error that Ringkas raises on purpose, grouped by what must happen next.

RingkasError
├── InputError                  the person who gave the input changes it
│   ├── AddressRefused          the address is not one that we open (scheme, port, credentials, private host)
│   ├── NothingToSummarize      there is no article in it; `reason` says why
│   │   └── AlreadyShort        show its `article` as it is
│   ├── TooCostly               reading it would take too much time or memory: leave it alone
│   ├── ForeignPage             a feed's entry leads to another outlet's page: leave it out
│   └── BadSetting              a setting's value is wrong; `faults` lists every one
├── FetchError                  the page or feed could not be had
│   ├── FetchFailedForNow       try again later (time-out, connection refused, 429, 5xx); `retry_after_s`
│   └── FetchFailedForGood      do not try again as it is (404, 410, wrong type, too large)
│       └── ForeignFeed         it lists other outlets' pages only: add their own feeds, or name the outlet's hosts
├── ModelFailed                 a language model gave no answer: do without it
├── SendError                   a message did not (surely) reach its chat
│   ├── NotSent                 it provably never left: send again freely
│   ├── SlowDown                it was refused for pace: wait `retry_after_s`, then send
│   ├── MaybeSent               it may have arrived: send again once, never more
│   ├── MarkupRefused           send it as plain text
│   ├── ChatGone                nobody reads there any more: go quiet, keep the settings
│   │   └── NoRights            the bot may not write there: tell who set the digest up, too
│   ├── ChatMoved               the chat has another id now: `new_chat_id`
│   ├── ThreadGone              the chat's topic is gone: send into the general one
│   └── SendRefused             no retry will help; record it as failed
└── StoreError                  the database can't be used
    ├── StoreBusy               another process holds it: try again
    ├── StoreUnreachable        the database server does not answer: try again
    ├── StoreInUse              another bot runs on it: one of the two has to stop
    ├── StoriesChanged          another process told stories meanwhile: read its changes, then store again
    ├── LeaseLost               another process goes on with what was claimed: leave it to that one
    ├── StoreTooNew             written by a newer version: update the program
    ├── StoreDamaged            the operator restores a backup
    └── NotABackup              the file given is none that can be taken: give another
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from summaries.model import Article


class RingkasError(Exception):
    """The root: everything below it is expected, and has a sentence for a person."""


class InputError(RingkasError):
    """The person who gave the input changes it."""


class RefusalReason(StrEnum):
    """Why there is nothing to summarise. The value is the machine's word for it, as `--json` prints it."""

    EMPTY = "empty"
    TOO_SHORT = "too-short"
    NOT_AN_ARTICLE = "not-an-article"
    PAYWALL = "paywall"
    OTHER_LANGUAGE = "other-language"
    GALLERY = "gallery"
    LIVE_REPORT = "live-report"
    RESULTS = "results"
    LISTING = "listing"


class NothingToSummarize(InputError):
    """There is no article in what was given."""

    def __init__(self, reason: RefusalReason, detail: str = "") -> None:
        super().__init__(detail or reason.value)
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[object, ...]:
        """Refusals come back from worker processes; pickle would call `__init__` with the message alone."""
        return _remade, (type(self), self.args), dict(vars(self))


def _remade(kind: type[NothingToSummarize], args: tuple[str, ...]) -> NothingToSummarize:
    return kind.__new__(kind, *args)


class AlreadyShort(NothingToSummarize):
    """The article is too short to be summarised: show it as it is."""

    def __init__(self, article: Article) -> None:
        super().__init__(RefusalReason.TOO_SHORT)
        self.article = article


class TooCostly(InputError):
    """What was to be read takes more time or memory than anything is given."""


class ForeignPage(InputError):
    """A feed's entry leads to a page of another outlet, for which the feed may not speak."""


class AddressRefused(InputError):
    """The address is not one that Ringkas opens. The message says which rule it breaks."""


class BadSetting(InputError):
    """One or more settings are wrong; `faults` has one sentence for each."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class FetchError(RingkasError):
    """A page or feed could not be had. `status` is the HTTP status where there was one."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class FetchFailedForNow(FetchError):
    """Try again later, not before `retry_after_s` seconds where the server named a time."""

    def __init__(self, message: str, *, status: int | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(message, status=status)
        self.retry_after_s = retry_after_s


class FetchFailedForGood(FetchError):
    """Do not try again as it is."""


class ForeignFeed(FetchFailedForGood):
    """Every entry of a feed leads to another outlet's page. The operator adds those outlets' feeds, or names the hosts
    of this one's outlet."""


class ModelFailed(RingkasError):
    """A language model gave no answer: do without it. The message holds nothing of what was asked."""


class SendError(RingkasError):
    """A message did not, or not surely, reach its chat."""


class NotSent(SendError):
    """The message provably never left: it may be sent again freely."""


class SlowDown(SendError):
    """Refused for pace: nothing was sent; wait `retry_after_s` seconds first."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"asked to wait {retry_after_s:g} s")
        self.retry_after_s = retry_after_s


class MaybeSent(SendError):
    """The message may have arrived: send it again once, never more."""


class MarkupRefused(SendError):
    """The markup was refused, nothing was sent: send it as plain text."""


class ChatGone(SendError):
    """The chat blocked or removed the bot, or no longer exists: go quiet, keep its settings."""


class ChatMoved(SendError):
    """The group became a supergroup: use `new_chat_id` from now on."""

    def __init__(self, new_chat_id: int) -> None:
        super().__init__(f"the chat moved to {new_chat_id}")
        self.new_chat_id = new_chat_id


class ThreadGone(SendError):
    """The forum's topic was deleted or closed, nothing was sent: send into the general topic."""


class NoRights(ChatGone):
    """The bot may not write in the group or channel: go quiet, keep the settings, tell who set the digest up."""


class SendRefused(SendError):
    """Refused for a reason that no retry will change."""


class StoreError(RingkasError):
    """The database can't be used. The message says what to do."""


class StoreBusy(StoreError):
    """Another process holds the database: try again."""


class StoreUnreachable(StoreError):
    """The database server does not answer: try again."""


class LeaseLost(StoreError):
    """The lease was over, and another process goes on with what was claimed: leave it to that one."""


class StoreInUse(StoreError):
    """Another bot runs on the database."""


class StoriesChanged(StoreError):
    """The stories are not those that the caller knows: read what changed, decide anew, store again."""


class StoreTooNew(StoreError):
    """The database was written by a newer version of Ringkas."""


class StoreDamaged(StoreError):
    """The file is not a sound database."""


class NotABackup(StoreError):
    """The file is no backup or export of Ringkas, or not a sound one: give another."""
