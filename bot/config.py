"""Settings from the environment and .env, validated once; all faults are reported together."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from summaries.digests.schedule import load_zone
from summaries.errors import InvalidSettings
from summaries.ingest.editions import Editions, read_editions
from summaries.storage import POOL_SIZE, check_address

TELEGRAM_API_URL = "https://api.telegram.org"
DEFAULT_DATABASE_URL = "sqlite:///ringkas.db"

# Telegram's limits over all chats (Bots FAQ), without and with paid broadcasts.
FREE_PER_S, PAID_PER_S = 30, 1000
# Telegram's tokens have 35 characters after the colon; other Bot API servers accept shorter ones.
TOKEN = re.compile(r"[0-9]{1,18}:[A-Za-z0-9_-]+")
LOOPBACK = r"^http://(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?/[^?#\s]*$"
HTTP_ROOT = re.compile(r"https?://[^/?#\s@]+(?:/[^?#\s]*)?")
# The expected form of a value, where pydantic's own message does not help.
FORMS = {
    "TELEGRAM_TEST_ENVIRONMENT": "must be true or false",
    "ALLOW_PRIVATE_ADDRESSES": "must be true or false",
    "DATABASE_POOL_SIZE": "must be a whole number from 2 to 1000: a process needs two connections or more",
    "SANDBOX_CLOCK_URL": "must be an address on this machine, such as http://127.0.0.1:8081/sim/clock",
    "ADMIN_IDS": "must be whole numbers, such as 12345 67890",
    "ALLOW_PAID_BROADCAST": "must be true or false",
    "LOG_LEVEL": "must be DEBUG, INFO, WARNING or ERROR",
    "LOG_FORMAT": "must be auto, human or json",
    "USER_AGENT": "must be printable ASCII, such as RingkasBot/0.1 (+https://example.org)",
}
MISSING_TOKEN = "TELEGRAM_BOT_TOKEN is missing: set it, or try the bot with `ringkas sandbox`"  # noqa: S105
OF_FLEETS = (
    "TELEGRAM_BOT_TOKENS is for `ringkas web` and `ringkas worker`: `ringkas run` serves the one bot of"
    " TELEGRAM_BOT_TOKEN"
)
# Telegram's servers call only these ports; a local Bot API server calls any.
WEBHOOK_PORTS = frozenset({80, 88, 443, 8443})
ADDRESS = "must be an address such as https://bot.example.org/telegram, without ? and #"
# Telegram allows up to 256 characters; a secret shorter than 16 can be guessed.
_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")
_HOST = re.compile(r"[a-z0-9.-]+")
# New stories are compared with those of 28 days.
MIN_NEWS_DAYS, MAX_NEWS_DAYS = 30, 36_500
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]*)*")


def check_secret(value: SecretStr) -> SecretStr:
    """Return the secret if it is valid. Otherwise raise ValueError with a message that does not contain it."""
    if not _SECRET.fullmatch(value.get_secret_value()):
        raise ValueError("must be 16 to 256 letters, digits, _ or -")
    return value


def check_webhook_url(value: str) -> str:
    """Return the address if a webhook can have it, or raise ValueError."""
    try:
        parts = urlsplit(value)
        is_host = bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        raise ValueError(ADDRESS) from None
    is_plain = parts.scheme in {"http", "https"} and not parts.query and not parts.fragment
    if not is_host or not is_plain or not _PATH.fullmatch(parts.path):
        raise ValueError(ADDRESS)
    if parts.path == "/metrics" or parts.path.startswith("/health"):
        raise ValueError("must have a path of its own: /health and /metrics are taken")
    return value


def find_webhook_fault(url: str) -> str | None:
    """Return the reason why Telegram's servers would not call this webhook, or None."""
    parts = urlsplit(url)
    if parts.scheme != "https":
        return "must begin with https://: Telegram calls no other addresses"
    if (parts.port or 443) not in WEBHOOK_PORTS:
        return "must be on port 443, 80, 88 or 8443: Telegram calls no others"
    return None


