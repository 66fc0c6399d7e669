"""Where a method was published: "Zhao et al. 2022, https://arxiv.org/abs/2203.08679" in two parts."""

import re

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

_URL, _YEAR = re.compile(r"https?://[^\s,]+"), re.compile(r"\b(?:19|20)\d\d\b")


def link(paper: str) -> str:
    """Return the address of a paper, or nothing."""
    found = _URL.search(paper)
    return found[0] if found else ""


def authors(paper: str) -> str:
    """Return who wrote it, and when, as it is cited: `Hinton et al. 2015`, `Ba & Caruana 2014`."""
    words = _URL.sub("", paper)
    year = _YEAR.search(words)
    if year is None:
        return words.strip(" ,")
    names = [name.strip() for name in words[: year.start()].split(",") if name.strip()]
    told = names[0] if len(names) == 1 else " & ".join(names) if len(names) == 2 else f"{names[0]} et al."
    return f"{told} {year[0]}"


def open_paper(paper: str) -> None:
    """Show a paper in the browser."""
    if address := link(paper):
        QDesktopServices.openUrl(QUrl(address))
