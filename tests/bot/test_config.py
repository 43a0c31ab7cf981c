"""Settings: defaults, forms, and every fault at once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from bot.config import Listen, Settings, load_settings, read_bot_id
from summaries.errors import InvalidSettings

TOKEN = "123456789:" + "A" * 35


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty working folder, so that no .env of the developer's is read."""
    monkeypatch.chdir(tmp_path)


def test_default_settings() -> None:
    settings = load_settings()
    assert settings.telegram_bot_token is None
    assert settings.bot_base_url == "https://api.telegram.org/bot{token}"
    assert settings.file_base_url == "https://api.telegram.org/file/bot{token}"
    assert settings.database_url == "sqlite:///ringkas.db"
    assert settings.default_timezone == "Asia/Jakarta"
    assert settings.allow_private_addresses is False
    assert settings.sandbox_clock_url is None


@pytest.mark.parametrize(
    ("name", "value", "attribute", "expected"),
    [
        ("TELEGRAM_API_URL", "http://127.0.0.1:8081/", "bot_base_url", "http://127.0.0.1:8081/bot{token}"),
        ("TELEGRAM_TEST_ENVIRONMENT", "1", "bot_base_url", "https://api.telegram.org/bot{token}/test"),
        ("TELEGRAM_TEST_ENVIRONMENT", "true", "file_base_url", "https://api.telegram.org/file/bot{token}/test"),
        ("DEFAULT_TIMEZONE", "WITA", "default_timezone", "Asia/Makassar"),
        ("ADMIN_IDS", "1, 2 3", "admin_ids", frozenset({1, 2, 3})),
        ("ADMIN_IDS", "", "admin_ids", frozenset()),
        ("DATABASE_URL", "", "database_url", "sqlite:///ringkas.db"),
        ("LOG_LEVEL", "debug", "log_level", "debug"),
        ("REFRESH_MINUTES", "0", "refresh_minutes", 0),
        ("WEBHOOK_LISTEN", "[::1]:81", "webhook_listen", Listen("::1", 81)),
        ("WEBHOOK_URL", "https://bot.example.org/x", "webhook_url", "https://bot.example.org/x"),
        ("PUBLISH_URL", "https://berita.example.org/situs/", "publish_url", "https://berita.example.org/situs"),
        ("SANDBOX_CLOCK_URL", "", "sandbox_clock_url", None),
        ("SANDBOX_CLOCK_URL", "http://127.0.0.1:81/sim/clock", "sandbox_clock_url", "http://127.0.0.1:81/sim/clock"),
    ],
)
def test_setting_is_read_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, attribute: str, expected: Any
) -> None:
    monkeypatch.setenv(name, value)
    assert getattr(load_settings(), attribute) == expected


def test_environment_overrides_the_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text(f"TELEGRAM_BOT_TOKEN={TOKEN}\nDEFAULT_TIMEZONE=WIT\nSOMETHING_ELSE=1\n")
    monkeypatch.setenv("DEFAULT_TIMEZONE", "WITA")
    settings = load_settings()
    assert settings.telegram_bot_token is not None
    assert settings.telegram_bot_token.get_secret_value() == TOKEN
    assert settings.default_timezone == "Asia/Makassar"


