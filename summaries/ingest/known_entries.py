"""Leave out of a feed's document the entries that earlier checks have dealt with.

A feed lists dozens of entries, of which one is new in a typical check; parsing the others would cost more than reading
the new article. An entry counts as known if its markup is the same to the byte, so an edited one is read again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b

from summaries.fetch.feeds.feed_entries import MAX_ENTRIES, FeedEntry
from summaries.ports import Fetched

Times = Mapping[bytes, datetime]
"""When each known entry was published, by the hash of its markup."""

_OPENING = re.compile(rb"<(item|entry)[\s/>]")
_ROOT_TAG = re.compile(rb"<(?:rss|feed|rdf:RDF)\s[^<>]{0,4000}>")
_BLANKS = re.compile(rb"\s*+")
_HASH_BYTES = 12


@dataclass(frozen=True, slots=True)
class FeedParts:
    """A feed's document with the markup of its entries, by hash. Without entries if they cannot be separated safely."""

    document: Fetched
    head: bytes = b""
    entries: Mapping[bytes, bytes] = field(default_factory=dict)
    tail: bytes = b""

    def select_known(self, times: Times) -> Times:
        """Return those of the known entries that the document lists."""
        return {key: times[key] for key in self.entries if key in times}

    def without(self, known: Times) -> Fetched:
        """Return the document without the known entries."""
        new = b"".join(markup for key, markup in self.entries.items() if key not in known)
        return replace(self.document, body=self.head + new + self.tail)

    def match(self, entries: Iterable[FeedEntry], known: Times) -> list[tuple[bytes, FeedEntry]] | None:
        """Pair the entries parsed from `without(known)` with their hashes; None if some are missing."""
        new, listed = [key for key in self.entries if key not in known], list(entries)
        return list(zip(new, listed, strict=True)) if len(new) == len(listed) else None


def split_feed(document: Fetched) -> FeedParts:
    """Separate the entries of an RSS or Atom document, in linear time.

    Only entries that follow each other directly are separated: then no section or comment hides the end of one. The
    hashes cover the address and the root tag too, because relative links and prefixes depend on them.
    """
    body = document.body
    if (first := _OPENING.search(body)) is None:
        return FeedParts(document)
    at, closing = first.start(), b"</%b>" % first[1]
    root = _ROOT_TAG.search(body, 0, at)
    context = blake2b(document.url.encode() + (root[0] if root else b""), digest_size=_HASH_BYTES)
    entries: dict[bytes, bytes] = {}
    while (opening := _OPENING.match(body, at)) is not None and opening[1] == first[1]:
        end = body.find(closing, at) + len(closing)
        blanks = _BLANKS.match(body, end)
        if end < len(closing) or blanks is None or len(entries) == MAX_ENTRIES:
            return FeedParts(document)
        key = context.copy()
        key.update(body[at:end])
        entries[key.digest()] = body[at : blanks.end()]
        at = blanks.end()
    if closing in body[at:] or _OPENING.search(body, at) is not None:
        return FeedParts(document)
    return FeedParts(document, body[: first.start()], entries, body[at:])
