"""Going through inputs one by one, in the order that is shown."""

from kdstudio.core.rows import Rows
from kdstudio.ui.widgets.painting import count


class Walk:
    """Rows of the data in the order to go through them. A row that is not among them stands before the first one."""

    def __init__(self, rows: Rows | None = None) -> None:
        self.rows = Rows() if rows is None else rows

    def step(self, row: int | None, by: int) -> int | None:
        """Return the row that is `by` steps further, or None where there is none."""
        at = self.rows.position(row)
        if at < 0:
            return self.rows[0 if by > 0 else -1] if self.rows else None
        further = at + by
        return self.rows[further] if 0 <= further < len(self.rows) else None

    def words(self, row: int | None) -> str:
        """Return where a row stands: "70 of 197"."""
        at = self.rows.position(row)
        return f"{'–' if at < 0 else count(at + 1)} of {count(len(self.rows))}"
