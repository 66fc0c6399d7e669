"""A person's words about a run: name, tags, note, in a small surface above the button that asks for it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from kdstudio.project.notes import Notes
from kdstudio.ui.panels.popover import Popover
from kdstudio.ui.widgets.fields import Field
from kdstudio.ui.widgets.labels import Heading


class RunNotes(Popover):
    """Enter saves, Escape leaves everything as it was."""

    saved = Signal(dict)  # name, tags, note

    def __init__(self, parent: QWidget, title: str, notes: Notes) -> None:
        super().__init__(parent, f"Words about {title}", 380)
        self.name = Field("Name", notes.name, help="Shown in place of the number.", placeholder=title)
        self.tags = Field("Tags", ", ".join(notes.tags), help="Words with commas between them; the filter finds them.")
        self.note = Field("Note", notes.note, help="Anything that you want to remember.")
        self.column.addWidget(Heading(title, 2))
        for field in (self.name, self.tags, self.note):
            self.column.addWidget(field)
            field.editor.returnPressed.connect(self.save)
        self.add_save(self.save)

    def save(self) -> None:
        """Hand over what was written."""
        tags = tuple(dict.fromkeys(tag for part in self.tags.value().split(",") if (tag := part.strip())))
        self.saved.emit({"name": self.name.value().strip(), "tags": tags, "note": self.note.value().strip()})
        self.close()
