"""What there is to read about a method: its file among the help texts, or what it says of itself."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QTextBlock, QTextBlockFormat, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextBrowser

from kdstudio.core.paths import resource
from kdstudio.recipe.problems import Entry
from kdstudio.ui.panels.methods.papers import link
from kdstudio.ui.theme import apply_role, theme

_HEADINGS = {1: "h2", 2: "h3", 3: "bodym"}
_FORMULA = "**Formula.**"
_LINE = 135  # per cent


def help_file(name: str) -> str:
    """Return a help file's Markdown without its title, which stands above; "" where there is none."""
    file = resource("help", f"{name}.md")
    if not file.is_file():
        return ""
    words = file.read_text(encoding="utf-8")
    first, _, rest = words.partition("\n")
    return rest.strip() if first.startswith("# ") else words


def help_text(entry: Entry) -> str:
    """Return Markdown about a method; without a help file its two sentences and its paper."""
    if words := help_file(entry.name):
        return words
    address = link(entry.paper)
    cited = entry.paper.replace(address, f"<{address}>") if address else entry.paper
    return f"{entry.help}\n\n{cited}\n"


def formula(name: str) -> str:
    """Return the formula of a method as its help text writes it; "" where there is none."""
    found = next((line for line in help_file(name).splitlines() if line.startswith(_FORMULA)), "")
    return found.removeprefix(_FORMULA).partition(". ")[0].strip().rstrip(".")


class HelpPage(QTextBrowser):
    """Markdown in the type scale of the window; links open in the browser."""

    def __init__(self, words: str, name: str) -> None:
        super().__init__()
        self.setObjectName("help-page")
        self.setProperty("kind", "page")
        self.setProperty("role", "body")
        self.setAccessibleName(name)
        self.setOpenExternalLinks(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        apply_role(self)
        self.document().setDocumentMargin(0)
        self.setMarkdown(words)
        self._dress()

    def _dress(self) -> None:
        """Give each piece of text the font of the scale, and all lines their air."""
        block = self.document().begin()
        while block.isValid():
            cursor, level = QTextCursor(block), block.blockFormat().headingLevel()
            lines = QTextBlockFormat()
            lines.setLineHeight(_LINE, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
            is_amid = block.textList() is not None and block.next().textList() is not None
            lines.setBottomMargin(theme().px(4 if is_amid else 10))
            cursor.mergeBlockFormat(lines)
            for start, length, form in _pieces(block):
                cursor.setPosition(start)
                cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
                cursor.mergeCharFormat(_dressed(form, level))
            block = block.next()
        self.moveCursor(QTextCursor.MoveOperation.Start)


def _pieces(block: QTextBlock) -> list[tuple[int, int, QTextCharFormat]]:
    """Return where each piece of one format begins, how long it is, and its format."""
    pieces, at = [], block.begin()
    while not at.atEnd():
        piece = at.fragment()
        pieces.append((piece.position(), piece.length(), piece.charFormat()))
        at += 1
    return pieces


def _dressed(form: QTextCharFormat, level: int) -> QTextCharFormat:
    is_strong = bool(level) or form.fontWeight() > QFont.Weight.Medium
    made = QTextCharFormat()
    font = QFont(theme().font(_HEADINGS.get(level, "bodym" if is_strong else "body")))
    font.setItalic(form.fontItalic())
    made.setFont(font)
    if is_strong:
        made.setForeground(theme().colour("text_1"))
    return made