def test_secrets_are_hidden_in_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("DATABASE_URL", "postgresql://ringkas:rahasia@db.example/ringkas")
    settings = load_settings()
    assert TOKEN not in repr(settings) + str(settings) + settings.model_dump_json()
    assert "rahasia" not in repr(settings) + str(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TELEGRAM_BOT_TOKEN", "salah:tokennya"),
        # An id that no database takes.
        ("TELEGRAM_BOT_TOKEN", "9" * 19 + ":tokennya"),
        ("TELEGRAM_API_URL", "api.telegram.org"),
        ("TELEGRAM_API_URL", "http://user:pw@host"),
        ("TELEGRAM_TEST_ENVIRONMENT", "mungkin"),
        ("DATABASE_URL", "mysql:///x"),
        ("DATABASE_URL", "postgres//user:tokennya@host/ringkas"),
        ("DATABASE_URL", "postgresql://user:tokennya@host:port/ringkas"),
        ("DATABASE_URL", "postgresql://user:tokennya@host/ringkas/lagi"),
        ("DATABASE_POOL_SIZE", "1"),
        ("DATABASE_POOL_SIZE", "banyak"),
        ("DEFAULT_TIMEZONE", "Mars"),
        ("ADMIN_IDS", "saya"),
        ("REFRESH_MINUTES", "1441"),
        ("PUBLISH_URL", "berita.example.org"),
        ("PUBLISH_URL", "https://berita.example.org/?a=b"),
        ("SANDBOX_CLOCK_URL", "http://clock.example/sim/clock"),
        ("SANDBOX_CLOCK_URL", "http://127.0.0.1.example/sim/clock"),
        ("SANDBOX_CLOCK_URL", "http://127.0.0.1@clock.example/"),
        ("USER_AGENT", "a\nb"),
        ("LOG_LEVEL", "LOUD"),
        ("LOG_FORMAT", "xml"),
        ("WEBHOOK_URL", "https://bot.example.org/tokennya?x"),
        ("WEBHOOK_URL", "http://bot.example.org/x"),
        ("WEBHOOK_URL", "https://bot.example.org:8080/x"),
        ("WEBHOOK_SECRET", "tokennya"),
        ("WEBHOOK_LISTEN", "bot.example.org:8080"),
        ("WEBHOOK_CONNECTIONS", "101"),
        ("HTTP_LISTEN", "8080"),
        ("SERVE_HOSTS", "https://kabar.example.org"),
        ("SERVE_HOSTS", "kabar.example.org:443"),
    ],
)
def test_invalid_value_is_reported_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidSettings) as caught:
        load_settings()
    (fault,) = caught.value.faults
    assert fault.startswith(f"{name} ")
    assert "tokennya" not in fault


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"MESSAGES_PER_SECOND": "30"}, None),
        ({"MESSAGES_PER_SECOND": "31"}, "MESSAGES_PER_SECOND above 30 needs ALLOW_PAID_BROADCAST=true"),
        ({"MESSAGES_PER_SECOND": "1000", "ALLOW_PAID_BROADCAST": "true"}, None),
        ({"MESSAGES_PER_SECOND": "1001", "ALLOW_PAID_BROADCAST": "true"}, "MESSAGES_PER_SECOND must be 1000 or less"),
        # A private server decides on its own limits.
        ({"MESSAGES_PER_SECOND": "5000", "TELEGRAM_API_URL": "http://127.0.0.1:8081"}, None),
        ({"ALLOW_PAID_BROADCAST": "mungkin"}, "ALLOW_PAID_BROADCAST must be true or false"),
    ],
)
def test_rate_above_the_free_limit_needs_paid_broadcasts(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], fault: str | None
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    if fault is None:
        assert load_settings().messages_per_second > 0
        return
    with pytest.raises(InvalidSettings) as caught:
        load_settings()
    assert [said.startswith(fault) for said in caught.value.faults] == [True]


OTHER = "987654321:" + "B" * 35


def test_additional_bots_follow_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKENS", f" {OTHER},\n55:{'C' * 35} ,")
    assert [read_bot_id(token) for token in load_settings().tokens] == [987654321, 55]
    assert load_settings().bot_id is None
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    settings = load_settings()
    assert [read_bot_id(token) for token in settings.tokens] == [123456789, 987654321, 55]
    assert settings.bot_id == 123456789
    assert {TOKEN, OTHER} < set(settings.secrets)
    assert not {TOKEN, OTHER} & set(re.findall(r"\d+:\w+", repr(settings) + settings.model_dump_json()))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"TELEGRAM_BOT_TOKENS": f"{TOKEN},{OTHER},{TOKEN}"}, "TELEGRAM_BOT_TOKENS names the bot 123456789 twice"),
        # As after a token was revoked and given anew.
        ({"TELEGRAM_BOT_TOKENS": f"{OTHER} 987654321:{'C' * 35}"}, "TELEGRAM_BOT_TOKENS names the bot 987654321 twice"),
        ({"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_BOT_TOKENS": TOKEN}, "TELEGRAM_BOT_TOKENS names the bot 123456789"),
        ({"TELEGRAM_BOT_TOKENS": f"{OTHER},salah:tokennya"}, "TELEGRAM_BOT_TOKENS is not a bot token"),
    ],
)
def test_each_bot_has_one_token(monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], said: str) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InvalidSettings) as caught:
        load_settings()
    (fault,) = caught.value.faults
    assert fault.startswith(said)
    assert not any(secret in fault for secret in ("AAA", "BBB", "CCC", "tokennya"))


