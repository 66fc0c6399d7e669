"""Which column of a table is the text and which its class, from a sample of the rows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kdstudio.data.written_labels import FRACTION, NUMBER, are_lists

TEXT_NAMES = (
    "text", "texts", "sentence", "sentences", "content", "review", "reviews", "message", "messages", "comment",
    "comments", "tweet", "body", "question", "document", "abstract", "description", "utterance", "sms", "headline",
    "query", "phrase", "article",
)  # fmt: skip
LABEL_NAMES = (
    "label", "labels", "class", "target", "category", "sentiment", "intent", "y", "gold", "polarity", "class index",
    "coarse_label", "label-coarse", "topic", "emotion", "airline_sentiment", "stars", "rating", "score", "v1", "type",
    "is_spam", "spam", "toxic", "gold_label", "is_duplicate", "is_paraphrase", "entailment", "quality",
)  # fmt: skip
_FEWEST = 3  # columns of 0 and 1 that are labels side by side; two may as well be something else
_CERTAIN = LABEL_NAMES[:4]  # a column called so is the label whatever is in it: reading says what is wrong with it
MOST_CLASSES = 1000
_WORDS = 2.5  # mean words from which a column is text: shorter ones are names and categories
_PAIR_WORDS = 1.5  # mean words of each of two texts whose columns are called like a pair
_COUPLES = (
    ("premise", "hypothesis"), ("question", "sentence"), ("question", "passage"), ("question", "answer"),
    ("query", "passage"), ("query", "document"), ("query", "title"), ("claim", "evidence"),
)  # fmt: skip
_NUMBERED = re.compile(r"[12]|(?<![a-z])[ab](?![a-z])")
_PLAIN = ("", "s", "t", "q", "string", "input")
_TITLE_WORDS = 8  # mean words up to which a column may be the names of a table's rows
_FILE = re.compile(r".+\.(?:jpe?g|png|gif|bmp|tiff?|webp|wav|flac|mp3|ogg)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Roles:
    """The column of the text, the column of its class (None: there is none), and columns that could be text as well.

    `pair` is the column of the second text where each row has two that are judged together, `several` the columns of 0
    and 1 that say which labels a text has.
    """

    text: int
    label: int | None
    others: tuple[int, ...] = ()
    pair: int | None = None
    several: tuple[int, ...] = ()


def roles(columns: Sequence[Sequence[str]], names: Sequence[str] = ()) -> Roles | None:
    """Return what the columns of a sample are, or None where none is text (or where they describe something else).

    A text has several words and hardly ever comes twice; classes are few, short, and no fractions.
    """
    lower = [name.strip().lower() for name in names] or [""] * len(columns)
    wordy = {i: words(column) for i, column in enumerate(columns) if is_text(column) and not are_lists(column)}
    two = pair(columns, lower)
    if not (wordy or two) or any(_names_files(column) for column in columns):
        return None
    text = two[0] if two else max(wordy, key=lambda i: (wordy[i], lower[i] in TEXT_NAMES))
    rest = [i for i in range(len(columns)) if i not in (*wordy, *(two or ()))]
    if not two and wordy[text] < _TITLE_WORDS and sum(_is_measured(columns[i]) for i in rest) >= 3:
        return None  # a table whose rows have names
    fitting = [i for i in rest if is_class(columns[i]) or lower[i] in _CERTAIN or _is_said(columns[i], lower[i])]
    several = side_by_side(columns, rest)
    fitting.sort(key=lambda i: (_rank(lower[i]), *_distinct(columns[i]), i))
    label = fitting[0] if fitting else None
    several = () if label is not None and lower[label] in LABEL_NAMES and label not in several else several
    label = None if several else label
    return Roles(text, label, () if two else tuple(i for i in wordy if i != text), two[1] if two else None, several)


def side_by_side(columns: Sequence[Sequence[str]], among: Sequence[int]) -> tuple[int, ...]:
    """Return columns of 0 and 1 in some rows of which several are 1 or none, so that they are no one-hot classes."""
    binary = [i for i in among if {cell.strip() for cell in columns[i]} == {"0", "1"}]
    sums = {sum(columns[i][row].strip() == "1" for i in binary) for row in range(len(columns[0]))} if binary else {1}
    return tuple(binary) if len(binary) >= _FEWEST and sums != {1} else ()


def _is_said(cells: Sequence[str], name: str) -> bool:
    """Whether a column that is called like a label has numbers to predict, or lists of labels."""
    return name in LABEL_NAMES and (_numbers(cells) or are_lists(cells, name))


def pair(columns: Sequence[Sequence[str]], names: Sequence[str]) -> tuple[int, int] | None:
    """Return the columns of two texts that belong together, told by their names (in lower case), or None.

    They are a known couple (premise, hypothesis), or called alike but for a 1 and a 2, or an a and a b. Of several
    couples (MNLI has parse trees too) the one called most plainly counts.
    """
    said = [i for i, name in enumerate(names) if name and _has_words(columns[i])]
    couples = []
    for i, k in ((i, k) for i in said for k in said if i != k):
        is_known = (names[i], names[k]) in _COUPLES
        stem, other = (_NUMBERED.sub("", names[at], count=1).strip("_ #-") for at in (i, k))
        markers = tuple(_NUMBERED.findall(names[at])[:1] for at in (i, k))
        if is_known or (stem == other and markers in ((["1"], ["2"]), (["a"], ["b"]))):
            couples.append((not is_known and stem not in (*TEXT_NAMES, *_PLAIN), len(names[i]), i, k))
    return min(couples)[2:] if couples else None


def _has_words(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell.strip()]
    return len(filled) * 2 >= len(cells) > 0 and words(filled) >= _PAIR_WORDS and not _numbers(filled)


def is_text(cells: Sequence[str]) -> bool:
    """Whether a column has texts of several words, many of them different."""
    filled = [cell for cell in cells if cell.strip()]
    if len(filled) * 2 < len(cells) or not filled or words(cells) < _WORDS:
        return False
    return len(set(filled)) * 5 >= len(filled) and not _numbers(filled)


def is_class(cells: Sequence[str]) -> bool:
    """Whether a column has few different values, none of them a fraction or a long text."""
    counts = {cell.strip() for cell in cells if cell.strip()}
    if not 1 <= len(counts) <= min(MOST_CLASSES, max(2, len(cells) // 2)):
        return False
    return max(map(len, counts)) <= 100 and not any(FRACTION.fullmatch(cell) for cell in counts)


def words(cells: Sequence[str]) -> float:
    """Return the mean number of words; where a script has no spaces, two letters count as one."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    spaceless = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")
    return sum(max(len(cell.split()), len(spaceless.findall(cell)) / 2) for cell in filled) / max(1, len(filled))


def _distinct(cells: Sequence[str]) -> tuple[bool, int]:
    count = len({cell.strip() for cell in cells if cell.strip()})
    return count < 2, count


def _rank(name: str) -> int:
    return LABEL_NAMES.index(name) if name in LABEL_NAMES else len(LABEL_NAMES)


def _is_measured(cells: Sequence[str]) -> bool:
    """Whether a column says something of its own: numbers that are no running number, or categories."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return bool(filled) and len(set(filled)) < 0.9 * len(filled) and len(set(filled)) > 1


def _numbers(cells: Sequence[str]) -> bool:
    return sum(all(NUMBER.fullmatch(word) for word in cell.split()) for cell in cells) * 2 > len(cells)


def _names_files(cells: Sequence[str]) -> bool:
    filled = [cell.strip() for cell in cells if cell.strip()]
    return bool(filled) and sum(bool(_FILE.fullmatch(cell)) for cell in filled) * 5 > 4 * len(filled)