@dataclass(frozen=True, slots=True)
class Listen:
    """An IP address and a port of this machine."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        return ipaddress.ip_address(self.host).is_loopback

    @property
    def url(self) -> str:
        """Return the address under which a program on this machine reaches it."""
        address = ipaddress.ip_address(self.host)
        if address.is_unspecified:
            address = ipaddress.ip_address("127.0.0.1" if address.version == 4 else "::1")
        return f"http://[{address}]:{self.port}" if address.version == 6 else f"http://{address}:{self.port}"

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_listen(text: str) -> Listen:
    """Read "127.0.0.1:8080", "[::1]:8080" or "localhost:8080", or raise ValueError."""
    host, separator, port = text.strip().rpartition(":")
    if not separator or not (port.isascii() and port.isdecimal()) or not 1 <= int(port) <= 65535:
        raise ValueError("must be an address and a port, such as 127.0.0.1:8080")
    if host.startswith("[") != (":" in host) or host.startswith("[") != host.endswith("]"):
        raise ValueError("must have an IPv6 address in brackets, such as [::1]:8080")
    name = "127.0.0.1" if host == "localhost" else host.strip("[]")
    try:
        return Listen(str(ipaddress.ip_address(name)), int(port))
    except ValueError:
        raise ValueError("must name an IP address of this machine, such as 127.0.0.1:8080") from None


def _token(value: SecretStr | None) -> SecretStr | None:
    token = value.get_secret_value().strip() if value is not None else ""
    if token and not TOKEN.fullmatch(token):
        # The value may be a mistyped token, so it is never shown.
        raise ValueError("is not a bot token: it looks like 123456789:AAE… as BotFather gives it")
    return SecretStr(token) if token else None


def _tokens(value: Any) -> Any:
    return [_token(SecretStr(part)) for part in _split(value)] if isinstance(value, str) else value


def _one_each(tokens: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    ids = [read_bot_id(token) for token in tokens]
    if twice := next((bot_id for bot_id in ids if ids.count(bot_id) > 1), None):
        raise ValueError(f"names the bot {twice} twice: give one token for each bot")
    return tokens


def read_bot_id(token: SecretStr) -> int:
    """Return the bot's id, the part of the token before the colon, which is not secret."""
    return int(token.get_secret_value().partition(":")[0])


def _root(value: str) -> str:
    if not HTTP_ROOT.fullmatch(value):
        raise ValueError("must be the root of a server, such as http://127.0.0.1:8081")
    return value.rstrip("/")


def _site(value: str) -> str:
    if not HTTP_ROOT.fullmatch(value):
        raise ValueError("must be the address of a site, such as https://berita.example.org")
    return value.rstrip("/")


def _listen(value: Any) -> Any:
    return read_listen(value) if isinstance(value, str) else value


