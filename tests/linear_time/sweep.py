"""Run each expression on the attacks that are made from it, in every mode in which the program uses it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from tests.linear_time.attacks import Attack, make_attacks
from tests.linear_time.expressions import AnyPattern, Expression
from tests.linear_time.growth import Work, find_excess

# The sizes of the inputs. Most expressions need only the two smallest ones, which keeps the sweep short.
FIRST_CHARS = 250
LAST_CHARS = 16_000
# A longer expression gets more attacks, because it has more parts that can be slow.
_LEAST_ATTACKS = 150
# For each character. Real texts take a hundredth of this. An expression may be tried at many positions of a text.
_MOST_STEPS = 200


def find_slowness(
    expression: Expression, *, most: int | None = None, first: int = FIRST_CHARS, last: int = LAST_CHARS
) -> str | None:
    """How an attack on the expression takes more than linear time, or None if none of them does."""
    text = expression.pattern.pattern
    for attack in make_attacks(expression.pattern, most or _LEAST_ATTACKS + len(text)):
        for mode in expression.modes:
            use = _use(expression.pattern, mode)
            excess = find_excess(
                partial(_work, use, attack, is_text=isinstance(text, str)),
                first=first,
                last=last,
                most_steps=_MOST_STEPS,
            )
            if excess:
                return f"{expression.where} {mode} {text!r}\n    on {attack}\n    {excess}"
    return None


def _use(pattern: AnyPattern, mode: str) -> Callable[[Any], object]:
    if mode == "finditer":
        return lambda text: deque(pattern.finditer(text), maxlen=0)
    use: Callable[[Any], object] = getattr(pattern, mode)
    return use


def _work(use: Callable[[Any], object], attack: Attack, size: int, *, is_text: bool) -> Work:
    text = attack.text(size)
    given = text if is_text else text.encode("ascii")
    return lambda: use(given)
