"""Labelled texts: a table (CSV, TSV, JSONL, parquet) or lines of label and text, one file or one a part."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import ClassVar

from kdstudio.core.errors import DataError, Problem
from kdstudio.core.targets import is_known
from kdstudio.data.class_names import class_names
from kdstudio.data.dataset import Dataset, Part
from kdstudio.data.kinds import SEPARATOR, TextInputs
from kdstudio.data.labels import AUTO, Labels, empty_classes, listed
from kdstudio.data.text.labels import empty_texts, encode_cells
from kdstudio.data.text.layout import read_table
from kdstudio.data.text.parts import Source, given, likely, parts
from kdstudio.data.written_labels import written

_LABELLED, _BARE = 0.8, 0.4  # a reader of tables is less sure where a column has sentences


class TextReader:
    """Reads texts with their classes, a file or a folder of files called after the parts."""

    title: ClassVar[str] = "labelled texts (CSV, TSV, JSON, parquet, or lines of label and text)"

    @staticmethod
    def sniff(path: Path) -> float:
        """Sure where one column has sentences and another few different values; less without labels."""
        found = likely(path)
        if found is None:
            return 0.0
        return _BARE if not found.layout.target else _LABELLED

    @staticmethod
    def read(path: Path) -> Dataset:
        """Read all texts into memory."""
        return TextReader.read_target(path, AUTO)

    @staticmethod
    def read_target(path: Path, target: str) -> Dataset:
        """Read all texts with the classes in the column `target`."""
        found, unused = parts(path)
        if not found:
            raise DataError(f"{path.name} holds no texts in rows", hint=_HINT)
        return _dataset(path, found, target, unused)

    @staticmethod
    def read_parts(files: Mapping[str, Path], target: str) -> Dataset:
        """Read a file for each part."""
        return _dataset(files["train"], given(files), target, [])


READER = TextReader
_HINT = "Write one text and its class a row: a CSV or TSV file with the columns text and label."


def _dataset(path: Path, found: dict[str, list[Source]], target: str, unused: list[Path]) -> Dataset:
    if target != AUTO:
        found = {part: [_targeted(source, target, part) for source in files] for part, files in found.items()}
    problems: list[Problem] = []
    if unused:
        names = listed([file.name for file in unused])
        hint = "Call the files after the parts: train, dev, test."
        problems.append(Problem(message=f"not used: {names}", hint=hint, severity="note"))
    first = found["train"][0]
    loaded = {part: [_File(source, first) for source in sources] for part, sources in found.items()}
    texts = {part: [text for file in files for text in file.texts] for part, files in loaded.items()}
    labels = _labels(path, loaded, problems)
    problems += _layouts(loaded)
    problems += empty_texts({part: sum(not text for text in found) for part, found in texts.items()})
    dataset = Dataset(
        path=path,
        format=f"text {first.layout.format}",
        class_names=labels.class_names,
        parts={
            part: Part.whole(TextInputs(texts[part], joined=first.layout.joined), labels.targets[part])
            for part in loaded
        },
        files=tuple(str(file.source.path) for file in chain.from_iterable(loaded.values())),
        target=first.layout.target,
        columns=first.layout.columns,
        task=labels.task,
    )
    return replace(dataset, problems=(*problems, *empty_classes(dataset.class_counts(), dataset.class_names)))


def _targeted(source: Source, target: str, part: str) -> Source:
    """Return a file with the label in the column `target`, which parts other than train may lack."""
    try:
        return replace(source, layout=source.layout.labelled_by(target))
    except DataError:
        if part == "train":
            raise
        return source


class _File:
    """The texts of one file and their labels as they are written."""

    def __init__(self, source: Source, first: Source) -> None:
        """Read it; a file with the columns of the first one means the same by them."""
        self.source = source
        self.roles = first.layout.roles if source.layout.like(first.layout) else source.layout.roles
        self.table, self.encoding = read_table(source.path, source.layout)
        self.texts = [text.strip() for text in self.table.columns[self.roles.text]]
        if self.roles.pair is not None:
            seconds = (text.strip() for text in self.table.columns[self.roles.pair])
            self.texts = [f"{a} {SEPARATOR} {b}" for a, b in zip(self.texts, seconds, strict=True)]
        at = self.roles.label
        self.labels: Sequence[str] = ("",) * len(self.texts) if at is None else self.table.columns[at]
        if self.roles.several:
            self.labels = self._side_by_side()

    def _side_by_side(self) -> list[str]:
        """Return for each row the names of the columns that are 1."""
        names = [self.source.layout.names[at] if self.source.layout.names else str(at + 1) for at in self.roles.several]
        rows = zip(*(self.table.columns[at] for at in self.roles.several), strict=True)
        return [written(name for name, cell in zip(names, row, strict=True) if cell.strip() == "1") for row in rows]

    def described(self) -> str:
        """Return how it was read, in words."""
        layout = self.source.layout
        how = "a parquet table" if layout.form is None else f"{layout.form.words} in {self.encoding}"
        header = "" if layout.form is None or layout.form.name in ("JSON", "labelled lines") else ", no header"
        header = ", with a header" if header and layout.has_header else header
        label = "no labels" if self.roles.label is None else f"the label {layout.column(self.roles.label)}"
        if self.roles.several:
            label = f"the labels {layout.target}"
        text = f"the text is {layout.column(self.roles.text)}"
        if layout.joined:
            text = f"the text is {' and '.join(layout.joined)} with {SEPARATOR} between them"
        return f"{how}{header}: {text}, {label}"


def _labels(path: Path, loaded: dict[str, list[_File]], problems: list[Problem]) -> Labels:
    cells = {part: [label for file in files for label in file.labels] for part, files in loaded.items()}
    own = next((file.table.classes for file in loaded["train"] if file.table.classes), ())
    largest = max((int(cell) for words in cells.values() for cell in set(words) if cell.isdecimal()), default=0)
    labels = encode_cells(cells, own or class_names(path, largest))
    if not labels.class_names:
        message = "these texts have no labels: a student can learn the teacher's answers to them"
        hint = "To give labels add a column called label."
        problems.append(Problem(message=message, hint=hint, severity="note"))
        return labels
    if not is_known(labels.targets["train"]).any():
        raise DataError("the training texts have no labels and others have", hint="Choose the file with labels.")
    for part, targets in labels.targets.items():
        missing = int((~is_known(targets)).sum())
        if 0 < missing < len(targets):
            what = f"{missing:,} of the {part} texts have no label"
            problems.append(Problem(message=what, severity="warning"))
    problems += labels.problems
    return labels


def _layouts(loaded: dict[str, list[_File]]) -> list[Problem]:
    """Say how each file was read, those that were read alike together; and which rows do not fit."""
    alike: dict[str, list[str]] = {}
    problems = []
    for part, files in loaded.items():
        for file in files:
            name = f"{file.source.path.name} ({part})"
            alike.setdefault(file.described(), []).append(name)
            others = [file.source.layout.column(at) for at in file.roles.others]
            if others:
                hint = "Join the columns in the file if both are wanted."
                message = f"{name}: {listed(others)} could be the text, too"
                problems.append(Problem(message=message, hint=hint, severity="note"))
            if file.table.odd:
                rows = "row has" if file.table.odd == 1 else "rows have"
                message = f"{name}: {file.table.odd:,} {rows} too many or too few cells, left out"
                problems.append(Problem(message=message, hint="Put quotes around these texts.", severity="warning"))
    notes = [Problem(message=f"{listed(names)}: {how}", severity="note") for how, names in alike.items()]
    return [*notes, *problems]
