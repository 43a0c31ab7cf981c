"""How a method's behaviour is written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.state import World

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Simulated:
    """A method with behaviour: `answer` gets checked parameters and gives the result, or raises ApiError.

    `parameters` are those it honours. Another one that the API allows is refused, never quietly ignored.
    """

    answer: Callable[[World, Json], Any]
    parameters: frozenset[str]


def simulated(answer: Callable[[World, Json], Any], parameters: str = "") -> Simulated:
    return Simulated(answer, frozenset(parameters.split()))
