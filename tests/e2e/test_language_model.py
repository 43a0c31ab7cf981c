"""Answers in a language model's words, from a fake on loopback that is right, wrong, and failing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import World

KEY = "kunci-model-rahasia"
NOTE = "Ditulis ulang oleh model bahasa"
TRUE = "Harga beras di Pasar Sukamakmur turun menjadi Rp11.800 per kilogram setelah panen raya di tiga kecamatan."
LIE = "Harga beras di Pasar Sukamakmur turun menjadi Rp9.100 per kilogram setelah panen raya di tiga kecamatan."


class FakeLanguageModel:
    """A server that speaks chat completions; it answers with `text`, or with status 500 where that is None."""

    def __init__(self) -> None:
        self.text: str | None = TRUE
        self.asked: list[str] = []
        self.keys: set[str | None] = set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.asked.append(asked["messages"][1]["content"])
                outer.keys.add(self.headers["Authorization"])
                choice = {"message": {"role": "assistant", "content": outer.text}, "finish_reason": "stop"}
                body = json.dumps({"choices": [choice]}).encode()
                self.send_response(500 if outer.text is None else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                """Keep quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"


@pytest.fixture
def model() -> Iterator[FakeLanguageModel]:
    stand_in = FakeLanguageModel()
    thread = Thread(target=stand_in.server.serve_forever)
    thread.start()
    yield stand_in
    stand_in.server.shutdown()
    thread.join()
    stand_in.server.server_close()


def test_only_faithful_rewrites_are_shown(world: World, article: str, model: FakeLanguageModel) -> None:
    reader = world.person()
    with world.bot(LANGUAGE_MODEL_URL=model.url, LANGUAGE_MODEL="kecil", LANGUAGE_MODEL_KEY=KEY):
        (answer,) = reader.exchange(article)
        assert TRUE in answer["text"]
        assert NOTE in answer["text"]
        assert "Kepala pasar, Sitti Rahma" in model.asked[0]
        assert model.keys == {f"Bearer {KEY}"}

        # Points are sentences of the article; the model is asked neither for them nor twice for one article.
        (points,) = reader.press(answer, "Poin-poin")["messages"]
        assert NOTE not in points["text"]
        (again,) = reader.press(points, "Paragraf")["messages"]
        assert TRUE in again["text"]
        assert len(model.asked) == 1

        model.text = LIE
        (shorter,) = reader.press(again, "Lebih pendek")["messages"]
        assert len(model.asked) == 2
        assert "Rp9.100" not in shorter["text"]
        assert NOTE not in shorter["text"]
        assert "Harga beras medium" in shorter["text"]

        model.text = None
        (medium,) = reader.press(shorter, "Lebih panjang")["messages"]
        assert TRUE in medium["text"]
        (longer,) = reader.press(medium, "Lebih panjang")["messages"]
        assert len(model.asked) == 3
        assert NOTE not in longer["text"]
        # It failed just now, and is left alone.
        (other,) = reader.exchange(article.replace("beras", "jagung"))
        assert len(model.asked) == 3
        assert "jagung" in other["text"]
    assert KEY not in world.log()
    assert "status 500" in world.log()
