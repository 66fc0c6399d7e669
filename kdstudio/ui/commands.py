"""Commands: one row each feeds the menus, the shortcuts, the palette and the sheet of shortcuts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtGui import QKeyEvent, QKeySequence

from kdstudio.ui.workspace import Workspace

FARTHEST = 8  # letters that may lie between the typed ones
MENUS = ("File", "Edit", "View", "Run", "Analyse", "Help")


class Shell(Protocol):
    """What a command may ask of the window."""

    workspace: Workspace

    def show_page(self, name: str) -> None:
        """Bring a page to the front."""

    def current_page(self) -> str:
        """Return the name of the page that is shown."""

    def tell_page(self, verb: str) -> None:
        """Call a method of the page that is shown, if it has it."""

    def page_can(self, verb: str) -> bool:
        """Whether the page that is shown has such a method."""

    def do(self, verb: str) -> None:
        """Carry out one of the window's own verbs."""


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that can be done. Commands of one menu are separated where `group` changes.

    A shortcut without Ctrl, Alt or a function key acts only where the focused control has no use for the key.
    """

    id: str
    title: str
    menu: str
    run: Callable[[Shell], None]
    shortcut: str = ""
    group: int = 0
    enabled: Callable[[Shell], bool] = lambda _shell: True
    is_hidden: bool = False  # in the palette and the sheet, but in no menu

    @property
    def is_single_key(self) -> bool:
        """Whether the shortcut is a plain key that typing could mean."""
        last = self.shortcut.rpartition("+")[2]
        is_function_key = len(last) > 1 and last[0] == "F" and last[1:].isdigit()
        return bool(self.shortcut) and not is_function_key and not any(m in self.shortcut for m in ("Ctrl+", "Alt+"))


def is_pressed(command: Command, event: QKeyEvent) -> bool:
    """Letters are told by key and Shift; brackets and "?" by what they type, which differs between keyboards."""
    pressed = QKeySequence(event.keyCombination()).toString()
    is_letter = command.shortcut.rpartition("+")[2].isalnum()
    return QKeySequence(command.shortcut).toString() == pressed if is_letter else command.shortcut == event.text()


def clashes(commands: tuple[Command, ...]) -> list[str]:
    """Return every shortcut that two commands claim."""
    seen: dict[str, str] = {}
    found = []
    for command in commands:
        key = QKeySequence(command.shortcut).toString()
        if key and key in seen:
            found.append(f"{key}: {seen[key]} and {command.id}")
        seen[key] = command.id
    return found


def rank(commands: list[Command], typed: str) -> list[Command]:
    """Return the commands whose titles hold the typed letters in order, the closest first."""
    words = typed.casefold().split()
    scored = []
    for at, command in enumerate(commands):
        title = command.title.casefold()
        scores = [_score(title, word) for word in words]
        if all(score is not None for score in scores):
            scored.append((sum(score or 0 for score in scores), at, command))
    return [command for _, _, command in sorted(scored, key=lambda row: row[:2])]


def _score(title: str, word: str) -> int | None:
    """Return how far apart the letters lie, less where a word begins with them; None where they are not all there."""
    at = title.find(word)
    if at >= 0:
        return at if at == 0 or title[at - 1] == " " else at + 20
    position, gaps = -1, 0
    for letter in word:
        found = title.find(letter, position + 1)
        if found < 0:
            return None
        gaps += found - position - 1
        position = found
    return 100 + gaps if gaps <= FARTHEST else None
