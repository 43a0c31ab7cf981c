"""Examples in the OpenAPI document: parameters and a result for each operation, about one invented story."""

from __future__ import annotations

from typing import Any, Final

from summaries.model import hash_text

_TEXT = (
    "Bendungan Sukamaju di Kabupaten Kediri jebol pada Rabu dini hari. Bencana itu menewaskan empat orang. "
    "Petugas mengevakuasi keluarga dengan perahu karet."
)
_FIRST_ENDS, _SECOND_ENDS = 65, 101
_SENTENCES = [
    {"text": _TEXT[:_FIRST_ENDS], "start": 0, "end": _FIRST_ENDS},
    {"text": _TEXT[_FIRST_ENDS + 1 : _SECOND_ENDS], "start": _FIRST_ENDS + 1, "end": _SECOND_ENDS},
]
_REPORT = {
    "article": 1,
    "title": "Bendungan Sukamaju di Kediri Jebol",
    "outlet": "Antara",
    "url": "https://antara.example/bendungan",
    "date": "2026-10-14T06:00:00+00:00",
}
_OTHER = _REPORT | {
    "article": 2,
    "outlet": "Detik",
    "url": "https://detik.example/bendungan",
    "date": "2026-10-14T07:00:00+00:00",
}
_FROM_OTHER = {"article": 2, "outlet": "Detik", "date": "2026-10-14T07:00:00+00:00"}
_ADDED = "Kementerian Pekerjaan Umum mengirim alat berat dari Surabaya."
_ADDITION = {**_FROM_OTHER, "text": _ADDED, "start": 102, "end": 102 + len(_ADDED)}
_COUNTED = "Bencana itu menewaskan enam orang."
_ITEM = {
    "id": 1,
    "url": _REPORT["url"],
    "title": _REPORT["title"],
    "outlet": "Antara",
    "length": "35w",
    "sentences": _SENTENCES,
    "text_hash": hash_text(_TEXT),
    "fact_check": None,
    "category": "daerah",
    "date": _REPORT["date"],
    "coverage": [_REPORT, _OTHER],
    "addition": _ADDITION,
    "is_disputed": True,
}
_STATEMENT = {"start": 66, "in_title": False, "later": False}
_STORY = {
    **_REPORT,
    "articles": [1, 2],
    "summary": _SENTENCES,
    "text_hash": hash_text(_TEXT),
    "fact_check": None,
    "additions": [_ADDITION],
    "disagreements": [
        {
            "kind": "deaths",
            "update": False,
            "statements": [
                {
                    **_STATEMENT,
                    "article": 1,
                    "outlet": "Antara",
                    "date": _REPORT["date"],
                    "text": _SENTENCES[1]["text"],
                    "end": _SECOND_ENDS,
                    "number": [89, 94],
                },
                {**_STATEMENT, **_FROM_OTHER, "text": _COUNTED, "end": 66 + len(_COUNTED), "number": [89, 93]},
            ],
        }
    ],
    "chain": [_REPORT],
}
_SUMMARIZED = {
    "article": None,
    "title": _REPORT["title"],
    "outlet": None,
    "published_at": None,
    "place": None,
    "initials": None,
    "authors": [],
    "url": "https://example.com/berita/bendungan",
    "category": None,
    "paragraph_count": 1,
    "sentence_count": 3,
    "language": "id",
    "method": "ringkas",
    "summary": _TEXT[:_SECOND_ENDS],
    "words": 15,
    "sentences": _SENTENCES,
    "text_hash": hash_text(_TEXT),
    "fact_check": None,
}

EXAMPLES: Final[dict[str, tuple[dict[str, Any], dict[str, Any]]]] = {
    "search_news": (
        {"q": "bendungan jebol"},
        {"items": [_ITEM], "page": 1, "pages": 1, "total": 1, "suggestion": None},
    ),
    "get_story": ({"id": 1}, _STORY),
    "get_coverage": ({"id": 1}, {"articles": [_REPORT, _OTHER], "chain": [_REPORT]}),
    "get_digest": (
        {"hours": 24, "count": 8},
        {
            "items": [_ITEM],
            "total": 1,
            "since": "2026-10-13T09:00:00+00:00",
            "until": "2026-10-14T09:00:00+00:00",
        },
    ),
    "list_filters": ({}, {"topics": [{"key": "daerah", "label": "Daerah"}], "outlets": ["Antara", "Detik"]}),
    "summarize": ({"url": "https://example.com/berita/bendungan", "length": "short"}, _SUMMARIZED),
}
