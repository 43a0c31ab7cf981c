from __future__ import annotations

from benchmarks.scaling.on_paper import Costs, Wanted, on_paper

COSTS = Costs(
    chat_bytes=300,
    digest_bytes=300,
    told_bytes=100,
    article_bytes=10_000,
    window_bytes=10_000,
    article_ms=20,
    message_worker_ms=4,
    message_server_ms=2,
    answer_worker_ms=9,
    answer_server_ms=5,
)


def answers(wanted: Wanted) -> dict[str, str]:
    return {line.asked: line.answer for line in on_paper(wanted, COSTS)}


def test_the_arithmetic_by_hand() -> None:
    found = answers(Wanted(chats=1_000_000, bots=10, feeds=1_000))
    assert found["messages a second in the busiest hour"] == "111 (11 a bot, of 30 that Telegram takes)"
    assert found["until a bot's most wanted minute is sent"] == "6 minutes; paid, at 950 a second, 11 s"
    # (111 × 4 + 22 × 9) ms a second, of two thirds of a core each.
    assert found["workers that send and answer in the busiest hour"] == "1"
    assert found["gigabytes: chats"] == "0"
    assert found["gigabytes: digests of 90 days"] == "27"
    assert found["gigabytes: what they told, 90 days"] == "45"
    assert found["gigabytes: a year of articles"] == "73"
    assert found["memory of the last days' news, in each process that fetches"] == "0.6 GB"


def test_twice_the_chats_take_twice_the_room() -> None:
    once, twice = (answers(Wanted(chats=chats)) for chats in (10_000_000, 20_000_000))
    for name in ("gigabytes: digests of 90 days", "gigabytes: what they told, 90 days"):
        assert int(twice[name].replace(",", "")) == 2 * int(once[name].replace(",", ""))
