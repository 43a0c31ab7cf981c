"""Texts on which a regular expression may work longer than they are long, made from the expression itself.

A backtracking matcher takes more than linear time where the same characters can be shared out between repeats in many
ways, or where each start is tried in vain over the same stretch. Both need a stretch of characters that the expression
accepts, usually with something behind it that it does not. So an attack is an opening, a piece that is repeated, and an
ending. Pieces are single characters (one for each set of characters that the expression treats alike), pairs of them,
samples of every part of the expression, and samples that lack their last part.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from re import _compiler as compiler  # type: ignore[attr-defined]
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from tests.linear_time.expressions import AnyPattern

# If an expression treats several characters alike, the first of them here represents the others.
_CHARACTERS = (
    "a 0.Z1/-x9\n,\t:_<>\"'()[]&=@|bdeiknorstuABJK~`!?;#%+*^$\\{}\r\x0b\x0c\x00"
    "\u00a0\u2003\u200b\ufeffé–—“”‘’…•»·ß\u0301\u0130Ⅷ٣中\ud800\U0001f600"
)
# A character that no expression names.
_FOREIGN = "\x1a"
# A repeat is attacked with a stretch if its upper bound is at least this.
_MANY = 8
# The length of a stretch, longer than the bounds of most repeats.
_STRETCH = 120
_LONGEST_PIECE = 60
_MOST_OPENINGS = 24
_MOST_ENDINGS = 4
_MOST_SINGLES = 24
_MOST_PIECES = 200

_Node = tuple[Any, Any]
_SETS = frozenset((sre.LITERAL, sre.NOT_LITERAL, sre.IN, sre.ANY))
_REPEATS = frozenset((sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT))
_LOOKS = frozenset((sre.ASSERT, sre.ASSERT_NOT))


@dataclass(frozen=True, slots=True)
class Attack:
    """`opening`, then `piece` again and again, then `ending`."""

    opening: str
    piece: str
    ending: str

    def text(self, size: int) -> str:
        """The attack in about so many characters, with one piece at least."""
        turns = (size - len(self.opening) - len(self.ending)) // len(self.piece)
        return self.opening + self.piece * max(1, turns) + self.ending


def make_attacks(pattern: AnyPattern, most: int | None = None) -> list[Attack]:
    """Attacks on the pattern, at most so many; those that succeed most often come first."""
    is_text = isinstance(pattern.pattern, str)
    fitting = (
        attack
        for attack in _in_order(_Expression(pattern))
        if is_text or (attack.opening + attack.piece + attack.ending).isascii()
    )
    found: dict[Attack, None] = {}
    for attack in fitting:
        if most is not None and len(found) >= most:
            break
        found[attack] = None
    return list(found)


def _in_order(expression: _Expression) -> Iterator[Attack]:
    singles, pieces = expression.characters, expression.pieces()
    openings, endings = expression.openings(), expression.endings()
    anywhere = (_FOREIGN, *openings)
    kinds: list[Iterator[Attack]] = [
        *(_at_repeat(opening, repeated, endings) for opening, repeated in expression.repeats()),
        (Attack("", piece, ending) for piece, ending in _pairs(singles, endings)),
        (Attack("", piece, ending) for piece, ending in _pairs(pieces, endings)),
        (Attack(opening, piece, _FOREIGN) for opening, piece in _pairs(anywhere, singles)),
        (Attack(opening, piece, _FOREIGN) for opening, piece in _pairs(anywhere, pieces)),
        (Attack("", one + two, _FOREIGN) for one, two in _pairs(singles, singles)),
        # Where a bound keeps each stretch short: many openings, perhaps with a stretch behind each.
        (Attack("", opening, ending) for opening, ending in _pairs(openings, endings)),
        (Attack("", opening + piece * _STRETCH, "") for opening, piece in _pairs(openings, singles)),
        (Attack("", piece + blank, _FOREIGN) for piece, blank in _pairs(pieces, " \na")),
        (Attack("", one + two, _FOREIGN) for one, two in _pairs(pieces, pieces)),
        (Attack("", piece, ending) for piece, ending in _pairs((*singles, *pieces), singles)),
        (
            Attack(opening, piece, ending)
            for opening, (piece, ending) in itertools.product(openings, _pairs((*singles, *pieces), endings[1:]))
        ),
        (
            Attack(opening, one + two, _FOREIGN)
            for opening, (one, two) in itertools.product(openings, _pairs(singles, singles))
        ),
    ]
    for attacks in itertools.zip_longest(*kinds):
        yield from filter(None, attacks)


def _at_repeat(opening: str, repeated: Sequence[str], endings: Sequence[str]) -> Iterator[Attack]:
    for piece, ending in _pairs(repeated, endings[:2]):
        yield Attack(opening, piece, ending)
    for one, two in _pairs(repeated, repeated):
        yield Attack(opening, one + two, _FOREIGN)
        yield Attack("", opening + (one + two) * (_STRETCH // len(one + two)), "")


def _pairs(firsts: Sequence[str], seconds: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Every pair, those of early items first."""
    for total in range(len(firsts) + len(seconds) - 1):
        for at in range(max(0, total - len(seconds) + 1), min(len(firsts), total + 1)):
            yield firsts[at], seconds[total - at]


