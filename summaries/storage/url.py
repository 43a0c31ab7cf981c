"""Parse DATABASE_URL: a SQLite file or a PostgreSQL database. It may contain a password, which no error shows."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from summaries.errors import InvalidSettings

SQLITE = "sqlite"
POSTGRES = ("postgresql", "postgres")
MUST_BE = "DATABASE_URL must look like sqlite:///ringkas.db or postgresql://user:password@host:5432/ringkas"


def is_postgres(url: str) -> bool:
    return url.partition("://")[0] in POSTGRES


def check_address(url: str) -> None:
    """Raise unless the address names a database that Ringkas supports.

    Raises:
        InvalidSettings: it does not.
    """
    shown_address(url)


def sqlite_path(url: str) -> Path:
    """Return the file that an address such as sqlite:///ringkas.db or sqlite:////var/lib/ringkas.db names.

    Raises:
        InvalidSettings: it is not such an address.
    """
    scheme, separator, path = url.partition(":///")
    if scheme != SQLITE or not separator or not path or path.endswith("/"):
        raise InvalidSettings((MUST_BE,))
    return Path(path)


def shown_address(url: str) -> str:
    """Return the path of a SQLite database, or the address of a PostgreSQL database without user, password and options.

    Raises:
        InvalidSettings: it is not such an address.
    """
    if not is_postgres(url):
        return str(sqlite_path(url))
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        raise InvalidSettings((MUST_BE,)) from None
    name = unquote(parts.path.lstrip("/"))
    if "/" in name:
        raise InvalidSettings((MUST_BE,))
    return f"postgresql://{parts.hostname or ''}{port}/{name}"
