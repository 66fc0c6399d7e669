"""How much of the gradient a method would send into the student, before a run: a bar, a number, and a warning."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.core.errors import Problem
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.cards import Glyph
from kdstudio.ui.widgets.labels import Label, Paragraph
from kdstudio.ui.widgets.progress import ProgressLine

_HELP = (
    "Measured on one batch, before any training: the norm of the gradient that the method sends into the student, "
    "times its weight, as a share of all methods'. A method of a few per cent hardly moves the student at first. The "
    "shares change as the student learns; the chart “Is it teaching?” shows them during a run."
)


class PullLine(QWidget):
    """Hidden where nothing is known."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("pull")
        self.setToolTip(_HELP)
        px, row, told = theme().px, QHBoxLayout(), QHBoxLayout()
        self.bar, self.words = ProgressLine("Share of the gradient", "teacher", height=5), Label("", "small", "2")
        self.bar.setFixedWidth(px(96))
        self.warning, self._trouble = Paragraph("", "small"), QWidget()
        row.setSpacing(px(10))
        row.addWidget(self.bar, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.words, 1)
        self._trouble.setLayout(told)
        told.setContentsMargins(0, 0, 0, 0)
        told.setSpacing(px(8))
        told.addWidget(Glyph("alert", "warning", 14), 0, Qt.AlignmentFlag.AlignTop)
        told.addWidget(self.warning, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(4))
        column.addLayout(row)
        column.addWidget(self._trouble)
        self.show_share(None)

    def show_share(
        self,
        share: float | None,
        problem: Problem | None = None,
        *,
        of_teacher: bool = True,
        is_measuring: bool = False,
    ) -> None:
        """Show a share of 0 to 1, or that it is being measured; None is not known."""
        self.setVisible(share is not None or is_measuring)
        self._trouble.setVisible(problem is not None)
        if is_measuring:
            self.bar.set_share(None, "text_3")
            self.words.setText("measuring its share of the gradient…")
        elif share is not None:
            self.bar.set_share(share, "teacher" if of_teacher else "student")
            self.words.setText(f"{percent(share)} of the gradient in the first step")
            self.bar.setAccessibleName(f"Share of the gradient: {percent(share)}")
        if problem is not None:
            told = problem.message.partition(": ")[2] or problem.message
            self.warning.set_words(f"It would hardly move the student: {told}. {problem.hint}")


def percent(share: float) -> str:
    """Return `12%`, `0.4%`, `<0.1%`."""
    if share >= 0.0995 or share == 0:
        return f"{share:.0%}"
    return f"{share:.1%}" if share >= 0.001 else "<0.1%"
