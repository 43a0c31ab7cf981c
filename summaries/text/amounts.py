"""The amounts in a text, in digits or words, Indonesian or English, with their units."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import zip_longest

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[%°$€£¥]")
_SCORE = re.compile(r"(?<![\d.,/:-])(\d{1,3})\s?[-–]\s?(\d{1,3})(?!\d|[.,/:-]\d)")
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
# Larger numbers and longer digits are no amounts: the arithmetic of Decimal has 28 places and fails beyond them.
_TOO_LARGE, _MAX_DIGITS = Decimal(10**24), 40

_ONES = {
    "id": ["nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh", "sebelas"],
    "en": [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
        "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    ],
}  # fmt: skip
_ENGLISH_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ADDED = {
    **{word: number for ones in _ONES.values() for number, word in enumerate(ones)},
    **{word: 10 * number for number, word in enumerate(_ENGLISH_TENS, start=2)},
    "seratus": 100,
    "seribu": 1_000,
    "sejuta": 1_000_000,
}
_SCALES = {
    **dict.fromkeys(("ribu", "rb", "thousand"), 10**3),
    **dict.fromkeys(("juta", "jt", "million", "mn"), 10**6),
    **dict.fromkeys(("miliar", "milyar", "billion", "bn"), 10**9),
    **dict.fromkeys(("triliun", "trilyun", "trillion"), 10**12),
}
# "Rp 2,5 T": a lone letter is a scale only after money.
_MONEY_SCALES = {"M": 10**9, "T": 10**12}
_ORDINALS = {
    **{f"ke{word}": number for number, word in enumerate(_ONES["id"]) if number > 2},
    **{
        word: number
        for number, word in enumerate(["third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"], 3)
    },
}
_FIRST_WORDS = _ADDED.keys() | _ORDINALS.keys()
# Quantity words without a number; they must appear in the article verbatim.
_VAGUE_WORDS = """
    belasan puluhan ratusan ribuan jutaan miliaran triliunan separuh setengah sepertiga seperempat
    dozens hundreds thousands millions billions half
