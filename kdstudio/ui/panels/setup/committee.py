"""Several teachers on the teacher's card: who they are, one cross each, and how their answers become one."""

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.recipe.recipe import Blend
from kdstudio.ui.draft import Draft
from kdstudio.ui.draft_value import without_member
from kdstudio.ui.panels.scrolled import scroll_area
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import IconButton
from kdstudio.ui.widgets.fields import Combo
from kdstudio.ui.widgets.labels import MarkLabel
from kdstudio.ui.widgets.layouts import emptied

RULES = {
    "probabilities": "Mean of probabilities",
    "logits": "Mean of logits",
    "confidence": "By confidence in the input",
    "accuracy": "By held-out accuracy",
    "routed": "Routed: first asks specialists",
}
ROW, SHOWN, COMPACT = 28, 3, 2


class CommitteeView(QWidget):
    """Follows the draft's teachers; shown where there are several."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.setObjectName("committee")
        self.setAccessibleName("Committee")
        self._draft = draft
        self._drawn: list[str] = []
        self._most = SHOWN
        self.crosses: list[IconButton] = []
        inner = QWidget()
        inner.setObjectName("scrolled")
        self._lines = QVBoxLayout(inner)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(0)
        self._area = scroll_area(inner)
        self._area.setAccessibleName("Teachers")
        blend = Blend.model_json_schema()["properties"]["rule"]
        self.rule = Combo("Their answers become one", list(RULES.items()), help=blend["description"])
        self.rule.setObjectName("blend-rule")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(6))
        column.addWidget(self._area)
        column.addWidget(self.rule)
        self.rule.chosen.connect(lambda rule: draft.change("blend.rule", rule, "Choose how teachers are blended"))

    def refresh(self) -> None:
        """Show what the draft has."""
        teachers: list[dict[str, Any]] = self._draft.value["teachers"]
        paths = [str(one.get("path") or "") for one in teachers]
        if paths != self._drawn:
            self._draw(paths)
        self.rule.set_value(self._draft.value.get("blend", {}).get("rule", "probabilities"))

    def set_compact(self, is_compact: bool) -> None:
        """Take less room."""
        self._most = COMPACT if is_compact else SHOWN
        self.rule.label.setVisible(not is_compact)
        self._fit()

    def _fit(self) -> None:
        self._area.setFixedHeight(theme().px(ROW) * min(len(self._drawn), self._most))

    def _draw(self, paths: list[str]) -> None:
        emptied(self._lines)
        self._drawn, self.crosses = paths, []
        for at, path in enumerate(paths):
            self._lines.addWidget(self._line(at, Path(path)))
        self._fit()

    def _line(self, at: int, path: Path) -> QWidget:
        made, name = QWidget(), path.name
        made.setFixedHeight(theme().px(ROW))
        cross = IconButton("close", f"Remove {name}", size=24, glyph=14)
        cross.setObjectName(f"remove-teacher-{at}")
        cross.clicked.connect(lambda _=False: self._remove(at))
        words = MarkLabel("teacher", name, "bodym", "text_1")
        words.setToolTip(str(path))
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(words, 1)
        row.addWidget(cross)
        self.crosses.append(cross)
        return made

    def _remove(self, at: int) -> None:
        self._draft.replace(without_member(self._draft.value, at), "Remove teacher")
