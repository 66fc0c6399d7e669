"""What stands where a selection and a filter leave no input."""

from kdstudio.analysis.filtering.terms import terms
from kdstudio.ui.view import Selection
from kdstudio.ui.widgets.messages import EmptyState


class NoMatch(EmptyState):
    """Says what was asked for; `acted` asks to take away what was added last."""

    def __init__(self) -> None:
        super().__init__("–", "Clear last filter", icon="search")
        self.setObjectName("noMatch")
        self.setVisible(False)

    def set_selection(self, selection: Selection, *, is_empty: bool) -> None:
        """Say why nothing is shown, where nothing is."""
        self.setVisible(is_empty)
        asked = [selection.words] if selection.words else []
        asked += [term.words for term in terms(selection.filter)]
        self.set_words(f"No inputs match: {' ∧ '.join(asked)}.", "Clear last filter" if asked else "")
