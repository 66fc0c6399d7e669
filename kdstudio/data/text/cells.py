"""From bytes to rows of cells: which encoding, which line ends, which cells are quoted."""

import codecs
import re
from collections import Counter
from dataclasses import dataclass

Rows = list[tuple[str, ...]]
DELIMITERS = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars"}
_BREAK = re.compile(r"\r\n|\n|\r")  # str.splitlines would break lines at 0x85, an ellipsis in Windows' Latin-1
_BOMS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_C1 = re.compile(rb"[\x80-\x9f]")
_OPEN = re.compile(r'"[^"]*+(?:""[^"]*+)*+\Z')  # a quoted cell without its end
_MOST_ODD = 0.02  # share of rows with too many or too few cells, up to which a file is a table with damaged rows


@dataclass(frozen=True, slots=True)
class Cut:
    """A text cut into rows of `width` cells. `odd` are the lines that have another number of cells."""

    delimiter: str
    is_quoted: bool
    width: int
    rows: Rows
    odd: int = 0


def decoded(content: bytes) -> tuple[str, str]:
    """Return (text, encoding): UTF-8, UTF-16 with its mark, or Latin-1 (Windows' where it has its own letters).

    UTF-8 is tried first, because text in another encoding is hardly ever valid UTF-8. A byte-order mark is left out.
    """
    for mark, name in _BOMS:
        if content.startswith(mark):
            return content.decode(name, errors="replace"), "UTF-16"
    try:
        return content.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and error.end == len(content):  # the beginning of a longer file
            return content[: error.start].decode("utf-8-sig"), "UTF-8"
    if _C1.search(content):  # control characters in Latin-1, dashes and quotes in Windows' version of it
        try:
            return content.decode("cp1252"), "Windows-1252"
        except UnicodeDecodeError:
            pass
    return content.decode("latin-1"), "Latin-1"


def lines(text: str) -> list[str]:
    """Return the lines that are not empty, whatever ends them."""
    return [line for line in _BREAK.split(text) if line.strip()]


def cut(text: str, delimiter: str, *, is_whole: bool = True) -> Cut | None:
    """Return the rows of a table, or None where `delimiter` does not divide nearly all lines alike.

    Quotes count where the whole text keeps to their rules, as spreadsheets write them; otherwise they are letters, as
    in most TSV files. `is_whole` False: the end is missing, and the last row with it.
    """
    if text.startswith('"') or f'{delimiter}"' in text or '\n"' in text or '\r"' in text:
        rows = _quoted(text, delimiter, is_whole)
        found = None if rows is None else _even(rows, delimiter, is_quoted=True)
        if found is not None:
            return found
    whole = lines(text)
    plain = [tuple(line.split(delimiter)) for line in (whole if is_whole else whole[:-1])]
    return _even(plain, delimiter, is_quoted=False)


def _even(rows: Rows, delimiter: str, *, is_quoted: bool) -> Cut | None:
    widths = Counter(map(len, rows))
    width, count = max(widths.items(), key=lambda item: item[1], default=(0, 0))
    if width < 2 or len(rows) - count > _MOST_ODD * len(rows):
        return None
    return Cut(delimiter, is_quoted, width, [row for row in rows if len(row) == width], len(rows) - count)


def _quoted(text: str, delimiter: str, is_whole: bool) -> Rows | None:
    """Return the rows under the rules of RFC 4180, or None where the text breaks them.

    A cell that begins with a quote ends at a quote before a delimiter or a line's end; quotes inside are doubled. The
    csv module would do, but for its limit of 131,072 letters a cell, which can only be moved for the whole process.
    """
    stop = re.escape(delimiter)
    cell = re.compile(rf'(?:"([^"]*+(?:""[^"]*+)*+)"|([^"{stop}\r\n][^{stop}\r\n]*+|))({stop}|\r\n|\n|\r|\Z)')
    rows: Rows = []
    row: list[str] = []
    position = 0
    while position < len(text):
        match = cell.match(text, position)
        if match is None:
            is_cut_off = not is_whole and _OPEN.match(text, position)
            return rows if is_cut_off else None
        inside, plain, end = match.groups()
        row.append(plain if inside is None else inside.replace('""', '"'))
        position = match.end()
        if end != delimiter:
            if len(row) > 1 or row[0].strip():
                rows.append(tuple(row))
            row = []
    if row and is_whole:
        rows.append((*row, ""))
    return rows if is_whole or not rows else rows[: len(rows) - (position == len(text) and end == "")]
