"""Charts: thin wrappers on pyqtgraph, and the pure functions beneath them."""

import os

os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")  # read when pyqtgraph is imported, by any chart below
