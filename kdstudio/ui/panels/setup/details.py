"""What the drawer of Setup says about a model or the data: facts, layers, classes, and every problem."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.core.errors import Problem
from kdstudio.core.targets import outputs
from kdstudio.recipe.item import Item
from kdstudio.ui.checked import Checked
from kdstudio.ui.draft import Draft
from kdstudio.ui.panels.amounts import shape, size
from kdstudio.ui.panels.setup.checks import role_problems, row
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.cards import Glyph
from kdstudio.ui.widgets.labels import Heading, Label, Paragraph
from kdstudio.ui.widgets.painting import LEFT, RIGHT, count

MOST_CLASSES, MOST_LAYERS = 200, 200  # lines that are drawn; the terminal has all
LATENCY = "Latency"
_KINDS = {"image": "images", "text": "texts", "table": "rows of a table", "audio": "sounds"}
_LOOKS = {"note": ("info", "text_3"), "warning": ("alert", "warning")}


def sections(role: str, item: Item, draft: Draft, latency: str = "") -> list[QWidget]:
    """Return the parts of the drawer, from top to bottom; the words of a fact bear its name."""
    parts = [_facts(_data_facts(item, draft) if role == "data" else _model_facts(role, item, draft, latency))]
    if item.silhouette:
        parts.append(_titled("Layers", _table(_layers(item), ("", "output"))))
    if role == "teacher" and (pairs := class_pairs(item, draft)):
        parts.append(_titled("Labels and outputs", _table(pairs, ("label of the data", "output of the teacher"))))
    elif item.class_names:
        parts.append(_titled(_answers(item), _table(_classes(item), _class_heads(item))))
    parts.append(_titled("Problems and notes", _problems(item, role_problems(draft, role))))
    return parts


def _answers(item: Item) -> str:
    told = outputs(item.task, len(item.class_names), item.class_names)
    return f"{told[:1].upper()}{told[1:]}"


def class_pairs(teacher: Item, draft: Draft) -> list[tuple[str, str]]:
    """Return each label of the data with the output of the teacher that stands for it, as the last check found."""
    data, check = draft.item("data"), draft.check
    if data is None or not data.class_names or check is None or check.teacher is None:
        return []
    columns = check.teacher.get("class_map") or range(len(data.class_names))
    names = teacher.class_names
    return [
        (label, "–" if at < 0 else f"{at} · {names[at]}" if at < len(names) else str(at))
        for label, at in zip(data.class_names, columns, strict=False)
    ][:MOST_CLASSES]


def _model_facts(role: str, item: Item, draft: Draft, latency: str) -> list[tuple[str, str]]:
    check = draft.check
    score = check.teacher if check is not None and role == "teacher" else None
    knobs = ", ".join(f"{name} {value}" for name, value in item.knobs.items())
    return [
        ("What it is", item.title),
        ("Format", item.format),
        ("Architecture", " · ".join(filter(None, (item.architecture.replace("_", " "), knobs)))),
        ("Takes", _KINDS.get(item.kind, "")),
        ("Input → output", shape(item.input_shape, item.classes, item.kind)),
        ("Parameters", "" if item.parameters is None else count(item.parameters)),
        ("Multiply-adds", "" if not item.macs else count(item.macs)),
        ("Activations", _activations(item)),
        (LATENCY, latency),
        ("Size", size(item.bytes) if item.bytes else ""),
        ("Pre-processing", (score or {}).get("preprocessing") or item.preprocessing),
        ("Output", item.output),
        *(_score(check) if role == "teacher" else []),
        ("Can be trained", _training(item)),
        ("Feature layers", ", ".join(item.layers)),
    ]


def _score(check: Checked | None) -> list[tuple[str, str]]:
    """Return how good the teacher is on the validation inputs, where the last check could say it."""
    if check is None or check.teacher is None or check.teacher["accuracy"] is None:
        return []
    joint = "of" if check.measure.key == "accuracy" else "on"
    return [(check.measure.short, f"{check.measure.words(check.teacher['accuracy'])} {joint} your validation inputs")]


def _training(item: Item) -> str:
    if item.can_train:
        return "yes"
    return f"no: {item.training_note or 'it can only teach'}" if item.parameters else ""


def _activations(item: Item) -> str:
    if item.activation_bytes is None:
        return f"not known: {item.activation_note}" if item.activation_note else ""
    return f"{size(item.activation_bytes)} at most, for one input"


def _data_facts(item: Item, draft: Draft) -> list[tuple[str, str]]:
    found = draft.check.data if draft.check is not None else None
    counts = found["counts"] if found is not None else item.counts
    return [
        ("What it is", item.title),
        ("Format", item.format),
        ("Inputs", _KINDS.get(item.kind, "")),
        ("One input", item.input.removeprefix("texts, ")),
        ("In the files", " · ".join(f"{name} {count(number)}" for name, number in item.counts.items())),
        ("As divided", " · ".join(f"{name} {count(number)}" for name, number in counts.items()) if found else ""),
        ("Labels seen", count(found["labelled"]) if found is not None else ""),
        ("Size", size(item.bytes) if item.bytes else ""),
    ]


def _layers(item: Item) -> list[tuple[str, str]]:
    """Name the weight layers where as many are named, else number them."""
    named = len(item.layers) == len(item.silhouette)
    found = []
    for at, (side, channels) in enumerate(item.silhouette[:MOST_LAYERS]):
        name = item.layers[at] if named else f"layer {at + 1}"
        if item.kind in ("image", "audio", "") and side > 1:
            found.append((name, f"{side}×{side}, {count(channels)} channels"))
        elif item.kind == "text" and side > 1:
            found.append((name, f"{count(side)} words, {count(channels)} channels"))
        else:
            found.append((name, f"{count(channels)} units"))
    return found


def _classes(item: Item) -> list[tuple[str, str]]:
    numbers = item.class_counts or tuple(range(len(item.class_names)))
    return [(name, count(number)) for name, number in zip(item.class_names, numbers, strict=False)][:MOST_CLASSES]


def _class_heads(item: Item) -> tuple[str, str]:
    return ("", "training inputs") if item.class_counts else ("", "output")


def _facts(facts: list[tuple[str, str]]) -> QWidget:
    made = QWidget()
    grid = QGridLayout(made)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(theme().px(12))
    grid.setVerticalSpacing(theme().px(5))
    grid.setColumnMinimumWidth(0, theme().px(116))
    grid.setColumnStretch(1, 1)
    for at, (name, value) in enumerate((name, value) for name, value in facts if value and value != "–"):
        label = Paragraph(name, "small", "2")
        label.setFixedWidth(theme().px(116))
        grid.addWidget(label, at, 0, Qt.AlignmentFlag.AlignTop)
        words = Paragraph(value, "small", "1")
        words.setObjectName(name)
        grid.addWidget(words, at, 1, Qt.AlignmentFlag.AlignTop)
    return made


def _table(rows: list[tuple[str, str]], heads: tuple[str, str]) -> QWidget:
    """Two columns: names at the left, what belongs to them at the right."""
    made = QWidget()
    grid = QGridLayout(made)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(theme().px(12))
    grid.setVerticalSpacing(theme().px(3))
    grid.setColumnStretch(0, 1)
    for at, (left, right) in enumerate([heads, *rows]):
        roles = ("caption", "3") if at == 0 else ("small", "1")
        for column, (words, align) in enumerate(((left, LEFT), (right, RIGHT))):
            label = Label(words, *roles)
            label.setAlignment(align)
            grid.addWidget(label, at, column)
    return made


def _problems(item: Item, checked: list[Problem]) -> QWidget:
    """What was found in the file, and by the check of the whole recipe; each once."""
    found = {problem.message: problem for problem in (*item.problems, *checked)}
    made = QWidget()
    column = QVBoxLayout(made)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(theme().px(8))
    if not found:
        column.addWidget(Label("None.", "small", "2"))
    ranked = sorted(found.values(), key=lambda problem: ("error", "warning", "note").index(problem.severity))
    for line_of in map(row, ranked):
        line, told = QHBoxLayout(), QVBoxLayout()
        line.setSpacing(theme().px(8))
        told.setSpacing(0)
        icon, token = _LOOKS.get(line_of.severity, ("alert", "error"))
        line.addWidget(Glyph(icon, token, 14, line_of.severity), 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(told, 1)
        told.addWidget(Paragraph(line_of.words, "small", "1"))
        if line_of.hint:
            told.addWidget(Paragraph(line_of.hint, "caption", "3"))
        column.addLayout(line)
    return made


def _titled(title: str, part: QWidget) -> QWidget:
    made = QWidget()
    column = QVBoxLayout(made)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(theme().px(6))
    column.addWidget(Heading(title, 3))
    column.addWidget(part)
    return made
