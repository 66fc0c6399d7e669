"""What stands on the tile of an input, out of the answers that are seen."""

from collections.abc import Callable

from kdstudio.ui.panels.sample_tile import Sample
from kdstudio.ui.panels.seen import Seen
from kdstudio.ui.truth import answer_words, target_words


def samples_of(seen: Seen) -> Callable[[int], Sample]:
    """Return a function from the row of an input to what its tile tells."""
    names = seen.class_names

    def sample(row: int) -> Sample:
        at = seen.by_row[row]
        models = {"student": seen.student, "teacher": seen.teacher, "baseline": seen.baseline}
        answers = {
            who: answer_words(one.logits[at], seen.task, names) for who, one in models.items() if one is not None
        }
        return Sample(row, target_words(seen.targets[at], seen.task, names), answers)

    return sample
