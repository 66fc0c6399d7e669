"""How evenly the window turns while Understand lists, sorts and scrolls many inputs.

python tests/benchmarks/samples.py [INPUTS] [CLASSES]

The run is that of `understand.py`. Work is the processor time of the window's thread: the machine may be shared.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
from run_table import Gaps
from understand import make

from kdstudio.app import application
from kdstudio.ui.main_window import MainWindow
from kdstudio.ui.pages.understand import UnderstandPage
from kdstudio.ui.settings import Settings
from kdstudio.ui.theme import Theme
from kdstudio.ui.workspace import Workspace

PLACES = 120  # of the scroll bar


def main(inputs: int, classes: int) -> None:
    """Open a made-up run, sort its inputs in every order, and scroll from end to end."""
    Theme("dark", 1.0).apply(application())
    with tempfile.TemporaryDirectory(prefix="kdstudio-") as home:
        run = make(Path(home) / "run", classes, inputs)
        workspace = Workspace(Settings(Path(home) / "settings.json"))
        window = MainWindow(workspace)
        window.show()
        window.show_page("understand")
        page, gaps = window.pages["understand"], Gaps(window)
        assert isinstance(page, UnderstandPage)
        exploration, analyses = page.exploration, workspace.analyses
        whole = lambda: exploration.seen is not None and not exploration.seen.is_sample and not analyses.is_busy  # noqa: E731
        gaps.over("open", lambda: workspace.run.open(run), whole)
        gaps.over("list", lambda: page.open_tab("input"), whole)
        shown = page.tabs["input"].panel.list
        for order in ("kl", "confidence", "telling"):
            gaps.over(f"sort by {order}", lambda order=order: shown.sort_by(order), whole)
        bar = shown.grid.verticalScrollBar()
        places = iter(np.linspace(0, bar.maximum(), PLACES))

        def scroll() -> bool:
            place = next(places, None)
            if place is not None:
                bar.setValue(round(place))
            return place is None

        gaps.over(f"scroll {len(shown.grid.rows()):,} inputs", lambda: None, scroll)
        window.closing.decide()


if __name__ == "__main__":
    main(*map(int, (*sys.argv[1:], *("1_000_000", "10")[len(sys.argv) - 1 :])))
