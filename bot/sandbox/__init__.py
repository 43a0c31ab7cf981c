"""A local stand-in for Telegram's Bot API and its users, at least as strict as Telegram. It imports nothing of the bot.

README.md in this folder lists its addresses.
"""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict

Json = dict[str, Any]
# The pages of the sample articles and feeds are below this path.
SITE = "/berita"
# The copies of BMKG's documents.
HAZARDS = "/bmkg"
# Objects that users send in JSON: no conversions, no unknown fields.
STRICT = ConfigDict(strict=True, extra="forbid")
