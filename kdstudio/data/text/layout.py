"""How a file of texts is written, found from its beginning and its end."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kdstudio.core.errors import DataError
from kdstudio.data import magic
from kdstudio.data.labels import no_column
from kdstudio.data.text.cells import decoded
from kdstudio.data.text.roles import LABEL_NAMES, TEXT_NAMES, Roles, roles
from kdstudio.data.text.tables import FORMS, Form, Table, parquet
from kdstudio.data.written_labels import NUMBER

_HEAD, _TAIL = 128 * 1024, 64 * 1024  # the end is looked at because many files are sorted by class
_LONG = 8 * 1024**2
_FEW_ROWS = 20
_ROWS = 2000


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is written: its form (None: parquet), whether it has a header, and what its columns are."""

    form: Form | None
    has_header: bool
    roles: Roles
    names: tuple[str, ...]
    width: int

    @property
    def format(self) -> str:
        """The short name of the format."""
        return "parquet" if self.form is None else self.form.name

    def like(self, other: "Layout") -> bool:
        """Whether two files have the same columns, so that what they are in one tells what they are in the other."""
        return self.width == other.width and self.names == other.names and self.has_header == other.has_header

    def labelled_by(self, wanted: str) -> "Layout":
        """Return the same with the label in the column that a person chose by its name; raises DataError.

        Several names with commas between them are columns of 0 and 1, one for each label.
        """
        names = [name.casefold() for name in self.names or [self.column(at) for at in range(self.width)]]
        if wanted.casefold() in names:
            return replace(self, roles=replace(self.roles, label=names.index(wanted.casefold()), several=()))
        several = [name.strip().casefold() for name in wanted.split(",")]
        if len(several) < 2 or any(name not in names for name in several):
            raise no_column(wanted, self.names or [self.column(at) for at in range(self.width)])
        chosen = tuple(names.index(name) for name in dict.fromkeys(several))
        return replace(self, roles=replace(self.roles, label=None, several=chosen))

    @property
    def joined(self) -> tuple[str, ...]:
        """The columns whose texts are put together; none where one column is the text."""
        pair = self.roles.pair
        return () if pair is None else (self.column(self.roles.text), self.column(pair))

    @property
    def target(self) -> str:
        """The name of the column of classes, as `labelled_by` takes it; "" where there is none."""
        if self.roles.several:
            return ", ".join(self._name(at) for at in self.roles.several)
        return "" if self.roles.label is None else self._name(self.roles.label)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of all columns but those of the text."""
        return tuple(self._name(at) for at in range(self.width) if at not in (self.roles.text, self.roles.pair))

    def _name(self, at: int) -> str:
        return self.names[at] if self.names else self.column(at)

    def column(self, at: int) -> str:
        """Return what people call a column."""
        return f"“{self.names[at]}”" if self.names else f"column {at + 1}"


def look(path: Path) -> Layout | None:
    """Return how the file is written, or None where it is no table with a text column. Raises OSError."""
    if magic.head(path, 4) == b"PAR1":
        try:
            table = parquet(path, _ROWS)
        except DataError:
            return None
        found = roles(table.columns, table.names)
        return None if found is None else Layout(None, True, found, table.names, len(table.columns))
    text, is_whole, end = _sample(path)
    if "\0" in text:
        return None
    for form in FORMS:
        found_ = form.read(text, is_whole)
        if found_ is None:
            continue
        layout = _layout(form, _extended(found_, form, end))
        if layout is not None or len(found_.columns) > 2:  # a table without text: its rows are no labelled lines
            return layout
    return None


def read_table(path: Path, layout: Layout) -> tuple[Table, str]:
    """Return (all rows of a file without its header, its encoding). Raises DataError where later rows do not fit."""
    if layout.form is None:
        return parquet(path), ""
    text, encoding = decoded(path.read_bytes())
    table = layout.form.read(text, True)
    if table is None or len(table.columns) != layout.width:
        message = f"{path.name} begins as {layout.form.words}, but goes on otherwise"
        raise DataError(message, hint="Write it with one row a text, each with the same columns.", where=str(path))
    if layout.form.name == "JSON":
        order = [table.names.index(name) if name in table.names else None for name in layout.names]
        columns = tuple(("",) * len(table) if at is None else table.columns[at] for at in order)
        return replace(table, columns=columns, names=layout.names), encoding
    return (_headless(table) if layout.has_header else table), encoding


def _sample(path: Path) -> tuple[str, bool, str]:
    """Return (the beginning as text, whether it is all, the last lines)."""
    size = path.stat().st_size
    content = magic.head(path, _HEAD)
    if size > _HEAD and content.count(b"\n") + content.count(b"\r") < _FEW_ROWS:
        content = magic.head(path, _LONG)
    if size <= len(content):
        return decoded(content)[0], True, ""
    with open(path, "rb") as file:
        file.seek(size - _TAIL)
        tail = file.read()
    return decoded(content)[0], False, decoded(tail)[0].partition("\n")[2]


def _extended(table: Table, form: Form, end: str) -> Table:
    """Return a sample with the last rows added, where they can be told apart."""
    last = form.read(end, True) if end else None
    if last is None or len(last.columns) != len(table.columns) or last.names != table.names:
        return table
    return replace(table, columns=tuple(a + b for a, b in zip(table.columns, last.columns, strict=True)))


def _headless(table: Table) -> Table:
    return replace(
        table,
        columns=tuple(column[1:] for column in table.columns),
        names=tuple(column[0].strip() for column in table.columns),
    )


def _layout(form: Form, table: Table) -> Layout | None:
    if table.names:
        found = roles(table.columns, table.names)
        return None if found is None else Layout(form, True, found, table.names, len(table.columns))
    body = _headless(table)
    found = roles(body.columns, body.names)  # names that are none are not known and change nothing
    if found is None:
        return None
    if form.name != "labelled lines" and _is_header(body, found):
        return Layout(form, True, found, body.names, len(body.columns))
    found = roles(table.columns) or found
    return Layout(form, False, found, (), len(table.columns))


def _are_numbers(cells: Sequence[str]) -> bool:
    return all(NUMBER.fullmatch(cell.strip()) for cell in cells)


def _is_header(body: Table, found: Roles) -> bool:
    """Whether the first row has names: known ones, or a label that no other row has beside one or two words."""
    names = [name.lower() for name in body.names]
    if (
        found.pair is not None
        or names[found.text] in TEXT_NAMES
        or (found.label is not None and names[found.label] in LABEL_NAMES)
    ):
        return True
    if any(_are_numbers(column) and not _are_numbers([name]) for column, name in zip(body.columns, names, strict=True)):
        return True
    if found.label is None:
        return False
    is_new = body.names[found.label] not in {cell.strip() for cell in body.columns[found.label]}
    return is_new and len(names[found.text].split()) <= 2
