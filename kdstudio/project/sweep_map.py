"""The trials of a sweep by the values that they were given: one row and one column a value."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kdstudio.core.errors import KdStudioError
from kdstudio.project.sweep import is_sweep, read
from kdstudio.recipe.sweep import Plan, short, written


@dataclass(frozen=True, slots=True)
class SweepMap:
    """`cells` (rows, columns) hold run folders, of trials that have not begun too; none where no trial was planned.

    `row_name` is "" and there is one row where only one thing is varied. Of more than two the two with the most values
    are laid out, and a cell holds a run for each value of the `others`.
    """

    folder: Path
    row_name: str
    rows: tuple[str, ...]
    column_name: str
    columns: tuple[str, ...]
    cells: tuple[tuple[tuple[Path, ...], ...], ...]
    others: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What is varied: `temperature × weight`."""
        return " × ".join(name.replace("_", " ") for name in (self.row_name, self.column_name) if name)


def sweep_map(folder: Path) -> SweepMap | None:
    """Return the map of a sweep's folder; None where it holds none, or one that is no grid of values."""
    if not is_sweep(folder):
        return None
    try:
        return laid_out(folder, read(folder))
    except KdStudioError:
        return None


def laid_out(folder: Path, plan: Plan) -> SweepMap | None:
    """Return the trials of a plan by the two things of which it tries the most values, more of them as columns."""
    lists = {path: one for path, one in plan.over.items() if isinstance(one, list) and len(one) > 1}
    if plan.kind != "sweep" or not lists:
        return None
    names = short(list(plan.over))
    columns, *rest = sorted(lists, key=lambda path: -len(lists[path]))
    rows, others = (rest[0], rest[1:]) if rest else ("", [])
    across, down = _ordered(lists[columns]), _ordered(lists[rows]) if rows else [None]
    found: dict[tuple[str, str], list[Path]] = {}
    for trial in plan.trials:
        place = (written(trial.values.get(rows)) if rows else "", written(trial.values.get(columns)))
        found.setdefault(place, []).append(folder / trial.name)
    row_names = tuple(written(value) for value in down) if rows else ("",)
    column_names = tuple(written(value) for value in across)
    cells = tuple(tuple(tuple(found.get((row, column), ())) for column in column_names) for row in row_names)
    return SweepMap(
        folder,
        names.get(rows, ""),
        row_names,
        names[columns],
        column_names,
        cells,
        tuple(names[path] for path in others),
    )


def _ordered(values: Sequence[Any]) -> list[Any]:
    """Return numbers by their size, anything else as it was given."""
    are_numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    return sorted(values) if are_numbers else list(values)
