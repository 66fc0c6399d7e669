"""The epoch that is looked at: scrub through what was stored, or play it."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import IconButton
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.widgets.sliders import Slider
from kdstudio.ui.workspace import Workspace

PLAY_MS = 450


class EpochScrubber(QWidget):
    """Slider over the epochs of the run. At its end it follows the run."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.setObjectName("epochs")
        self.setAccessibleName("Epoch")
        self._workspace = workspace
        self._kept: tuple[int, ...] = ()
        self.play = IconButton("play", "Play the run epoch by epoch", size=24, glyph=12)
        self.slider = Slider(0, 1, 1, "Epoch", step=1)
        self.words = Label("–", "h2", elide=False)
        self.words.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.slider.moved.connect(self._move)
        self.play.clicked.connect(self._toggle)
        self._timer = QTimer(self, interval=PLAY_MS)
        self._timer.timeout.connect(self._advance)
        self._lay_out()

    def set_compact(self, compact: bool) -> None:
        """Use a short track."""
        self.setFixedWidth(theme().px(148 if compact else 182))

    def refresh(self) -> None:
        """Read run and view again."""
        run, view = self._workspace.run, self._workspace.view
        kept = run.kept_epochs() if view.split == "validation" else ()
        if kept != self._kept:
            self._kept = kept
        last = kept[-1] if kept else 0
        epoch = view.epoch if isinstance(view.epoch, int) else last
        self.slider.set_range(0, max(run.epochs, 1))
        self.slider.set_value(epoch)
        for widget in (self.slider, self.play):
            widget.setEnabled(len(kept) > 1)
        ended = view.split == "test" and run.summary is not None
        self.words.setText("best" if ended else f"{epoch} / {run.epochs}" if run.epochs else "–")
        if not kept:
            self._timer.stop()
        self.play.set_icon("pause" if self._timer.isActive() else "play")

    def _lay_out(self) -> None:
        px = theme().px
        self.words.setMinimumWidth(px(58))
        caption = QHBoxLayout()
        caption.setContentsMargins(px(6), 0, 0, 0)
        title = Label("Epoch", "micro", "2")
        title.setFixedHeight(px(16))
        caption.addWidget(title)
        row = QHBoxLayout()
        row.setSpacing(px(4))
        row.addWidget(self.play)
        row.addWidget(self.slider, 1)
        row.addWidget(self.words)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, px(8), 0)
        column.setSpacing(0)
        column.addLayout(caption)
        column.addLayout(row)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_compact(False)

    def _move(self, value: float) -> None:
        self._timer.stop()
        self._show(round(value))

    def _show(self, epoch: int) -> None:
        """Show the nearest stored epoch."""
        if self._kept:
            nearest = min(self._kept, key=lambda kept: abs(kept - epoch))
            self._workspace.view.set_epoch("last" if nearest == self._kept[-1] else nearest)
            self.refresh()

    def _toggle(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
        elif self._kept:
            if self._workspace.view.epoch not in self._kept[:-1]:
                self._workspace.view.set_epoch(self._kept[0])
            self._timer.start()
        self.refresh()

    def _advance(self) -> None:
        view = self._workspace.view
        at = self._kept.index(view.epoch) if view.epoch in self._kept else len(self._kept) - 1
        if at + 1 >= len(self._kept):
            self._timer.stop()
            self.refresh()
        else:
            self._show(self._kept[at + 1])
