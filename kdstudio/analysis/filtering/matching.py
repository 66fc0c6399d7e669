"""Which inputs a filter lets pass, and what in it cannot be understood."""

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite

import numpy as np

from kdstudio.analysis.filtering.fields import ANY, Field, Fields, Mark, Names, Number, Words
from kdstudio.analysis.filtering.terms import Term, quoted

MOST = 16  # names that a problem lists
_COMPARE = {">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le, ":": operator.eq}
_LIKE = str.maketrans("_-", "  ")


@dataclass(frozen=True, slots=True)
class Misunderstood:
    """What is wrong with a term, in words, and what there is instead."""

    term: Term
    words: str


def misunderstood(terms: Sequence[Term], fields: Fields) -> tuple[Misunderstood, ...]:
    """Return all that cannot be understood, in the order of the terms."""
    return tuple(Misunderstood(term, words) for term in terms if (words := _against(term, fields)))


def passing(terms: Sequence[Term], fields: Fields, count: int) -> np.ndarray:
    """Return which of `count` inputs all terms let pass, (count,) bool; terms must be understood."""
    mask = np.ones(count, dtype=bool)
    for term in terms:
        mask &= _passes(term, fields) ^ term.is_negated
    return mask


def places(name: str, names: Sequence[str]) -> list[int]:
    """Return which of `names` are meant: those called so, or else those that contain it; letters may be small."""
    wanted = _plain(name)
    exact = [k for k, one in enumerate(names) if _plain(one) == wanted]
    return exact or [k for k, one in enumerate(names) if wanted in _plain(one)]


def _passes(term: Term, fields: Fields) -> np.ndarray:
    field = _field(term, fields)
    match field:
        case Mark():
            return field.has
        case Words():
            return np.asarray(np.logical_or.reduce([field.has(value) for value in term.values]))
        case Names():
            return field.has(sorted({k for value in term.values for k in places(value, field.names)}))
        case Number():
            numbers = [number for value in term.values if (number := _number(value)) is not None]
            compare = _COMPARE[term.operator]
            return np.asarray(np.logical_or.reduce([compare(field.values(), number) for number in numbers]))
    raise ValueError(f"{term.words} is not understood")


def _field(term: Term, fields: Fields) -> Field | None:
    if term.operator:
        return fields.get(term.key)
    mark = fields.get(term.values[0].casefold()) if len(term.values) == 1 else None
    return mark if isinstance(mark, Mark) else fields.get(ANY)


def _against(term: Term, fields: Fields) -> str:
    """Return why a term cannot be understood, "" where it can."""
    field, keys = _field(term, fields), [key for key in fields if key != ANY]
    bare = "" if term.operator or not term.values else term.values[0].casefold()
    if bare in keys and not isinstance(field, Mark):
        return f"{bare} needs more: {example(bare, fields[bare])}."
    if field is None and term.operator:
        return f"Nothing is called “{term.key}”. {_offer(term.key, keys)}"
    if field is None:
        return f"“{term.words}” needs a key before it. {_offer(bare, keys)}"
    if isinstance(field, Mark):
        return f"{term.key} stands alone, without “{term.operator}”." if term.operator else ""
    if not term.values:
        return f"{term.key or term.words} needs more: {example(term.key, field)}."
    return _against_values(term, field)


def _against_values(term: Term, field: Names | Number | Words) -> str:
    if isinstance(field, Number):
        is_clear = all(_number(value) is not None for value in term.values)
        is_one = len(term.values) == 1 or term.operator == ":"
        return "" if is_clear and is_one else f"{term.key} needs one number: {example(term.key, field)}."
    if term.operator not in ("", ":"):
        return f"{term.key} has no order: write {example(term.key, field)}."
    if isinstance(field, Words):
        return ""
    unknown = next((value for value in term.values if not places(value, field.names)), None)
    return "" if unknown is None else f"No {field.kind} is called “{unknown}”. {_offer(unknown, field.names)}"


def example(key: str, field: Field) -> str:
    """Return how a field is written."""
    if isinstance(field, Names):
        name = quoted(field.names[0]) if field.names else "NAME"
        return f"{key}:{name}" if key else name
    return f"{key}>0.5" if isinstance(field, Number) else key if isinstance(field, Mark) else f"{key}:word"


def _offer(typed: str, there: Sequence[str]) -> str:
    """Say which names there are, the one that is most like the typed one first."""
    if not there:
        return "There is none yet."
    by_plain = {_plain(one): one for one in there}
    close = get_close_matches(_plain(typed)[:80], list(by_plain)[:2000], n=1)
    first = [by_plain[one] for one in close]
    listed = [*first, *(one for one in there if one not in first)]
    more = f" and {len(listed) - MOST} more" if len(listed) > MOST else ""
    return f"There are: {', '.join(listed[:MOST])}{more}."


def _number(text: str) -> float | None:
    plain = text.removesuffix("%")
    try:
        value = float(plain) / (100 if plain != text else 1)
    except ValueError:
        return None
    return value if isfinite(value) else None


def _plain(name: str) -> str:
    return name.casefold().translate(_LIKE)
