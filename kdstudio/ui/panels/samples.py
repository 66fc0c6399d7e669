"""What stands on the tile of an input, out of the answers that are seen."""

from collections.abc import Callable

from kdstudio.ui.panels.sample_tile import Sample
from kdstudio.ui.panels.seen import Seen


def samples_of(seen: Seen) -> Callable[[int], Sample]:
    """Return a function from the row of an input to what its tile tells."""
    names = seen.class_names

    def sample(row: int) -> Sample:
        at = seen.by_row[row]
        target = int(seen.targets[at])
        answers = {who: names[int(labels[at])] for who, labels in seen.labels.items()}
        return Sample(row, names[target] if target >= 0 else "", answers)

    return sample
