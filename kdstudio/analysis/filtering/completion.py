"""How the word that is being typed may go on."""

from collections.abc import Iterator
from dataclasses import dataclass

from kdstudio.analysis.filtering.fields import ANY, Field, Fields, Mark, Names, Number
from kdstudio.analysis.filtering.terms import Term, quoted, terms

MOST = 8


@dataclass(frozen=True, slots=True)
class Completion:
    """`words` may stand in place of letters `start` to `end`; `help` says what they mean."""

    words: str
    help: str
    start: int
    end: int

    def applied(self, text: str) -> tuple[str, int]:
        """Return the text with it, and where the cursor is then; a whole term is followed by a space."""
        rest = text[self.end :].lstrip()
        space = "" if self.words.endswith((":", ">")) else " "
        return text[: self.start] + self.words + space + rest, self.start + len(self.words) + len(space)


def completions(text: str, cursor: int, fields: Fields) -> tuple[Completion, ...]:
    """Return at most eight ways to go on at a place of the text: those that begin with what stands there first."""
    term = next((one for one in terms(text) if one.start < cursor <= one.start + len(one.words)), None)
    if term is None:
        return tuple(Completion(words, help, cursor, cursor) for words, help in _keys("", fields))[:MOST]
    end = term.start + len(term.words)
    if not term.operator:
        found = [*_keys(term.words.lstrip("-"), fields), *_names(ANY, term, fields)]
    else:
        found = list(_names(term.key, term, fields))
    minus = "-" if term.is_negated else ""
    return tuple(Completion(minus + words, help, term.start, end) for words, help in found)[:MOST]


def _keys(typed: str, fields: Fields) -> list[tuple[str, str]]:
    wanted = typed.casefold()
    named = [(key, field) for key, field in fields.items() if key != ANY and wanted in key]
    named.sort(key=lambda one: not one[0].startswith(wanted))
    return [(key + _ending(field), field.help) for key, field in named]


def _ending(field: Field) -> str:
    return "" if isinstance(field, Mark) else ">" if isinstance(field, Number) else ":"


def _names(key: str, term: Term, fields: Fields) -> Iterator[tuple[str, str]]:
    """Names that contain the last value, after the values before it."""
    field = fields.get(key)
    if not isinstance(field, Names) or not (term.values or term.operator):
        return
    is_open = term.words.endswith((":", "=", ","))
    before, last = (term.values, "") if is_open else (term.values[:-1], term.values[-1] if term.values else "")
    wanted = last.casefold()
    there = [name for name in field.names if wanted in name.casefold()]
    there.sort(key=lambda name: not name.casefold().startswith(wanted))
    for name in there:
        values = ",".join(quoted(one) for one in (*before, name))
        yield (f"{key}:{values}" if key else values), field.help