class _Expression:
    """The parts of a pattern that attacks are made of."""

    def __init__(self, pattern: AnyPattern) -> None:
        self._tree = parser.parse(pattern.pattern, pattern.flags)
        self._groups: dict[int, Sequence[_Node]] = {}
        self._sets: dict[str, Any] = {}
        self._literals: set[str] = set()
        self._sequences: list[Sequence[_Node]] = []
        self._collect(self._tree)
        self._alphabet = (*_CHARACTERS, *sorted(self._literals))
        kinds = {char: self._kind(char) for char in self._alphabet}
        # Characters that the most sets accept come first, because several parts may share them.
        self._by_reach = sorted(self._alphabet, key=lambda char: -sum(kinds[char]))
        alike: dict[tuple[bool, ...], str] = {}
        for char in self._by_reach:
            alike.setdefault(kinds[char], char)
        # One character for each set of characters that the expression treats alike.
        self.characters = list(alike.values())[:_MOST_SINGLES]

    def _collect(self, nodes: Iterable[_Node]) -> None:
        nodes = list(nodes)
        self._sequences.append(nodes)
        for node in nodes:
            op, value = node
            if op in _SETS:
                one = parser.SubPattern(self._tree.state, [node])
                self._sets.setdefault(repr(node), compiler.compile(one, self._tree.state.flags))
            if op is sre.LITERAL:
                self._literals.add(chr(value))
            if op is sre.SUBPATTERN and value[0] is not None:
                self._groups[value[0]] = list(value[3])
            for part in _parts(node):
                self._collect(part)

    def _kind(self, char: str) -> tuple[bool, ...]:
        """Which of the expression's sets accept the character."""
        return tuple(known.match(char) is not None for known in self._sets.values())

    def pieces(self) -> list[str]:
        """Return samples of each part, and of its beginnings and ends."""
        found: dict[str, None] = {}
        for sequence in sorted(self._sequences, key=len, reverse=True):
            for is_full in (True, False):
                samples = [self._samples(part, is_full=is_full) for part in _words_and_others(sequence)]
                for end in range(len(samples), 0, -1):
                    found["".join(samples[:end])] = None
                for start in range(1, len(samples)):
                    found["".join(samples[start:])] = None
                found["".join(samples)[:-1]] = None
        return [piece[:_LONGEST_PIECE] for piece in found if len(piece) > 1][:_MOST_PIECES]

    def endings(self) -> list[str]:
        """Return endings that no repeat accepts: a foreign character, and characters outside of sets, such as a line
        break for "."."""
        left_out = {
            next((char for char in self._alphabet if not known.match(char)), "")
            for known in self._sets.values()
            if known.match(_FOREIGN)
        }
        return [_FOREIGN, *(char + _FOREIGN for char in sorted(filter(None, left_out))[:_MOST_ENDINGS]), ""]

    def openings(self) -> list[str]:
        """Return the text before each repeat of many turns."""
        return list(dict.fromkeys(opening for opening, _ in self.repeats() if opening))[:_MOST_OPENINGS]

    def repeats(self) -> list[tuple[str, Sequence[str]]]:
        """Return each repeat of many turns: the text before it, and the pieces that it may repeat."""
        found: dict[tuple[str, Sequence[str]], None] = {}
        for is_full in (False, True):
            for opening, body in self._repeats(self._tree, is_full=is_full):
                found[opening[:_LONGEST_PIECE], tuple(self._turns(body))] = None
        return list(found)

    def _repeats(self, nodes: Iterable[_Node], *, is_full: bool) -> Iterator[tuple[str, Sequence[_Node]]]:
        before = ""
        for node in nodes:
            if node[0] in _REPEATS and node[1][1] >= _MANY:
                yield before, list(node[1][2])
            for part in _parts(node):
                for opening, body in self._repeats(part, is_full=is_full):
                    yield before + opening, body
            before += self._sample(node, is_full=is_full)

    def _turns(self, body: Sequence[_Node]) -> Iterator[str]:
        """Yield the texts that one turn of a repeat accepts: samples of its alternatives, and single characters."""
        found = dict.fromkeys(
            self._samples(part, is_full=is_full, sees_around=sees_around)[:_LONGEST_PIECE]
            for part in _alternatives(body)
            for sees_around in (True, False)
            for is_full in (False, True)
        )
        for node in body:
            if node[0] in _SETS:
                found |= dict.fromkeys(filter(self._sets[repr(node)].match, self.characters))
        yield from filter(None, found)

    def _sample(self, node: _Node, *, is_full: bool, sees_around: bool = False) -> str:
        """Return a text that the node accepts: a short one, or one with all optional parts; perhaps with its
        lookarounds."""
        op, value = node
        if op in _SETS:
            return next(filter(self._sets[repr(node)].match, self._by_reach), "")
        if op in _REPEATS:
            least, most, body = value
            turns = max(least, 1) if is_full and most else least
            return str(self._samples(body, is_full=is_full, sees_around=sees_around) * min(turns, _LONGEST_PIECE))
        if op is sre.BRANCH:
            return self._samples(value[1][-1 if is_full else 0], is_full=is_full, sees_around=sees_around)
        if op is sre.GROUPREF:
            return self._samples(self._groups.get(value, ()), is_full=is_full)
        if op is sre.AT or (op in _LOOKS and not sees_around) or op is sre.ASSERT_NOT:
            return ""
        return "".join(self._samples(part, is_full=is_full, sees_around=sees_around) for part in _parts(node))

    def _samples(self, nodes: Iterable[_Node], *, is_full: bool, sees_around: bool = False) -> str:
        return "".join(self._sample(node, is_full=is_full, sees_around=sees_around) for node in nodes)


