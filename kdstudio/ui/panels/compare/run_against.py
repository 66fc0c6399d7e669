"""Run 7 against Run 2: what differs in their recipes, by how much they differ, and whether that may be chance."""

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from kdstudio.ui.panels.compare.forest import Forest
from kdstudio.ui.panels.compare.versus import Versus, fields_words, test_words
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.labels import Heading, Label, Paragraph
from kdstudio.ui.widgets.painting import RIGHT, count

SIDE = 14  # pixels of air at the left and right


class RunAgainst(QFrame):
    """A card within the card of the table."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "row")
        self.setAccessibleName("Two models against each other")
        px = theme().px
        self.heading, self.inputs = Heading("", 3), Label("", "caption", "3")
        self.inputs.setAlignment(RIGHT)
        self.fields, self.fields_below = Label("", "small", "3"), Paragraph("", "small", "3")
        self.forest, self.sentence = Forest(), Paragraph("", "small", "2")
        head = QHBoxLayout()
        head.setSpacing(px(10))
        head.addWidget(self.heading)
        head.addWidget(self.fields, 1)
        head.addWidget(self.inputs)
        self._head = head
        column = QVBoxLayout(self)
        column.setContentsMargins(*(px(m) for m in (SIDE, 8, SIDE, 8)))
        column.setSpacing(px(4))
        column.addLayout(head)
        column.addWidget(self.fields_below)
        column.addWidget(self.forest)
        column.addWidget(self.sentence)

    def show_waiting(self, names: tuple[str, str]) -> None:
        """Say which two are being compared."""
        self.heading.setText(f"{names[0]} against {names[1]}")

    def show_versus(self, shown: Versus, names: tuple[str, str]) -> None:
        """Show what came of it."""
        self.show_waiting(names)
        words = fields_words(shown.fields, is_baseline=shown.is_baseline)
        self.fields.setText(words)
        self.fields_below.set_words(words)
        for label in (self.fields, self.fields_below):
            label.setToolTip("\n".join(f"{path}: {a} → {b}" for path, a, b in shown.fields or ()))
        inputs = len(shown.first.index)
        self.inputs.setText(f"95% interval over {count(inputs)} {shown.first.split} inputs".replace("  ", " "))
        self.inputs.setToolTip("Paired bootstrap over these inputs; another seed of training may differ by more.")
        self.forest.set_rows(shown.rows)
        self.forest.setVisible(bool(shown.rows))
        self.sentence.set_words(test_words(shown, names))
        self._arrange()

    def show_refusal(self, words: str, names: tuple[str, str]) -> None:
        """Say why the two cannot be compared."""
        self.show_waiting(names)
        for label in (self.fields, self.inputs):
            label.setText("")
        self.forest.hide()
        self.sentence.set_words(words)
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give what differs a line of its own where the first one is full."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        labels = (self.heading, self.fields, self.inputs)
        needed = sum(label.sizeHint().width() for label in labels) + 2 * self._head.spacing()
        is_below = bool(self.fields.text()) and needed > self.contentsRect().width() - 2 * theme().px(SIDE)
        self.fields.setHidden(is_below)
        self.fields_below.setVisible(is_below)
