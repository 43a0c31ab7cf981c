"""Summaries in a model's words: fallbacks, bounds, and each question asked once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from summaries.errors import LanguageModelError
from summaries.llm.client import Prompt
from summaries.llm.rewrite import MAX_CONCURRENT, PAUSE_S, RewriteService
from summaries.model import LONG, MEDIUM, Article, Length, Origin, StoredArticle, Summary, SummarySentence

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 11, 2, 23, 0, tzinfo=UTC)
TEXT = (
    "Bendungan Wairana di Kabupaten Sukamakmur jebol pada Senin dini hari setelah hujan deras tiga hari, dan 312 warga"
    " Desa Telaga mengungsi ke balai desa."
)
TRUE = "Bendungan Wairana jebol setelah hujan deras, dan 312 warga mengungsi."
FALSE = "Bendungan Wairana jebol setelah hujan deras, dan 999 warga mengungsi."


class FakeModel:
    """Returns the given answers; an error is raised, a number is the seconds that it takes."""

    def __init__(self, *answers: str | Exception | float) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.at_once = self.most_at_once = 0
        self.go_on = asyncio.Event()

    async def complete(self, prompt: Prompt) -> str:
        self.asked += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if isinstance(answer, float):
                await self.go_on.wait()
                answer = TRUE
            await asyncio.sleep(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        finally:
            self.at_once -= 1


class Times:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


async def run_inline(work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    return work(*args, **kwargs)


def make_service(model: FakeModel, times: Times, *, per_day: int = 100, timeout_s: float = 5) -> RewriteService:
    return RewriteService(
        complete=model.complete, offload=run_inline, clock=times, per_day=per_day, timeout_s=timeout_s
    )


def make_stored(number: int = 1) -> StoredArticle:
    return StoredArticle(number, f"kunci{number}", Article(title="Bendungan jebol", text=TEXT), Origin.FEED, NOW)


def make_summary(language: str = "id", length: Length = MEDIUM) -> Summary:
    return Summary((SummarySentence(TEXT, 0, len(TEXT)),), "ranker", length, language)


async def test_faithful_answer_is_returned_and_cached() -> None:
    model = FakeModel(f"{TRUE}\n")
    rewriting = make_service(model, Times())
    assert await rewriting.rewrite(make_stored(), make_summary()) == TRUE
    assert await rewriting.rewrite(make_stored(), make_summary()) == TRUE
    assert model.asked == 1
    assert await rewriting.rewrite(make_stored(), make_summary(length=LONG)) == TRUE
    assert model.asked == 2


async def test_unfaithful_answer_is_dropped_and_not_requested_again(caplog: pytest.LogCaptureFixture) -> None:
    model = FakeModel(FALSE)
    rewriting = make_service(model, Times())
    with caplog.at_level("INFO"):
        assert await rewriting.rewrite(make_stored(), make_summary()) is None
    assert await rewriting.rewrite(make_stored(), make_summary()) is None
    assert model.asked == 1
    assert "number" in caplog.text
    assert "Wairana" not in caplog.text


async def test_model_is_paused_after_a_failure() -> None:
    model, times = FakeModel(LanguageModelError("no"), TRUE), Times()
    rewriting = make_service(model, times)
    assert await rewriting.rewrite(make_stored(), make_summary()) is None
    assert await rewriting.rewrite(make_stored(), make_summary()) is None
    assert model.asked == 1
    times.now += timedelta(seconds=PAUSE_S)
    assert await rewriting.rewrite(make_stored(), make_summary()) == TRUE


async def test_rewrite_times_out(caplog: pytest.LogCaptureFixture) -> None:
    rewriting = make_service(FakeModel(1.0), Times(), timeout_s=0.01)
    assert await rewriting.rewrite(make_stored(), make_summary()) is None
    assert "0.01 s" in caplog.text


async def test_requests_per_day_are_limited() -> None:
    model, times = FakeModel(TRUE), Times()
    rewriting = make_service(model, times, per_day=2)
    assert [await rewriting.rewrite(make_stored(n), make_summary()) for n in range(3)] == [TRUE, TRUE, None]
    times.now += timedelta(hours=1)
    assert await rewriting.rewrite(make_stored(3), make_summary()) == TRUE
    assert model.asked == 3


async def test_concurrent_rewrites_share_one_request() -> None:
    model = FakeModel(1.0)
    rewriting = make_service(model, Times())
    first = asyncio.create_task(rewriting.rewrite(make_stored(), make_summary()))
    second = asyncio.create_task(rewriting.rewrite(make_stored(), make_summary()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    first.cancel()
    model.go_on.set()
    assert await second == TRUE
    assert model.asked == 1


async def test_concurrent_requests_are_limited() -> None:
    model = FakeModel(1.0)
    rewriting = make_service(model, Times())
    tasks = [asyncio.create_task(rewriting.rewrite(make_stored(n), make_summary())) for n in range(5)]
    for _ in range(10):
        await asyncio.sleep(0)
    model.go_on.set()
    assert await asyncio.gather(*tasks) == [TRUE] * 5
    assert model.most_at_once == MAX_CONCURRENT


async def test_unsupported_language_is_not_rewritten() -> None:
    model = FakeModel(TRUE)
    assert await make_service(model, Times()).rewrite(make_stored(), make_summary(language="fr")) is None
    assert model.asked == 0


async def test_close_cancels_requests() -> None:
    rewriting = make_service(FakeModel(1.0), Times())
    waiting = asyncio.create_task(rewriting.rewrite(make_stored(), make_summary()))
    await asyncio.sleep(0)
    await rewriting.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