def _words_and_others(sequence: Sequence[_Node]) -> Iterator[list[_Node]]:
    """The sequence in parts; letters that follow each other are one."""
    for is_literal, nodes in itertools.groupby(sequence, key=lambda node: node[0] is sre.LITERAL):
        if is_literal:
            yield list(nodes)
        else:
            yield from ([node] for node in nodes)


def _alternatives(sequence: Sequence[_Node]) -> Iterator[Sequence[_Node]]:
    """Yield the sequence with one branch at a time."""
    yield sequence
    for at, node in enumerate(sequence):
        for part in _parts(node) if node[0] in (sre.BRANCH, sre.SUBPATTERN) else ():
            for alternative in _alternatives(list(part)):
                yield [*sequence[:at], *alternative, *sequence[at + 1 :]]


def _parts(node: _Node) -> list[Sequence[_Node]]:
    """The sequences inside of the node."""
    op, value = node
    if op is sre.BRANCH:
        return list(value[1])
    if op is sre.SUBPATTERN:
        return [value[3]]
    if op in _REPEATS:
        return [value[2]]
    if op in _LOOKS:
        return [value[1]]
    if op is sre.ATOMIC_GROUP:
        return [value]
    if op is sre.GROUPREF_EXISTS:
        return [part for part in value[1:] if part is not None]
    return []
