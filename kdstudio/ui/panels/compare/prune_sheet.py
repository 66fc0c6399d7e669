"""Ordering a pruned student: what goes, how much of it, and what each layer can do without."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from kdstudio.ui.panels.compare.sensitivity_card import SensitivityCard
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import Button
from kdstudio.ui.widgets.dialog import Dialog
from kdstudio.ui.widgets.labels import Label, Paragraph
from kdstudio.ui.widgets.segmented import Segmented
from kdstudio.ui.widgets.sliders import Slider
from kdstudio.ui.workspace import Workspace

UNITS = [("channels", "Whole channels"), ("weights", "Single weights")]
MOST = {"channels": 0.9, "weights": 0.99}  # of the slider; a recipe may say more
USUAL = {"channels": 0.5, "weights": 0.8}
STEP = 0.05
WORDS = {
    "channels": "Layers become narrower: the file is smaller and answers faster, on any runtime.",
    "weights": "The smallest weights become zeros and stay zeros. More of them can go than of channels, but the file "
    "has the same size until it is compressed, and ordinary runtimes compute with zeros as slowly as with others.",
}


class PruneSheet(Dialog):
    """`ordered` gives the share and what it is of; the student is then trained on from Setup.

    `zeros` is the share of single weights that an earlier step set to zero: a next one takes more.
    """

    ordered = Signal(float, str)

    def __init__(self, workspace: Workspace, folder: Path, title: str, parent: QWidget, zeros: float = 0.0) -> None:
        super().__init__(f"Prune {title}", parent)
        self.setObjectName("pruneSheet")
        self._folder, self._zeros = folder, zeros
        px = theme().px
        self.unit = Segmented(UNITS, "What is taken out")
        self.track = Slider(STEP, MOST["channels"], USUAL["channels"], "Share that is taken out", step=STEP)
        self.share = Label("", "bodym")
        self.share.setFixedWidth(px(44))
        self.words = Paragraph("", "small", "2")
        self.card = SensitivityCard(workspace)
        row = QHBoxLayout()
        row.setSpacing(px(10))
        row.addWidget(self.unit)
        row.addSpacing(px(10))
        row.addWidget(Label("Take out", "small", "2", elide=False))
        row.addWidget(self.track, 1)
        row.addWidget(self.share)
        self.column.addLayout(row)
        self.column.addWidget(self.words)
        self.column.addWidget(self.card, 1)
        cancel, order = Button("Cancel", "ghost"), Button("Train on in Setup", "primary")
        order.setObjectName("order")
        self.add_buttons(cancel, order)
        self.unit.chosen.connect(self._turn)
        self.track.moved.connect(lambda _: self._tell())
        cancel.clicked.connect(self.close)
        order.clicked.connect(self._order)
        self.finished.connect(lambda _: self.card.give_up())
        self._turn("channels")
        self.resize(px(760), min(px(740), max(px(420), parent.window().height() - px(60))))
        order.setFocus()

    def _turn(self, unit: str) -> None:
        self.track.set_range(STEP, MOST[unit])
        is_next = unit == "weights" and self._zeros > 0
        usual = self.track.rounded(max(USUAL[unit], (1 + self._zeros) / 2)) if is_next else USUAL[unit]
        self.track.set_value(usual)
        self.words.set_words(
            f"{WORDS[unit]} {self._zeros:.0%} are zero already, and count." if is_next else WORDS[unit]
        )
        self._tell()
        self.card.show_run(self._folder, unit)

    def _tell(self) -> None:
        self.share.setText(f"{self.track.value():.0%}")

    def _order(self) -> None:
        self.close()
        self.ordered.emit(round(self.track.value(), 2), self.unit.value())