def _hosts(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    hosts = tuple(name.lower() for name in _split(value))
    if not all(map(_HOST.fullmatch, hosts)):
        raise ValueError("must be host names without a scheme or port, such as berita.example.org")
    return hosts


def _news_days(value: int) -> int:
    if value and not MIN_NEWS_DAYS <= value <= MAX_NEWS_DAYS:
        raise ValueError(f"must be 0 or {MIN_NEWS_DAYS} to {MAX_NEWS_DAYS}: new stories need the last weeks' news")
    return value


def _database_url(value: str) -> str:
    try:
        check_address(value)
    except InvalidSettings as error:
        raise ValueError(error.faults[0].removeprefix("DATABASE_URL ")) from error
    return value


def _zone(value: str) -> str:
    try:
        return load_zone(value).key
    except InvalidSettings as error:
        raise ValueError(error.faults[0]) from error


def _ids(value: Any) -> Any:
    return _split(value) if isinstance(value, str) else value


def _split(value: str) -> list[str]:
    return [part for part in re.split(r"[,\s]+", value) if part]


def _editions(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return read_editions(Path(value))
    except InvalidSettings as error:
        raise ValueError(f"names a file that {'; it '.join(error.faults)}") from None


# Headings of .env.example and docs/reference/settings.md, by the first setting below them.
HEADINGS = {
    "telegram_bot_token": "Needed",
    "default_timezone": "Often changed",
    "catch_up_hours": "Rarely changed: digests, replies and sources",
    "telegram_api_url": "Rarely changed: Telegram",
    "webhook_url": "Rarely changed: webhook, health and metrics",
    "serve_key": "Rarely changed: the API (`ringkas serve`)",
    "log_level": "Rarely changed: logging",
    "telegram_bot_tokens": "Rarely changed: fleets and the sandbox",
}


class Settings(BaseSettings):
    """The operator's settings, those first that are set most often.

    A text below a setting describes it, and the settings above it that have none. `make docs` copies the texts to
    .env.example and docs/reference/settings.md.
    """

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True, env_ignore_empty=True
    )

    telegram_bot_token: Annotated[SecretStr | None, AfterValidator(_token)] = None
    """The bot's token from @BotFather, such as 123456789:AAE... Anyone who has it controls the bot: keep it secret.
    Without a token the bot runs only in the local sandbox."""
    admin_ids: Annotated[frozenset[int], NoDecode, BeforeValidator(_ids)] = frozenset()
    """Telegram ids (ID Telegram) of the bot's admins, separated by commas or spaces; /dataku shows yours. Admins may
    use /status, /siaran and /blokir, change sources, and get notices. Each must have written to the bot once."""

    default_timezone: Annotated[str, AfterValidator(_zone)] = "Asia/Jakarta"
    """Time zone of a chat until it chooses one: WIB, WITA, WIT or an IANA name."""
    user_agent: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x20-\x7e]+$")] = (
        "RingkasBot/0.1 (Indonesian news digest bot)"
    )
    """User agent for news sites, which also decides the rules taken from robots.txt. Add an address where sites can
    reach you."""
    # The URL may contain a password.
    database_url: Annotated[str, AfterValidator(_database_url), Field(repr=False)] = DEFAULT_DATABASE_URL
    """The database. sqlite:///path is relative to the working directory, sqlite:////path is absolute. The sandbox uses
    a temporary one unless this is set, so that experiments never touch the real database. A fleet needs PostgreSQL 14
    or newer, in UTF-8 and owned by the user: postgresql://user:password@host:5432/ringkas. No extension is needed."""
    keep_news_days: Annotated[int, AfterValidator(_news_days)] = 365
    """Days for which news is kept after it was stored (30 to 36500; 0 keeps all). Saved, followed and recently sent
    stories stay, as do fact-checks. See docs/how-to/operate.md."""
    backup_folder: Path | None = None
    """Existing directory for backups, preferably on another disk. Empty: "backups" beside the database, which is
    created."""
    backup_hours: Annotated[float, Field(ge=0, le=8760)] = 24
    backup_keep: Annotated[int, Field(ge=1, le=1000)] = 2
    """Hours between two automatic backups of a SQLite database (0 to 8760; 0 disables them), and how many backups to
    keep (1 to 1000): the newest, one up to a week old, then up to 4, 13 and 52 weeks, then the newest of the rest.
    Deleted data stays in older backups until they are removed."""
    publish_folder: Path | None = None
    """Folder for a public site of the news, with feeds and search, which is kept up to date. Empty: no site. The
    sandbox ignores it. See docs/how-to/publish.md."""
    publish_url: Annotated[str, AfterValidator(_site)] | None = None
    """Public address of that site, such as https://berita.example.org, for the links in its feeds."""
    language_model_url: Annotated[str, AfterValidator(_root)] | None = None
    language_model: Annotated[str | None, Field(max_length=200)] = None
    """A server with OpenAI's chat completions API and the name of its model. For Ollama on this machine:
    http://127.0.0.1:11434/v1 and, for example, qwen3:4b. Set both or neither; empty disables it. Articles are sent to
    that server. See docs/how-to/connect-a-language-model.md."""
    language_model_key: SecretStr | None = None
    """API key of that server, if it needs one. Keep it secret."""

    catch_up_hours: Annotated[float, Field(gt=0, le=168)] = 12
    """A digest delayed by an outage is still sent within this many hours (above 0, up to 168) and marked as late. After
    that its news goes into the next digest."""
    ringkas_per_minute: Annotated[float, Field(gt=0, le=600)] = 10
    ringkas_burst: Annotated[int, Field(ge=1, le=600)] = 5
    """Summaries per minute and reader in the long run (above 0, up to 600), and how many at once."""
    refresh_minutes: Annotated[int, Field(ge=0, le=1440)] = 5
    """Minutes between two checks of a source at least (0 to 1440; 0 disables the checks). Sources that publish
    rarely are checked less often, at least every 6 hours."""
    own_feeds: Annotated[int, Field(ge=0, le=100_000)] = 1000
    """Feeds that all chats of a bot may have added with /sumbersaya (0 to 100000; 0 disables it). Each is read every
    half hour at most."""
    language_model_timeout_s: Annotated[float, Field(gt=0, le=300)] = 20
    language_model_per_day: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
    """Seconds to wait for the model (above 0, up to 300), and requests per day (1 to 1000000)."""
    allow_private_addresses: bool = False
    """true: open loopback and private addresses on any port. For tests only: anyone who can write to the bot could read
    pages inside your network."""

    telegram_api_url: Annotated[str, AfterValidator(_root)] = TELEGRAM_API_URL
    """Root address of the Bot API server: Telegram's, your own, or a sandbox such as http://127.0.0.1:8081."""
    telegram_test_environment: bool = False
    """true: use Telegram's test servers. The token must come from their @BotFather."""
    messages_per_second: Annotated[float, Field(gt=0, le=10_000)] = 30
    chat_messages_per_second: Annotated[float, Field(gt=0, le=10_000)] = 1
    group_messages_per_minute: Annotated[float, Field(gt=0, le=600_000)] = 20
    """Send limits: messages per second over all chats (up to 30, or 1000 with ALLOW_PAID_BROADCAST), messages per
    second to one chat, and messages per minute to one group. The defaults are Telegram's limits for bots."""
    allow_paid_broadcast: bool = False
    """true: digests, alerts and broadcasts may cost Telegram Stars, 0.1 for each message above 30 per second. Replies
    never do. Enable paid broadcasts at @BotFather first. See docs/how-to/scale.md."""

    webhook_url: Annotated[str, AfterValidator(check_webhook_url)] | None = None
    """Public address of the webhook, such as https://bot.example.org/telegram, on port 443, 80, 88 or 8443. A reverse
    proxy terminates TLS and forwards to WEBHOOK_LISTEN. Empty: the bot polls Telegram. See docs/how-to/watch.md."""
    webhook_secret: Annotated[SecretStr, AfterValidator(check_secret)] | None = None
    """Secret that Telegram sends with each update (16 to 256 letters, digits, _ and -). Empty: derived from the
    token."""
    webhook_listen: Annotated[Listen, NoDecode, BeforeValidator(_listen)] = Listen("127.0.0.1", 8080)
    webhook_connections: Annotated[int, Field(ge=1, le=100)] = 40
    """Address and port where the bot waits for forwarded updates ([::1]:8080 for IPv6), and how many connections
    Telegram may open (1 to 100)."""
    http_listen: Annotated[Listen | None, NoDecode, BeforeValidator(_listen)] = None
    """Address and port of /health/live, /health/ready and /metrics, such as 127.0.0.1:8080. Empty: on WEBHOOK_LISTEN if
    that is on loopback, otherwise disabled. Anyone who can reach it can read it: keep it on loopback or a private
    network."""

    serve_key: Annotated[SecretStr, AfterValidator(check_secret)] | None = None
    """Key that callers of the API send (16 to 256 letters, digits, _ and -). See docs/how-to/serve.md."""
    serve_listen: Annotated[Listen, NoDecode, BeforeValidator(_listen)] = Listen("127.0.0.1", 8070)
    """Address and port of the API."""
    serve_hosts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_hosts)] = ()
    """Further host names by which callers reach it, separated by commas, such as that of a reverse proxy."""

    log_level: Annotated[str, Field(pattern=r"^(?i:debug|info|warning|error)$")] = "INFO"
    """DEBUG, INFO, WARNING or ERROR."""
    log_format: Annotated[str, Field(pattern=r"^(?i:auto|human|json)$")] = "auto"
    """human (readable lines), json (one object per line) or auto (human in a terminal, json otherwise)."""

    # More bots of a fleet, each with its own chats.
    telegram_bot_tokens: Annotated[
        tuple[SecretStr, ...], NoDecode, BeforeValidator(_tokens), AfterValidator(_one_each)
    ] = ()
    """Tokens of further bots, separated by commas, for a fleet on PostgreSQL (`ringkas web`, `ringkas worker`). Do
    not repeat TELEGRAM_BOT_TOKEN."""
    editions: Annotated[Editions, NoDecode, BeforeValidator(_editions), Field(repr=False)] = Editions()
    """File that chooses the news of each bot by sources, topics and regions. See docs/how-to/scale.md."""
    database_pool_size: Annotated[int, Field(ge=2, le=1000)] = POOL_SIZE
    """PostgreSQL connections per process (2 to 1000). `ringkas run` holds one more, `ringkas web` five more, `ringkas
    worker` seven more. SQLite ignores this."""
    sandbox_clock_url: Annotated[str, Field(pattern=LOOPBACK)] | None = None
    """Address of the sandbox's clock on this machine. `ringkas sandbox` sets it."""
    sandbox_bmkg_url: Annotated[str, Field(pattern=LOOPBACK)] | None = None
    """Address of the sandbox's earthquakes and weather warnings on this machine, in place of BMKG's. `ringkas sandbox`
    sets it."""

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if (self.language_model_url is None) != (self.language_model is None):
            raise ValueError("LANGUAGE_MODEL_URL and LANGUAGE_MODEL go together: set both, or neither")
        try:
            _one_each(self.tokens)
        except ValueError as error:
            raise ValueError(f"TELEGRAM_BOT_TOKENS {error}, TELEGRAM_BOT_TOKEN included") from None
        if self.telegram_api_url == TELEGRAM_API_URL:
            if self.messages_per_second > PAID_PER_S:
                raise ValueError("MESSAGES_PER_SECOND must be 1000 or less: Telegram takes no more from a bot")
            if self.messages_per_second > FREE_PER_S and not self.allow_paid_broadcast:
                raise ValueError("MESSAGES_PER_SECOND above 30 needs ALLOW_PAID_BROADCAST=true, and costs Stars")
            if self.webhook_url is not None and (fault := find_webhook_fault(self.webhook_url)):
                raise ValueError(f"WEBHOOK_URL {fault}")
        return self

    @property
    def bot_base_url(self) -> str:
        """Return the URL before the method, for python-telegram-bot; `{token}` is a placeholder."""
        return f"{self.telegram_api_url}/bot{{token}}{self._test_path}"

    @property
    def file_base_url(self) -> str:
        return f"{self.telegram_api_url}/file/bot{{token}}{self._test_path}"

    @property
    def bot_id(self) -> int | None:
        """Return the id of the bot of TELEGRAM_BOT_TOKEN."""
        return read_bot_id(self.telegram_bot_token) if self.telegram_bot_token is not None else None

    @property
    def run_fault(self) -> str | None:
        """Return why `ringkas run` refuses valid settings, or None. A fleet may run with them."""
        # The sandbox ignores the settings for Telegram.
        if self.telegram_bot_tokens and self.sandbox_clock_url is None:
            return OF_FLEETS
        return MISSING_TOKEN if self.telegram_bot_token is None else None

    @property
    def tokens(self) -> tuple[SecretStr, ...]:
        """Return the tokens of all bots of a fleet, TELEGRAM_BOT_TOKEN first."""
        return (*filter(None, [self.telegram_bot_token]), *self.telegram_bot_tokens)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the values that must not appear in logs."""
        secrets = (*self.tokens, self.webhook_secret, self.language_model_key, self.serve_key)
        password = urlsplit(self.database_url).password
        shown = {password, unquote(password)} if password else set()
        return (*(secret.get_secret_value() for secret in secrets if secret is not None), *sorted(shown))

    @property
    def webhook(self) -> str | None:
        """Return the webhook's address; None in the sandbox, which is always polled."""
        return self.webhook_url if self.sandbox_clock_url is None else None

    @property
    def news_kept(self) -> timedelta | None:
        """Return how long news is kept after it was stored, or None if all is kept."""
        return timedelta(days=self.keep_news_days) if self.keep_news_days else None

    @property
    def site_folder(self) -> Path | None:
        """Return the folder of the public site; None in the sandbox, whose sample news must not replace the site."""
        return self.publish_folder if self.sandbox_clock_url is None else None

    @property
    def watched_at(self) -> Listen | None:
        """Return where health and metrics are served: at HTTP_LISTEN, or at a webhook's address that only this
        machine reaches."""
        if self.http_listen is None and self.webhook is not None and self.webhook_listen.is_loopback:
            return self.webhook_listen
        return self.http_listen

    @property
    def _test_path(self) -> str:
        return "/test" if self.telegram_test_environment else ""


def load_settings(**overrides: Any) -> Settings:
    """Read the settings; `overrides` take precedence over the environment and .env. Raise InvalidSettings with a
    sentence for each wrong value."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        # `input` is omitted because it may be a token.
        faults = {
            "_".join(map(str, fault["loc"][:1])).upper(): fault["msg"].removeprefix("Value error, ")
            for fault in error.errors()
        }
        sentences = (f"{name} {FORMS.get(name) or message}".strip() for name, message in faults.items())
        raise InvalidSettings(tuple(sentences)) from None
    except UnicodeDecodeError:
        raise InvalidSettings((".env is not text in UTF-8: save it as UTF-8",)) from None
    except OSError as error:
        raise InvalidSettings((f".env can't be read: {error.strerror}",)) from None
