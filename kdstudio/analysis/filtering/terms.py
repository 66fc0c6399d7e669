"""The words of a filter taken apart. Every text can be read: what is meant by it is another question."""

import re
from dataclasses import dataclass

# -key>value, key:"a value",other or a bare word. Spaces may stand around < > = and after a comma. A quotation
# mark that is not closed reaches to the end. Nothing is tried twice (possessive), so that no text takes long.
_TERM = re.compile(
    r"""(?P<minus>-(?=\S))?
    (?:(?P<key>[^\s":<>=≤≥,]++)(?:(?P<colon>:)|\s*+(?P<operator>[<>]=|[=<>≤≥])\s*+))?
    (?P<values>(?:"[^"]*+"?+|,\s*+|[^\s",])*+)""",
    re.VERBOSE,
)
_VALUE = re.compile(r'(?:"[^"]*+"?+|[^",])++')
_QUOTES = str.maketrans("“”„", '"""')
_OPERATORS = {"=": ":", "≤": "<=", "≥": ">="}


@dataclass(frozen=True, slots=True)
class Term:
    """One condition: letters `start` to `end` of the filter, of which `words` are as they were typed.

    `key` and `operator` (":", ">", "<", ">=" or "<=") are "" for a bare word; any of the `values` may hold.
    """

    words: str
    start: int
    end: int
    key: str
    operator: str
    values: tuple[str, ...]
    is_negated: bool


def terms(text: str) -> tuple[Term, ...]:
    """Take a filter apart; all terms have to hold."""
    plain, found, at = text.translate(_QUOTES), [], 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        match = _TERM.match(plain, at)
        assert match is not None  # all of it is optional, and a letter that is no space is a value
        at = match.end()
        operator = match["colon"] or match["operator"] or ""
        values = tuple(value for one in _VALUE.findall(match["values"]) if (value := _plain(one)))
        key = (match["key"] or "").casefold()
        words = text[match.start() : at].rstrip()
        found.append(
            Term(
                words,
                match.start(),
                at,
                key,
                _OPERATORS.get(operator, operator),
                values,
                is_negated=bool(match["minus"]),
            )
        )
    return tuple(found)


def without_last(text: str) -> str:
    """Return the filter without its last term."""
    found = terms(text)
    return text[: found[-1].start].rstrip() if found else ""


def quoted(name: str) -> str:
    """Write a name so that it is read as one value."""
    plain = name.replace('"', "")
    return f'"{plain}"' if re.search(r"[\s,:<>=≤≥]", plain) or plain.startswith("-") or not plain else plain


def _plain(value: str) -> str:
    return value.replace('"', "").strip()
