"""A model's first answers as bars: class, bar, percent."""

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from kdstudio.core.measures import figures
from kdstudio.core.targets import Task
from kdstudio.core.types import softened
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.labels import Label
from kdstudio.ui.widgets.painting import percent
from kdstudio.ui.widgets.progress import ProgressLine

SHOWN = 3


class AnswerBars(QWidget):
    """The three most probable classes or labels; of numbers the first three, without bars."""

    def __init__(self, token: str = "student") -> None:
        super().__init__()
        self.setObjectName("answerBars")
        self._names = [Label("", "smallm" if at == 0 else "small", "1" if at == 0 else "2") for at in range(SHOWN)]
        self._bars = [ProgressLine("Probability", token, height=7) for _ in range(SHOWN)]
        self._shares = [Label("", "smallm", "1" if at == 0 else "2", elide=False) for at in range(SHOWN)]
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme().px(10))
        grid.setVerticalSpacing(theme().px(3))
        grid.setColumnStretch(0, 2)
        grid.setColumnStretch(1, 5)
        grid.setColumnMinimumWidth(2, theme().px(34))
        for at in range(SHOWN):
            grid.addWidget(self._names[at], at, 0)
            grid.addWidget(self._bars[at], at, 1, Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(self._shares[at], at, 2, Qt.AlignmentFlag.AlignRight)
        self.set_answer(np.zeros(0), ())

    def set_answer(self, logits: np.ndarray, names: tuple[str, ...], task: Task = "classification") -> None:
        """Show (C,) logits as probabilities, or the numbers themselves; none for an empty array."""
        shares = softened(logits, task) if len(logits) else np.zeros(0)
        is_numbers = task == "regression"
        top = np.arange(len(shares))[:SHOWN] if is_numbers else np.argsort(-shares, kind="stable")[:SHOWN]
        told = []
        for at in range(SHOWN):
            known = at < len(top)
            name = (names[top[at]] if len(names) == len(shares) else str(top[at])) if known else "–"
            share = float(shares[top[at]]) if known else 0.0
            for widget in (self._names[at], self._bars[at], self._shares[at]):
                widget.setVisible(known or not len(shares))
            self._names[at].setText(name)
            words = figures(share) if is_numbers else percent(share, 0)
            self._bars[at].set_share(0.0 if is_numbers else share)
            self._bars[at].setVisible(not is_numbers and (known or not len(shares)))
            self._shares[at].setText(words if known else "")
            told += [f"{name} {words}"] if known else []
        self.setAccessibleName("Answer: " + (", ".join(told) or "none yet"))
