"""Which connections stay when there are too many."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.web.server import ConnectionLimiter, find_peer


def test_oldest_connection_of_the_largest_peer_is_closed() -> None:
    room: ConnectionLimiter[int] = ConnectionLimiter(most=4, most_of_peer=3)
    assert [room.enter(number, peer) for number, peer in enumerate("abbc")] == [None] * 4
    # Of "b" there are two.
    assert room.enter(4, "d") == 1
    # It is gone: of those with one each, the first to come leaves.
    assert room.enter(5, "e") == 0
    room.leave(2)
    assert room.enter(6, "f") is None


def test_connections_of_one_peer_are_limited() -> None:
    room: ConnectionLimiter[int] = ConnectionLimiter(most=100, most_of_peer=2)
    assert [room.enter(number, "a") for number in range(4)] == [None, None, 0, 1]
    assert room.enter(4, "b") is None


def test_trusted_connection_is_kept() -> None:
    room: ConnectionLimiter[int] = ConnectionLimiter(most=2, most_of_peer=2, most_trusted=1)
    room.enter(1, "a")
    room.trust(1)
    assert room.is_trusted(1)
    assert [room.enter(number, "a") for number in (2, 3, 4)] == [None, None, 2]
    # No more than so many: the next one can be asked to leave.
    room.trust(3)
    assert not room.is_trusted(3)
    room.leave(1)
    assert not room.is_trusted(1)
    room.trust(3)
    assert room.is_trusted(3)
    # It left already.
    room.trust(2)
    assert not room.is_trusted(2)


@given(st.lists(st.tuples(st.sampled_from(["enter", "leave", "trust"]), st.integers(0, 30), st.sampled_from("abcdef"))))
def test_limits_hold_and_small_peers_keep_their_connections(steps: list[tuple[str, int, str]]) -> None:
    room: ConnectionLimiter[int] = ConnectionLimiter(most=8, most_of_peer=5, most_trusted=3)
    strangers: dict[int, str] = {}
    trusted: set[int] = set()
    for step, number, peer in steps:
        if step == "enter" and number not in strangers and number not in trusted:
            strangers[number] = peer
            left = room.enter(number, peer)
            if left is not None:
                counts = [list(strangers.values()).count(other) for other in set(strangers.values())]
                own = list(strangers.values()).count(strangers[left])
                assert own == max(counts) or (strangers[left] == peer and own == 6)
                assert left != number
                del strangers[left]
        elif step == "leave":
            room.leave(number)
            strangers.pop(number, None)
            trusted.discard(number)
        elif step == "trust":
            room.trust(number)
            if room.is_trusted(number):
                strangers.pop(number, None)
                trusted.add(number)
        assert len(strangers) <= 8
        assert len(trusted) <= 3
        assert all(list(strangers.values()).count(other) <= 5 for other in "abcdef")
        assert [number for number in range(31) if room.is_trusted(number)] == sorted(trusted)


@pytest.mark.parametrize(
    ("address", "peer"),
    [
        ("149.154.160.7", "149.154.160.7"),
        ("::ffff:149.154.160.7", "149.154.160.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_peer_is_found_by_address(address: str, peer: str) -> None:
    assert find_peer(address) == peer
