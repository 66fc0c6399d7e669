"""The ⋯ of a panel: copy it, save it, take its numbers, take it as text, see it on the whole screen."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QByteArray, Signal
from PySide6.QtGui import QGuiApplication, QImage, QImageWriter
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from kdstudio.core.files import write_bytes
from kdstudio.ui.charts.drawn import Drawn
from kdstudio.ui.widgets.buttons import IconButton
from kdstudio.ui.widgets.enlarged import Enlarged, enlarged


class Panel(Protocol):
    """What can be copied and saved."""

    def title(self) -> str:
        """Return its title, from which file names are made."""

    def picture(self, ratio: float = 2.0) -> QImage:
        """Return it in the light tokens."""

    def as_text(self) -> str:
        """Return it in words."""

    def as_csv(self) -> str:
        """Return its numbers; "" where it has none to offer."""


class PanelMenu(IconButton):
    """Copy image, copy as text, save PNG 2×; SVG and CSV where there are any; full screen.

    `failed` says what could not be written, and why.
    """

    saved = Signal(str)
    failed = Signal(str)

    def __init__(self, panel: Panel, parent: QWidget) -> None:
        super().__init__("more", "More", size=24, glyph=15)
        self.setParent(parent)
        self._panel = panel
        self.set_title(panel.title())
        self.clicked.connect(self.open)

    def set_title(self, title: str) -> None:
        """Say which panel it belongs to."""
        self.setToolTip(f"More about {title}")
        self.setAccessibleName(self.toolTip())

    def menu(self) -> QMenu:
        """Return a fresh menu; it goes when it is closed."""
        menu = QMenu(self)
        menu.addAction("Copy image", self.copy_image)
        menu.addAction("Copy as text", self.copy_text)
        menu.addSeparator()
        menu.addAction("Save PNG 2×…", lambda: self._ask("Save picture", "png", self.save_png))
        if isinstance(self._panel, Drawn):
            menu.addAction("Save SVG…", lambda: self._ask("Save drawing", "svg", self.save_svg))
        if isinstance(self._panel, Drawn) or self._panel.as_csv():  # all that are drawn have numbers, perhaps a million
            menu.addAction("Save CSV…", lambda: self._ask("Save numbers", "csv", self.save_csv))
        menu.addSeparator()
        is_large = enlarged(self.window()) is not None
        menu.addAction("Back to the page\tEsc" if is_large else "Full screen\tF11", self.full_screen)
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    def full_screen(self) -> None:
        """Let the panel's card use the whole screen, or no longer."""
        shown = enlarged(self.window())
        if shown is not None:
            shown.back()
        else:
            Enlarged(self.card())

    def card(self) -> QWidget:
        """Return the card that the panel stands in: its controls go with it."""
        return _card_around(self) or self.window()

    def open(self) -> None:
        """Open the menu below the button."""
        self.menu().popup(self.mapToGlobal(self.rect().bottomLeft()))

    def copy_image(self) -> None:
        """Put the picture on the clipboard."""
        QGuiApplication.clipboard().setImage(self._panel.picture())

    def copy_text(self) -> None:
        """Put the words on the clipboard."""
        QGuiApplication.clipboard().setText(self._panel.as_text())

    def save_png(self, path: str) -> None:
        """Write the picture at twice its size."""
        writer = QImageWriter(path, QByteArray(b"png"))
        if writer.write(self._panel.picture()):
            self.saved.emit(path)
        else:
            self.failed.emit(f"Cannot write {path}: {writer.errorString()}")

    def save_svg(self, path: str) -> None:
        """Write the drawing, where the panel has one."""
        if isinstance(self._panel, Drawn):
            self._write(path, self._panel.as_svg())

    def save_csv(self, path: str) -> None:
        """Write the numbers."""
        self._write(path, self._panel.as_csv().encode())

    def _write(self, path: str, data: bytes) -> None:
        try:
            write_bytes(Path(path), data)
        except OSError as error:
            self.failed.emit(f"Cannot write {path}: {error.strerror}")
        else:
            self.saved.emit(path)

    def _ask(self, title: str, suffix: str, save: Callable[[str], None]) -> None:
        dialog = QFileDialog(self.window(), title)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)
        dialog.selectFile(f"{self._panel.title().lower().replace(' ', '-')}.{suffix}")
        dialog.fileSelected.connect(save)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def menu_around(widget: QWidget | None) -> PanelMenu | None:
    """Return the menu of the panel that a widget is part of, None where it is part of none."""
    card = _card_around(widget)
    return None if card is None else card.findChild(PanelMenu)


def _card_around(widget: QWidget | None) -> QWidget | None:
    while widget is not None and widget.property("kind") != "card":
        widget = widget.parentWidget()
    return widget
