"""The layer pairs of one method, drawn between both networks: dragged, added, removed, or found automatically."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kdstudio.ui.draft import Draft
from kdstudio.ui.panels.scrolled import scroll_area
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import Button, PillButton
from kdstudio.ui.widgets.labels import Label, MarkLabel, Paragraph
from kdstudio.ui.widgets.layer_map import LayerMap
from kdstudio.ui.widgets.layer_view import Networks, networks
from kdstudio.ui.widgets.messages import EmptyState

UNKNOWN = "The layers of both networks are drawn here once teacher, student and data have been opened."


class LayerPairs(QWidget):
    """Follows `methods[at].pairs` of the draft; every change is one step of undo."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.setObjectName("layer-pairs")
        self.setAccessibleName("Layer pairs of the method")
        self._draft, self.at = draft, 0
        self._whole: Networks | None = None
        self._is_auto = True
        self.title, self.count = Label("Which layers are compared", "h3"), Label("", "small", "3")
        self.auto, self.every = Button("Automatic", "ghost", "reset", size="small"), PillButton("All layers")
        self.auto.setObjectName("pairs-auto")
        self.every.setObjectName("pairs-all-layers")
        self.every.setToolTip("Also show the layers inside of others.")
        self.map, self.told, self.empty = LayerMap(), Paragraph("", "small"), EmptyState(UNKNOWN, icon="bulb")
        self.area = scroll_area(self.map)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setAccessibleName("Both networks")
        self._lay_out()
        self.map.pairsEdited.connect(self._edit)
        self.map.told.connect(self.told.set_words)
        self.auto.clicked.connect(lambda: self._draft.change(self._key, "auto", "Pair layers automatically"))
        self.every.toggled.connect(lambda _on: self._draw())

    def show_method(self, at: int, title: str) -> None:
        """Show the pairs of this method of the draft."""
        choice, check = self._draft.value["methods"][at], self._draft.check
        self.at, chosen = at, choice.get("pairs", "auto")
        self._is_auto = is_auto = chosen == "auto"
        self.title.setText(f"{title}: layer pairs")
        self.auto.setEnabled(not is_auto)
        self.auto.setToolTip("The pairs are the automatic ones." if is_auto else "Go back to the automatic pairs.")
        self._whole = networks(check.layers if check is not None else None, at, choice["method"], chosen)
        self._draw()

    @property
    def _key(self) -> str:
        return f"methods[{self.at}].pairs"

    def _draw(self) -> None:
        whole = self._whole
        for part in self._parts:
            part.setVisible(whole is not None)
        self.empty.setVisible(whole is None)
        if whole is None:
            return
        few = whole.condensed()
        self.every.setVisible(few.layers != whole.layers)
        self.map.set_networks(whole if self.every.isChecked() else few)
        pairs = len(whole.pairs)
        self.count.setText(f"{pairs} pair{'s' * (pairs != 1)}, {'automatic' if self._is_auto else 'chosen one by one'}")

    def _edit(self, pairs: list[tuple[str, str]]) -> None:
        self._draft.change(self._key, [list(pair) for pair in pairs], "Change layer pairs")

    def _lay_out(self) -> None:
        px = theme().px
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(6))
        head, sides = QWidget(), QWidget()
        row, line = QHBoxLayout(head), QHBoxLayout(sides)
        for layout in (row, line):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(px(6))
        row.addWidget(self.title, 1)
        row.addWidget(self.every)
        row.addWidget(self.auto)
        line.addWidget(MarkLabel("student", "Student", "smallm"))
        line.addWidget(self.count, 1)
        line.addWidget(MarkLabel("teacher", "Teacher", "smallm"))
        self.count.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._parts = (head, sides, self.area, self.told)
        for part in (head, sides, self.area, self.told, self.empty):
            column.addWidget(part, int(part is self.area))
