"""Files in chats: kept in memory, with ids like Telegram's."""

from __future__ import annotations

import hashlib
import io

from PIL import Image

from bot.sandbox import Json
from bot.sandbox.errors import bad_request
from bot.sandbox.request_parsing import Upload
from bot.sandbox.state import StoredFile, World

MAX_UPLOAD_BYTES = 50 * 1024 * 1024
MAX_PHOTO_BYTES = 10 * 1024 * 1024
MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024
# Limits on width plus height, and on their ratio (Bot API, sendPhoto).
MAX_PHOTO_SIDES = 10_000
MAX_PHOTO_RATIO = 20
_THUMB_SIDE = 90


def store_document(world: World, upload: Upload) -> StoredFile:
    if not upload.content:
        raise bad_request("file must be non-empty")
    if len(upload.content) > MAX_UPLOAD_BYTES:
        raise bad_request("file is too big")
    meta = {"file_name": upload.file_name, "mime_type": upload.content_type}
    return _store(world, "document", upload.content, meta, upload.file_name.rpartition(".")[2] or "bin")


def store_photo(world: World, upload: Upload) -> StoredFile:
    """Store a photo. Raises ApiError for anything that Telegram does not accept as one."""
    if len(upload.content) > MAX_PHOTO_BYTES:
        raise bad_request("file is too big for a photo")
    size = picture_size(upload.content)
    if size is None:
        raise bad_request("IMAGE_PROCESS_FAILED")
    width, height = size
    if width + height > MAX_PHOTO_SIDES or max(size) > MAX_PHOTO_RATIO * min(size):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return _store(world, "photo", upload.content, {"width": width, "height": height}, "jpg")


def _store(world: World, kind: str, content: bytes, meta: Json, suffix: str) -> StoredFile:
    number = next(world.serials)
    unique = hashlib.sha256(content).hexdigest()[:16]
    suffix = "".join(c for c in suffix if c.isalnum())[:8] or "bin"
    stored = StoredFile(f"{kind}-{number}-{unique}", f"{kind}s/file_{number}.{suffix}", content, kind, meta)
    world.files[stored.id] = stored
    return stored


def stored_file(world: World, p: Json, kind: str) -> StoredFile:
    """Return the file of a parameter: uploaded under its own name, attached, or sent before.

    URLs are refused: the sandbox fetches nothing.
    """
    value = p[kind]
    if isinstance(value, str) and value.startswith("attach://"):
        value = p.get("attached", {}).get(value.removeprefix("attach://"))
        if value is None:
            raise bad_request("the file that is attached is not in the request")
    if isinstance(value, Upload):
        return store_photo(world, value) if kind == "photo" else store_document(world, value)
    if value.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")
    stored = world.files.get(value)
    if stored is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if stored.kind != kind:
        raise bad_request(f"can't use file of type {stored.kind.title()} as {kind.title()}")
    return stored


def file_json(stored: StoredFile) -> Json:
    return {"file_id": stored.id, "file_unique_id": stored.id.split("-")[2], "file_size": len(stored.content)}


def content_json(stored: StoredFile) -> Json:
    """Return the message's field for the file: a document, or a photo in its sizes, the largest last."""
    if stored.kind == "document":
        return {"document": file_json(stored) | stored.meta}
    scale = min(1.0, _THUMB_SIDE / max(stored.meta.values()))
    small = {side: max(1, round(length * scale)) for side, length in stored.meta.items()}
    return {"photo": [file_json(stored) | small, file_json(stored) | stored.meta]}


def picture_size(content: bytes) -> tuple[int, int] | None:
    """Return width and height of a PNG, GIF or JPEG from its header, or None for anything else."""
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "GIF", "JPEG")) as image:
            return image.size
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
