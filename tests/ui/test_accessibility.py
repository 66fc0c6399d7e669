"""Every control says what it is, and no text is cut off, in both themes and at the largest scale."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QWidget

from kdstudio.data.face import Face
from kdstudio.ui.charts.curve_panel import CurvePanel
from kdstudio.ui.charts.curves import Series
from kdstudio.ui.charts.histogram import HistogramChart
from kdstudio.ui.charts.legend import Legend
from kdstudio.ui.widgets.butterfly import Butterfly
from kdstudio.ui.widgets.butterfly_rows import Answers
from kdstudio.ui.widgets.buttons import Button, IconButton, LinkButton, PillButton
from kdstudio.ui.widgets.cards import Card, Glyph, Note
from kdstudio.ui.widgets.chips import DataChip, ModelChip
from kdstudio.ui.widgets.drop_zone import DropZone
from kdstudio.ui.widgets.examples import ExampleLines
from kdstudio.ui.widgets.fields import Combo, Field
from kdstudio.ui.widgets.input_tile import InputTile
from kdstudio.ui.widgets.labels import Heading, MarkLabel, Paragraph, ValueRow
from kdstudio.ui.widgets.messages import Check, EmptyState, ErrorCard
from kdstudio.ui.widgets.outcome_table import OutcomeTable
from kdstudio.ui.widgets.pictures import Thumbnail
from kdstudio.ui.widgets.probes import Probe, ProbeList
from kdstudio.ui.widgets.progress import ProgressLine
from kdstudio.ui.widgets.segmented import Segmented, TabRow
from kdstudio.ui.widgets.silhouette import ClassBalance, Silhouette
from kdstudio.ui.widgets.sliders import LensSlider, ShareSlider, Slider
from kdstudio.ui.widgets.temperature_preview import TemperaturePreview
from kdstudio.ui.widgets.tiles import Line, Tile
from kdstudio.ui.widgets.toasts import Toast
from kdstudio.ui.widgets.toggles import CheckBox, Switch

NAMES = ("Shirt", "Coat", "Bag")
ANSWER = np.array([0.6, 0.3, 0.1])


def probes() -> QWidget:
    made = ProbeList()
    picture = Face("image", np.zeros((1, 28, 28), np.uint8))
    made.set_probes([Probe(7, picture, ANSWER, ANSWER[::-1], ANSWER, (0,), 0.1, np.array([0.3, 0.1]))], NAMES)
    return made


def butterfly() -> QWidget:
    made = Butterfly()
    made.set_answers(Answers(NAMES, ANSWER, ANSWER[::-1], ANSWER, (1,)))
    return made


def silhouette() -> QWidget:
    made = Silhouette("student")
    made.set_layers([(28, 16), (14, 32), (1, 10)], [(28, 64), (1, 10)])
    return made


def tile_of(face: Face) -> QWidget:
    made = InputTile(112, "Validation input 7")
    made.set_face(face, "Validation input 7")
    return made


def examples() -> QWidget:
    made = ExampleLines()
    made.set_faces([Face("table", cells=(("age", "39"), ("work", "–")))] * 3)
    return made


def balance() -> QWidget:
    made = ClassBalance()
    made.set_counts(np.array([5, 6, 7]), NAMES)
    return made


def preview() -> QWidget:
    made = TemperaturePreview()
    made.set_answer(np.array([3.0, 1.0, -2.0]), NAMES, Face("image", np.zeros((3, 32, 32), np.uint8)))
    return made


def tile() -> QWidget:
    made = Tile("Accuracy")
    made.set_value("86.2%", "without teacher 84.5", [Line(np.array([0.1, 0.5, np.nan, 0.8]))])
    return made


def card() -> QWidget:
    made = Card("Recipe", "what is learned from whom")
    made.add_action(IconButton("more", "More"))
    made.add(ValueRow("Parameters", "383 210"))
    return made


WIDGETS: dict[str, Callable[[], QWidget]] = {
    "primary": lambda: Button("Train", "primary", "play", trailing="F5"),
    "link": lambda: LinkButton("Replace…"),
    "icon": lambda: IconButton("pin", "Pin as probe"),
    "pill": lambda: PillButton("Inherited 107", "teacher"),
    "segmented": lambda: Segmented(["lin", "log"], "Scale"),
    "tabs": lambda: TabRow(["Input", "Classes"]),
    "slider": lambda: Slider(0, 1, 0.6, "Smoothing"),
    "share": ShareSlider,
    "lens": LensSlider,
    "check box": lambda: CheckBox("Also train a baseline", "Adds about 10 s."),
    "switch": lambda: Switch("Tied to training"),
    "field": lambda: Field("Learning rate", "0.006"),
    "combo": lambda: Combo("Method", [("a", "Soft targets (Hinton)")]),
    "chip": lambda: ModelChip("teacher", name="cnn-large", score="91.0%"),
    "data chip": lambda: DataChip("validation", "2 000"),
    "tile": tile,
    "progress": ProgressLine,
    "toast": lambda: Toast("Done", "ok", "Look inside"),
    "error": lambda: ErrorCard("Out of memory", "Nothing is lost.", [("a", "Retry"), ("b", "CPU"), ("c", "Why?")], "x"),
    "empty": lambda: EmptyState("Nothing here yet.", "Try the demo", below="It takes a minute."),
    "check": lambda: Check("warning", "Teacher scores 10.2%, about chance", "Fix"),
    "drop zone": lambda: DropZone("data", "Data", "Let it learn from this"),
    "thumbnail": lambda: Thumbnail(np.zeros((1, 28, 28), np.uint8)),
    "image tile": lambda: tile_of(Face("image", np.zeros((3, 8, 8), np.uint8))),
    "text tile": lambda: tile_of(Face("text", words="a few words " * 9)),
    "table tile": lambda: tile_of(Face("table", cells=(("age", "39"), ("work", "–")) * 9)),
    "sound tile": lambda: tile_of(Face("audio", np.ones((1, 48, 96)), sound=np.zeros(800), rate=8000)),
    "examples": examples,
    "silhouette": silhouette,
    "balance": balance,
    "butterfly": butterfly,
    "probes": probes,
    "outcomes": OutcomeTable,
    "preview": preview,
    "histogram": lambda: HistogramChart("Largest logit difference"),
    "curves": lambda: CurvePanel("Accuracy", [Series("student", "student")], unit="percent"),
    "legend": Legend,
    "mark": lambda: MarkLabel("student", "Student"),
    "card": card,
    "glyph": lambda: Glyph("clock"),
    "note": lambda: Note("At T 4 this teacher moves 42% off the top class."),
    "heading": lambda: Heading("Setup", 1),
    "paragraph": lambda: Paragraph("Both answer T-shirt."),
}


def is_spoken(widget: QWidget) -> bool:
    """Whether a screen reader stops here: our own widgets, buttons, fields; not Qt's inner parts."""
    ours = type(widget).__module__.startswith("kdstudio")
    return ours or isinstance(widget, QAbstractButton | QLineEdit)