@pytest.mark.parametrize("content", [b"\xff\xfeT\x00E\x00", b"ADMIN_IDS=\xff"])
def test_env_file_that_is_not_utf_8_is_reported(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".env").write_bytes(content)
    with pytest.raises(InvalidSettings, match=r"\.env is not text in UTF-8"):
        load_settings()


@pytest.mark.parametrize(
    ("settings", "watched_at"),
    [
        ({}, None),
        ({"HTTP_LISTEN": "127.0.0.1:9000"}, "127.0.0.1:9000"),
        ({"WEBHOOK_URL": "https://bot.example.org"}, "127.0.0.1:8080"),
        ({"WEBHOOK_URL": "https://bot.example.org", "WEBHOOK_LISTEN": "0.0.0.0:80"}, None),
        (
            {"WEBHOOK_URL": "https://bot.example.org", "WEBHOOK_LISTEN": "0.0.0.0:80", "HTTP_LISTEN": "[::1]:81"},
            "[::1]:81",
        ),
    ],
)
def test_health_and_metrics_listen_on_loopback_by_default(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], watched_at: str | None
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    found = load_settings().watched_at
    assert (found and str(found)) == watched_at


def test_own_bot_api_server_accepts_any_webhook_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_API_URL", "http://127.0.0.1:8081")
    monkeypatch.setenv("WEBHOOK_URL", "http://10.1.2.3:9000/x")
    assert load_settings().webhook_url == "http://10.1.2.3:9000/x"


def test_secrets_include_tokens_and_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("WEBHOOK_SECRET", "s" * 16)
    assert load_settings().secrets == (TOKEN, "s" * 16)
    monkeypatch.setenv("DATABASE_URL", "postgresql://ringkas:kata%21sandi@db.example/ringkas")
    assert load_settings().secrets == (TOKEN, "s" * 16, "kata!sandi", "kata%21sandi")


def test_all_faults_are_reported_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TELEGRAM_BOT_TOKEN", "DATABASE_URL", "DEFAULT_TIMEZONE", "ADMIN_IDS"):
        monkeypatch.setenv(name, "x")
    with pytest.raises(InvalidSettings) as caught:
        load_settings()
    assert len(caught.value.faults) == 4


def test_example_file_lists_every_setting_with_its_default() -> None:
    example = (Path(__file__).parents[2] / ".env.example").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^([A-Z_]+)=(.*)$", example, re.MULTILINE))
    fields = {name.upper(): field.default for name, field in Settings.model_fields.items()}
    assert set(listed) == set(fields)
    for name, default in fields.items():
        empty = default is None or default in (frozenset(), ())
        expected = "" if empty else str(default).lower() if isinstance(default, bool) else str(default)
        assert listed[name] == expected, name


def test_language_model_needs_url_and_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE_MODEL_URL", "http://127.0.0.1:11434/v1/")
    with pytest.raises(InvalidSettings) as raised:
        load_settings()
    assert raised.value.faults == ("LANGUAGE_MODEL_URL and LANGUAGE_MODEL go together: set both, or neither",)
    monkeypatch.setenv("LANGUAGE_MODEL", "kecil")
    monkeypatch.setenv("LANGUAGE_MODEL_KEY", "kunci-rahasia")
    settings = load_settings()
    assert settings.language_model_url == "http://127.0.0.1:11434/v1"
    assert "kunci-rahasia" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LANGUAGE_MODEL_URL", "localhost:11434"),
        ("LANGUAGE_MODEL_URL", "http://user:secret@127.0.0.1/v1"),
        ("LANGUAGE_MODEL_TIMEOUT_S", "0"),
        ("LANGUAGE_MODEL_PER_DAY", "many"),
    ],
)
def test_invalid_language_model_setting_is_reported(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidSettings) as raised:
        load_settings()
    assert raised.value.faults[0].startswith(name)
    assert "secret" not in str(raised.value)


def test_sandbox_does_not_write_the_public_site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLISH_FOLDER", "situs")
    assert load_settings().site_folder == Path("situs")
    monkeypatch.setenv("SANDBOX_CLOCK_URL", "http://127.0.0.1:81/sim/clock")
    assert load_settings().site_folder is None
