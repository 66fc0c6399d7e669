"""The theme of the running program: tokens, fonts, sizes, and the one style sheet made from them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from kdstudio.core.paths import resource
from kdstudio.ui import fonts
from kdstudio.ui.tokens import DARK, LIGHT, Tokens

NAMES = ("system", "dark", "light")
SCALES = (0.8, 2.0)


class Theme(QObject):
    """Which tokens are in force, and at what scale.

    Every widget gets a `StyleChange` when `apply` was called, so painted widgets repaint by themselves; `changed`
    is for what keeps colours outside widgets (pyqtgraph items, rendered icons).
    """

    changed = Signal()

    def __init__(self, name: str = "system", scale: float = 1.0, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name, self._scale = name, scale
        self.reduce_motion = False
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow_system)

    @property
    def name(self) -> str:
        """`system`, `dark` or `light`: what the person chose."""
        return self._name

    @property
    def scale(self) -> float:
        """Multiplies every pixel size, 0.8 to 2."""
        return self._scale

    @property
    def is_dark(self) -> bool:
        """Whether the dark tokens are in force; an unknown system preference counts as dark."""
        if self._name != "system":
            return self._name == "dark"
        return QGuiApplication.styleHints().colorScheme() != Qt.ColorScheme.Light

    @property
    def tokens(self) -> Tokens:
        """The colours in force."""
        return DARK if self.is_dark else LIGHT

    def set_name(self, name: str) -> None:
        """Choose `system`, `dark` or `light`."""
        if name not in NAMES:
            raise ValueError(f"The theme is one of {', '.join(NAMES)}, not {name!r}")
        if name != self._name:
            self._name = name
            self.apply()

    def set_scale(self, scale: float) -> None:
        """Set the size of text and controls, limited to 80 to 200 %."""
        scale = min(max(scale, SCALES[0]), SCALES[1])
        if scale != self._scale:
            self._scale = scale
            self.apply()

    def colour(self, token: str, opacity: float = 1.0) -> QColor:
        """Return a token's colour at `opacity`."""
        colour = QColor(getattr(self.tokens, token))
        colour.setAlphaF(opacity)
        return colour

    def font(self, role: str) -> QFont:
        """Return the font of a role of the type scale, at the present scale."""
        return QFont(_font(role, self._scale))

    def px(self, pixels: float) -> int:
        """Return `pixels` at the present scale, rounded."""
        return round(pixels * self._scale)

    def apply(self, app: QApplication | None = None) -> None:
        """Dress the application: Fusion, palette, default font, style sheet; then tell everyone."""
        app = app or _application()
        if app.property("kdstudioTheme") is None:
            app.setStyle("Fusion")
        self.setParent(app)
        app.setProperty("kdstudioTheme", self)
        app.setPalette(_palette(self.tokens))
        app.setFont(self.font("body"))
        app.setStyleSheet(style_sheet(self.tokens, self._scale))
        for widget in app.allWidgets():
            apply_role(widget, self)
        self.changed.emit()

    @contextmanager
    def printed(self) -> Iterator[None]:
        """Within this block painted things are in the light tokens: for pictures that are copied or saved."""
        name, self._name = self._name, "light"
        try:
            yield
        finally:
            self._name = name

    def _follow_system(self) -> None:
        if self._name == "system" and QApplication.instance() is not None:
            self.apply()


def theme() -> Theme:
    """Return the theme of the running application; one that follows the system where none was applied yet."""
    app = _application()
    found = app.property("kdstudioTheme")
    if not isinstance(found, Theme):
        found = Theme(parent=app)
        found.apply(app)
    return found


def apply_role(widget: QWidget, of: Theme | None = None) -> None:
    """Give `widget` the font that its `role` property names, if it has one."""
    role = widget.property("role")
    if isinstance(role, str) and role in fonts.ROLES:
        widget.setFont((of or theme()).font(role))


def restyle(widget: QWidget, **properties: object) -> None:
    """Set dynamic properties and let the style sheet look at the widget again."""
    for name, value in properties.items():
        widget.setProperty(name, value)
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)
    widget.update()


def style_sheet(tokens: Tokens, scale: float = 1.0) -> str:
    """Return `resources/theme/app.qss` with `@names` replaced and pixels above 2 scaled."""
    colours = tokens.as_dict()
    colours["icons"] = resource("icons").as_posix()

    def colour(match: re.Match[str]) -> str:
        return colours[match[1].replace("-", "_")]

    def pixels(match: re.Match[str]) -> str:
        size = float(match[1])
        return f"{round(size * scale) if size > 2 else match[1]}px"

    text = re.sub(r"@([a-z][a-z0-9-]*)", colour, _template())
    return re.sub(r"(\d+(?:\.\d+)?)px", pixels, text)


@cache
def _template() -> str:
    return resource("theme", "app.qss").read_text(encoding="utf-8")


@cache
def _font(role: str, scale: float) -> QFont:
    return fonts.font(role, scale)


def _application() -> QApplication:
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        raise RuntimeError("The theme needs a running QApplication")
    return app


def _palette(tokens: Tokens) -> QPalette:
    palette = QPalette()
    roles = QPalette.ColorRole
    for role, colour in {
        roles.Window: tokens.window,
        roles.WindowText: tokens.text_1,
        roles.Base: tokens.surface_2,
        roles.AlternateBase: tokens.surface_1,
        roles.ToolTipBase: tokens.surface_2,
        roles.ToolTipText: tokens.text_1,
        roles.PlaceholderText: tokens.text_2,
        roles.Text: tokens.text_1,
        roles.Button: tokens.surface_2,
        roles.ButtonText: tokens.text_1,
        roles.BrightText: tokens.error,
        roles.Light: tokens.line_strong,
        roles.Midlight: tokens.line_strong,
        roles.Mid: tokens.line,
        roles.Dark: tokens.line,
        roles.Shadow: tokens.rail,
        roles.Link: tokens.student_text,
        roles.LinkVisited: tokens.student_text,
        roles.Highlight: tokens.line_strong,
        roles.HighlightedText: tokens.text_1,
        roles.Accent: tokens.primary,
    }.items():
        palette.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(tokens.disabled))
    return palette