"""
_VAGUE = frozenset(_VAGUE_WORDS.split())
_UNITS = {
    word: unit
    for unit, spellings in {
        "%": "% persen percent",
        "km": "km kilometer kilometre kilometers kilometres",
        "m": "meter metre meters metres",
        "cm": "cm sentimeter centimeter centimeters centimetres",
        "mm": "mm milimeter",
        "kg": "kg kilogram kilograms kilo",
        "g": "gram grams",
        "t": "ton tons tonnes",
        "l": "liter litres liters",
        "ha": "ha hektare hektar hectares",
        "°": "° derajat degrees",
        "h": "jam hour hours",
        "min": "menit minute minutes",
        "s": "detik second seconds",
        "d": "hari day days",
        "week": "minggu pekan week weeks",
        "month": "bulan month months",
        "IDR": "rp idr rupiah",
        "USD": "$ us$ usd dolar dollar dollars",
        "EUR": "€ eur euro euros",
        "GBP": "£ gbp pounds",
        "JPY": "¥ yen",
    }.items()
    for word in spellings.split()
}
AMOUNT_WORDS = frozenset((*_ADDED, *_SCALES, *_UNITS, "belas", "puluh", "ratus"))
"""Words of numbers and units, in lower case."""
_MONEY = frozenset(("IDR", "USD", "EUR", "GBP", "JPY"))
_BEFORE = frozenset(("rp", "idr", "usd", "$", "€", "£", "¥", "eur", "gbp"))


@dataclass(frozen=True, slots=True)
class Amount:
    """`values[0]` is the number as read in the text's language; the others are readings by other conventions.

    `unit` is a measure, per cent or a currency; None for a count ("lima orang").
    """

    values: tuple[Decimal, ...]
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class LocatedAmount:
    """An amount and its place: `text[start:end]` is the number with its scale ("2,5 triliun"), without the unit."""

    amount: Amount
    start: int
    end: int


def find_amounts(text: str, language: str = "id") -> list[Amount]:
    """Return the amounts that `locate_amounts` finds."""
    return [located.amount for located in locate_amounts(text, language)]


def locate_amounts(text: str, language: str = "id") -> list[LocatedAmount]:
    """Return every amount of the text with its place, in order, except a lone "satu", "one", "kedua" or "second".

    In a series ("5 sampai 10 persen"), amounts without a unit take the next one's.
    """
    matches = list(_TOKEN.finditer(text))
    tokens = [match[0] for match in matches]
    found: list[tuple[int, int, Amount]] = []
    at = 0
    while at < len(tokens):
        if not tokens[at][0].isdecimal() and tokens[at].lower() not in _FIRST_WORDS:
            at += 1
            continue
        values, end = _parse_number(tokens, at, language)
        if values:
            found.append((at, end, _add_unit(tokens, at, end, values)))
        at = end
    return [
        LocatedAmount(
            replace(amount, unit=after[2].unit) if after and not amount.unit and after[0] - end <= 1 else amount,
            matches[at].start(),
            matches[end - 1].end(),
        )
        for (at, end, amount), after in zip_longest(found, found[1:])
    ]


def find_vague_amounts(text: str) -> frozenset[str]:
    """Return the quantity words without a number in the text ("ratusan", "half"), in lower case."""
    return _VAGUE.intersection(word.lower() for word in _TOKEN.findall(text))


def find_scores(text: str) -> list[tuple[int, int]]:
    """Return the scores and ranges in the text ("3-1"), in order."""
    return [(int(match[1]), int(match[2])) for match in _SCORE.finditer(text)]


def is_supported(amount: Amount, others: Sequence[Amount]) -> bool:
    """Return whether one of `others` (the article's amounts) supports the amount. Only a count may lack the unit."""
    return any(
        amount.values[0] in other.values
        and (amount.unit == other.unit or (amount.unit is None and other.unit != "%" and other.unit not in _MONEY))
        for other in others
    )


def _parse_number(tokens: Sequence[str], at: int, language: str) -> tuple[tuple[Decimal, ...], int]:
    """Parse the number at `at`: its values, none if it is no amount, and the index after it."""
    if tokens[at][0].isdecimal():
        values = _parse_digits(tokens[at], language) if len(tokens[at]) <= _MAX_DIGITS else ()
        end = at + 1
        is_money = _find_unit_before(tokens, at) in _MONEY
        while end < len(tokens) and (scale := _get_scale(tokens[end], is_money=is_money)):
            values = tuple(value * scale for value in values if value < _TOO_LARGE)
            end += 1
        return tuple(value for value in values if value < _TOO_LARGE), end
    if (ordinal := _ORDINALS.get(tokens[at].lower())) is not None:
        return (Decimal(ordinal),), at + 1
    value, end = _parse_spelled(tokens, at)
    is_article = end == at + 1 and value == 1
    return () if is_article or value >= _TOO_LARGE else (Decimal(value),), end


def _get_scale(token: str, *, is_money: bool) -> int | None:
    return _SCALES.get(token.lower()) or (_MONEY_SCALES.get(token) if is_money else None)


def _parse_spelled(tokens: Sequence[str], at: int) -> tuple[int, int]:
    """Parse the number in words at `at`: its value and the index after it."""
    total = current = 0
    end = at
    while end < len(tokens):
        word = tokens[end].lower()
        last = current % 10
        if (added := _ADDED.get(word)) is not None:
            if end > at and (last or (current % 100 and added >= 10)):
                break  # the next number
            current += added
        elif end == at:
            return 0, at
        elif word == "belas" and last:
            current += 10
        elif word == "puluh" and last:
            current += 9 * last
        elif word in ("ratus", "hundred") and last:
            current += 99 * last
        elif scale := _SCALES.get(word):
            total, current = total + current * scale, 0
        else:
            break
        end += 1
    return total + current, end


def _parse_digits(digits: str, language: str) -> tuple[Decimal, ...]:
    """Return the readings of the digits: first by the language's convention, then by others."""
    decimal = "," if language == "id" else "."
    as_written = _parse_decimal(digits, decimal)
    other = _parse_decimal(digits, "." if decimal == "," else ",")
    readings = [value for value in (as_written, other) if value is not None]
    # A time of day or similar ("10.05.30"): its digits.
    return tuple(dict.fromkeys(readings)) or (Decimal(re.sub(r"\D", "", digits)),)


def _parse_decimal(digits: str, decimal: str) -> Decimal | None:
    thousands = "." if decimal == "," else ","
    whole, _, fraction = digits.partition(decimal)
    if thousands in whole and not _GROUPED.fullmatch(whole.replace(thousands, ",")):
        # "10.05" in Indonesian: a time, or a decimal point nonetheless.
        return Decimal(digits) if digits.count(".") == 1 and "," not in digits else None
    if not fraction.isdigit() and fraction:
        return None
    return Decimal(f"{whole.replace(thousands, '')}.{fraction or 0}").normalize()


def _add_unit(tokens: Sequence[str], at: int, end: int, values: tuple[Decimal, ...]) -> Amount:
    after = _UNITS.get(tokens[end].lower()) if end < len(tokens) else None
    if after is None and [token.lower() for token in tokens[end : end + 2]] == ["per", "cent"]:
        after = "%"
    return Amount(values, after or _find_unit_before(tokens, at))


def _find_unit_before(tokens: Sequence[str], at: int) -> str | None:
    before = tokens[at - 1].lower() if at else ""
    return _UNITS.get(before) if before in _BEFORE else None
