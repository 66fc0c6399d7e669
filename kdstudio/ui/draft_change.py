"""One step of the draft's undo: from a whole value to another."""

from collections.abc import Callable
from typing import Any

from PySide6.QtGui import QUndoCommand

Value = dict[str, Any]


class DraftChange(QUndoCommand):
    """`take` sets a value. Changes of the same `field` become one step as long as it is typed into (`field` not "").

    One that `is_void` leaves no trace when it is undone.
    """

    def __init__(self, take: Callable[[Value], None], old: Value, new: Value, words: str, field: str = "") -> None:
        super().__init__(words)
        self.old, self.new, self.field = old, new, field
        self.is_void = False
        self._take = take

    def undo(self) -> None:
        """Set the old value."""
        self._take(self.old)
        self.setObsolete(self.is_void)

    def redo(self) -> None:
        """Set the new value."""
        self._take(self.new)

    def id(self) -> int:
        """Tell Qt whether a later change may become part of this one."""
        return 1 if self.field else -1

    def mergeWith(self, later: QUndoCommand) -> bool:
        """Make a later change of the same field part of this one; typing the old value again leaves no step at all."""
        if not isinstance(later, DraftChange) or later.field != self.field:
            return False
        self.new = later.new
        self.setObsolete(self.new == self.old)
        return True
