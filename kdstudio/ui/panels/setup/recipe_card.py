"""The recipe: Basic or Advanced at the left, at the right what the method at hand does."""

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from kdstudio.recipe.problems import Catalogue
from kdstudio.ui.draft import Draft
from kdstudio.ui.panels.contents import Contents
from kdstudio.ui.panels.methods.presets import PresetChoice
from kdstudio.ui.panels.scrolled import scroll_area
from kdstudio.ui.panels.setup.advanced_form import AdvancedForm, changed
from kdstudio.ui.panels.setup.basic_form import BasicForm
from kdstudio.ui.panels.setup.beside import Beside
from kdstudio.ui.panels.setup.recipe_preview import RecipePreview
from kdstudio.ui.panels.setup.setup_footer import SetupFooter
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import PillButton
from kdstudio.ui.widgets.cards import Card, Divider, Note
from kdstudio.ui.widgets.segmented import Segmented


class RecipeCard(Card):
    """Follows the draft. Hidden advanced values that are not the default are counted on a chip."""

    def __init__(self, draft: Draft) -> None:
        super().__init__("Recipe", margins=(16, 10, 16, 14))
        self.setObjectName("recipe-card")
        self._draft, self._catalogue = draft, Catalogue()
        self.basic, self.advanced = BasicForm(draft), AdvancedForm(draft)
        self.preview, self.note, self.footer = RecipePreview(), Note(), SetupFooter()
        self.beside = Beside(draft, self.preview)
        self.mode = Segmented([("basic", "Basic"), ("advanced", "Advanced")], "Settings")
        self.mode.setObjectName("mode")
        self.chip = PillButton("", checkable=False)
        self.chip.setObjectName("advanced-changes")
        self.presets = PresetChoice(draft)
        self.add_action(self.presets)
        self.add_action(self.chip)
        self.add_action(self.mode)
        self._lay_out()
        self.chip.clicked.connect(lambda: self.set_mode("advanced"))
        self.advanced.methods.added.connect(self._scroll_to)
        self.advanced.methods.lookedAt.connect(lambda at: self.beside.look_at(at, self._catalogue))
        self.mode.chosen.connect(self.set_mode)
        self.basic.temperatureMoved.connect(self.preview.set_temperature)
        self.preview.sentenceChanged.connect(self._tell)
        self.set_mode("basic")

    def set_catalogue(self, catalogue: Catalogue) -> None:
        """Offer these methods and students."""
        self._catalogue = catalogue
        self.basic.set_catalogue(catalogue)

    def set_mode(self, mode: str) -> None:
        """Show Basic, or everything."""
        self.mode.set_value(mode)
        if mode == "advanced":
            self.advanced.refresh(self._catalogue)
        self.basic.set_advanced(mode == "advanced")
        self.advanced.setVisible(mode == "advanced")
        self.area.verticalScrollBar().setValue(0)
        self.beside.look_at(-1, self._catalogue)
        self._count()

    def set_compact(self, is_compact: bool) -> None:
        """Give the fields more of the width where there is little."""
        self._body.setStretch(0, 13 if is_compact else 11)
        self.preview.shown.set_compact(is_compact)

    def refresh(self) -> None:
        """Show what the draft has."""
        self.presets.refresh(self._catalogue)
        self.basic.refresh()
        if self.mode.value() == "advanced":
            self.advanced.refresh(self._catalogue)
        self.beside.refresh(self._catalogue)
        self._count()

    def settle(self) -> None:
        """Hand on what is being typed."""
        self.basic.settle()
        self.advanced.settle()

    def faults(self) -> list[str]:
        """Return what is wrong in the fields."""
        return [*self.basic.faults(), *(self.advanced.faults() if self.mode.value() == "advanced" else [])]

    def _scroll_to(self, part: QWidget) -> None:
        self._column.activate()
        self.area.ensureWidgetVisible(part, 0, theme().px(12))

    def _count(self) -> None:
        number = len(changed(self._draft.value, self._catalogue))
        self.chip.set_words(f"{number} advanced change{'s' if number != 1 else ''}")
        self.chip.setVisible(number > 0 and self.mode.value() == "basic")

    def _tell(self, words: str) -> None:
        self.note.set_words(words)
        self.note.setVisible(bool(words))

    def _lay_out(self) -> None:
        left = Contents()
        self._column = column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, theme().px(14), 0)
        column.setSpacing(theme().px(10))
        for form in (self.basic, self.advanced):  # that scroll where there is little room, and are not squeezed
            form.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
            column.addWidget(form)
        column.addStretch(1)
        column.addWidget(self.note)
        column.addStretch(1)
        self.area = scroll_area(left)
        self.area.setAccessibleName("Recipe settings")
        self._body = body = QHBoxLayout()
        body.setSpacing(theme().px(14))
        body.addWidget(self.area, 11)
        body.addWidget(Divider(vertical=True))
        body.addWidget(self.beside, 10)
        self.add(body, 1)
        self.add(Divider())
        self.add(self.footer)
