"""One line about the queue: how many runs wait, which is next, whether it begins by itself."""

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from kdstudio.project import facts
from kdstudio.ui.panels.train.queue_list import QueueList
from kdstudio.ui.run_queue import RunQueue, count_words
from kdstudio.ui.theme import theme
from kdstudio.ui.widgets.buttons import Button
from kdstudio.ui.widgets.cards import Card, Glyph
from kdstudio.ui.widgets.labels import Heading, Label
from kdstudio.ui.workspace import Workspace


class QueueLine(QWidget):
    """Stands at the foot of a page, and only while runs wait."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.setObjectName("queueLine")
        self.setAccessibleName("Queue")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._workspace, self._queue = workspace, workspace.queue
        self.title, self.note = Heading("", 3), Label("", "small", "2")
        self.look = Button("Show queue", "ghost", "chevron-up", size="small")
        self.start = Button("Start queue", "secondary", "play", size="small")
        self.hold = Button("Hold", "secondary", "pause", size="small")
        self.look.setToolTip("Shows the runs that wait, to put them in another order or take them out.")
        self.hold.setToolTip("The run that is going on goes on; the next one waits until you start the queue.")
        card, px = Card(margins=(18, 8, 12, 8)), theme().px
        outer = QVBoxLayout(self)
        outer.setContentsMargins(px(16), 0, px(16), px(14))
        outer.addWidget(card)
        row = QHBoxLayout()
        row.setSpacing(px(10))
        row.addWidget(Glyph("clock", "text_2", 16))
        row.addWidget(self.title)
        row.addWidget(self.note, 1)
        for name, button in {"queue-look": self.look, "queue-start": self.start, "queue-hold": self.hold}.items():
            button.setObjectName(name)
            row.addWidget(button)
        card.add(row)
        self.look.clicked.connect(lambda _=False: self.open())
        self.start.clicked.connect(lambda _=False: self._queue.start())
        self.hold.clicked.connect(lambda _=False: self._queue.hold())
        workspace.queue.changed.connect(self.refresh)
        workspace.run.stateChanged.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Say what waits now."""
        queue, is_live = self._queue, self._workspace.run.is_live
        self.setVisible(bool(queue.waiting))
        if not queue.waiting:
            return
        self.title.setText(count_words(len(queue.waiting)))
        self.note.setText(_note(queue, is_live=is_live))
        self.start.setVisible(not queue.goes_on)
        self.hold.setVisible(queue.goes_on)
        self.start.setToolTip(
            "The next run begins when the present one has ended." if is_live else "The first of them begins now."
        )
        self.setAccessibleDescription(f"{self.title.text()}, {self.note.text()}")

    def open(self) -> QueueList:
        """Show all that wait."""
        made = QueueList(self, self._queue, self._workspace.run.recipe)
        made.open_at(self.look)
        return made


def _note(queue: RunQueue, *, is_live: bool) -> str:
    """Return which run is next, and when."""
    first = queue.waiting[0]
    name = f"{queue.title(first)}, {facts.read(first).student}"
    if not queue.goes_on:
        return f"{name} is next, once you start the queue"
    return f"{name} begins when this run has ended" if is_live else f"{name} is about to begin"
