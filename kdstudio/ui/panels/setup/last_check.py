"""What a check told about one part of the draft, for as long as that part stays the same."""

from collections.abc import Callable
from typing import Any

from kdstudio.ui.checked import Checked
from kdstudio.ui.draft import Draft

Facts = dict[str, Any]


class LastCheck:
    """Keeps facts that another, unrelated mistake would otherwise wipe from a card.

    `key` gives what the facts depend on, `facts` takes them out of a check. What a check was asked about is what the
    draft held when it was sent, not what it holds when the answer comes.
    """

    def __init__(self, draft: Draft, key: Callable[[], Any], facts: Callable[[Checked], Facts | None]) -> None:
        self._draft, self._key, self._facts = draft, key, facts
        self._asked: Any = None
        self._told: tuple[Any, Facts] | None = None
        draft.checked.connect(self._take)

    @property
    def value(self) -> Facts | None:
        """The facts about the draft as it is now, or None."""
        return self._told[1] if self._told is not None and self._told[0] == self._key() else None

    def _take(self) -> None:
        if self._draft.is_checking:
            self._asked = self._key()
            return
        found = self._facts(self._draft.check) if self._draft.check is not None else None
        if found is not None and self._asked is not None:
            self._told = (self._asked, found)
        elif found is None and not self._draft.problems():  # the engine looked, and could not say
            self._told = None
