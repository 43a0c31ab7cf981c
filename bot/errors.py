"""The bot's branch of the error tree: errors that need Telegram or the settings panel to be understood."""

from __future__ import annotations

from summaries.errors import InputError, RingkasError

# Limits of a digest, which the errors below name to the person who exceeds them.
MAX_TIMES = 6
MAX_WORDS = 20
MAX_WORD_CHARS = 40
MAX_REGIONS = 5


class AdminsOnly(InputError):
    """The person is not an administrator of the chat that they are in."""


class ForeignChat(InputError):
    """The person may not act on that other chat.

    Raised alike for a chat that does not exist, that the bot is not in, or that is somebody's private chat: the reply
    must not reveal which of these is the case.
    """


class MayNotPost(InputError):
    """The bot is not an administrator of the channel, or has no right to post there."""


class FileRefused(InputError):
    """The bot can't read the file."""


class FileUnreadable(FileRefused):
    """The file is of a type that the bot does not read."""


class FileTooLarge(FileRefused):
    """The file has more than `most_mb` megabytes."""

    def __init__(self, most_mb: int) -> None:
        super().__init__(f"over {most_mb} MB")
        self.most_mb = most_mb


class FileNotDownloaded(FileRefused):
    """Telegram did not deliver the file."""


class BadTime(InputError):
    """A word of a schedule is no time of day, day or zone; `word` is empty if the schedule was empty."""

    def __init__(self, word: str) -> None:
        super().__init__(f"{word!r} is no time of day, day or zone")
        self.word = word


class TooManyTimes(InputError):
    """The digest would have more than `MAX_TIMES` times a day."""


class BadQuietHours(InputError):
    """The text is not two different times of day."""


class OutOfDate(InputError):
    """The button is from an older version of the bot, or its data is forged."""


class LastTime(InputError):
    """Removing the time would leave the digest without one."""


class BadWords(InputError):
    """There are no words, more than `MAX_WORDS`, or words longer than `MAX_WORD_CHARS`."""


class UnknownRegion(InputError):
    """The text names no province, regency or city; `name` is the part that is unknown."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} is no region")
        self.name = name


class TooManyRegions(InputError):
    """The digest would have more than `MAX_REGIONS` regions."""


class TooManyTastes(InputError):
    """The digest would have more than `MAX_TASTES` tastes."""


class UnknownSeat(InputError):
    """The text names no regency or city; `name` is the text."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} is no regency or city")
        self.name = name


class TooManyPlaces(InputError):
    """The chat would have warnings for more than `MAX_PLACES` places."""


class UnknownPlace(InputError):
    """No time zone is known for the place."""


class TokenInUse(RingkasError):
    """Another program polls for updates with the same token, and this one gives way."""