@pytest.mark.parametrize("name", sorted(WIDGETS))
def test_that_every_widget_and_what_it_holds_has_an_accessible_name(qtbot, name: str):
    widget = WIDGETS[name]()
    qtbot.addWidget(widget)
    widget.show()
    for part in [widget, *widget.findChildren(QWidget)]:
        if part.isVisible() and is_spoken(part) and not (isinstance(part, QLabel) and not part.text()):
            told = QAccessible.queryAccessibleInterface(part).text(QAccessible.Text.Name)
            assert told, f"{type(part).__name__} in {name} has no name"


@pytest.mark.parametrize("name", sorted(WIDGETS))
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_that_no_label_is_cut_off_at_its_own_size(qtbot, dressed, name: str, scale: float):
    dressed.set_scale(scale)
    widget = WIDGETS[name]()
    qtbot.addWidget(widget)
    widget.resize(widget.sizeHint())
    widget.show()
    for label in widget.findChildren(QLabel):
        if label.isVisible() and not label.wordWrap():
            assert label.sizeHint().width() <= label.width() + 1, f"{label.text()!r} is cut off"


@pytest.mark.parametrize("name", sorted(WIDGETS))
@pytest.mark.parametrize("theme_name", ["dark", "light"])
def test_that_every_widget_draws_enabled_and_disabled(qtbot, dressed, name: str, theme_name: str):
    dressed.set_name(theme_name)
    widget = WIDGETS[name]()
    qtbot.addWidget(widget)
    widget.adjustSize()
    for enabled in (True, False):
        widget.setEnabled(enabled)
        assert widget.grab().width() > 0
