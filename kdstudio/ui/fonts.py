"""The type scale: one `QFont` per role, from the fonts that come with the program."""

from dataclasses import dataclass
from functools import cache

from PySide6.QtGui import QFont, QFontDatabase

from kdstudio.core.paths import resource


@dataclass(frozen=True, slots=True)
class Role:
    """A step of the type scale: size in pixels at 100 %, weight, tracking in pixels, family."""

    pixels: int
    weight: int = 400
    tracking: float = 0.0
    family: str = "Inter"


ROLES: dict[str, Role] = {
    "display": Role(30, 600, -0.3, "Inter Display"),
    "h1": Role(20, 600, -0.3, "Inter Display"),
    "num": Role(22, 600, 0.0, "Inter Display"),
    "numl": Role(28, 600, 0.0, "Inter Display"),
    "h2": Role(15, 600),
    "h3": Role(13, 600),
    "reading": Role(16),
    "body": Role(13),
    "bodym": Role(13, 500),
    "small": Role(12),
    "smallm": Role(12, 500),
    "caption": Role(11),
    "captionm": Role(11, 500),
    "micro": Role(10, 500),
    "mono": Role(12, family="monospace"),
}


@cache
def load_fonts() -> tuple[str, ...]:
    """Register the bundled fonts with Qt once and return their families; needs a running QGuiApplication."""
    families: list[str] = []
    for file in sorted(resource("fonts").glob("*.otf")):
        number = QFontDatabase.addApplicationFont(str(file))
        if number < 0:
            raise RuntimeError(f"The font {file.name} cannot be loaded")
        families.extend(QFontDatabase.applicationFontFamilies(number))
    return tuple(dict.fromkeys(families))


def font(role: str, scale: float = 1.0) -> QFont:
    """Return the font of `role` with tabular figures, so that numbers do not dance while they change."""
    step = ROLES[role]
    if step.family == "monospace":
        made = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    else:
        load_fonts()
        made = QFont(step.family)
        made.setFeature(QFont.Tag("tnum"), 1)
    made.setPixelSize(max(6, round(step.pixels * scale)))
    made.setWeight(QFont.Weight(step.weight))
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    if step.tracking:
        made.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, step.tracking * scale)
    return made
