"""The page's own files, and the files of chats: what may be shown, and how a browser is kept from doing more."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import Response

from bot.sandbox.files import picture_size

if TYPE_CHECKING:
    from bot.sandbox.state import StoredFile

STATIC = Path(__file__).parent / "static"
_MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
# Only this server's own scripts and styles, and no markup made from text: the browser itself refuses the rest.
PAGE_POLICY = "; ".join(
    (
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self' blob:",
        "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)  # fmt: skip
# What somebody put into a chat is shown or saved, never run.
FILE_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_PICTURES = ((b"\x89PNG", "image/png"), (b"GIF8", "image/gif"), (b"\xff\xd8", "image/jpeg"))


@cache
def static_files() -> dict[str, Path]:
    """The page's files by the path in their address. Nothing else of the disk has an address."""
    return {p.relative_to(STATIC).as_posix(): p for p in STATIC.rglob("*") if p.suffix in _MEDIA_TYPES}


def static_response(name: str) -> Response | None:
    """One of the page's files; None where there is no such file."""
    found = static_files().get(name)
    if found is None:
        return None
    headers = _HEADERS | {"Content-Security-Policy": PAGE_POLICY}
    return Response(found.read_bytes(), media_type=_MEDIA_TYPES[found.suffix], headers=headers)


def file_response(stored: StoredFile) -> Response:
    """A picture to show, as its bytes say; anything else to save under its name."""
    kind = next((t for start, t in _PICTURES if stored.content.startswith(start)), None)
    headers = _HEADERS | {"Content-Security-Policy": FILE_POLICY}
    if kind is None or picture_size(stored.content) is None:
        kind = "application/octet-stream"
        name = str(stored.meta.get("file_name") or "berkas")
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(stored.content, media_type=kind, headers=headers)
