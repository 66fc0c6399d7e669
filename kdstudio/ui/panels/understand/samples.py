"""What stands on the tile of an input, and in a table of inputs, out of the answers that are seen."""

import csv
import io
from collections.abc import Callable, Sequence

from kdstudio.core.types import softmax
from kdstudio.ui.panels.understand.sample_tile import Sample
from kdstudio.ui.panels.understand.seen import Seen
from kdstudio.ui.truth import answer_words, target_words


def samples_of(seen: Seen) -> Callable[[int], Sample]:
    """Return a function from the row of an input to what its tile tells."""
    names = seen.class_names

    def sample(row: int) -> Sample:
        at = seen.index.position(row)
        models = {"student": seen.student, "teacher": seen.teacher, "baseline": seen.baseline}
        answers = {
            who: answer_words(one.logits[at], seen.task, names) for who, one in models.items() if one is not None
        }
        return Sample(row, target_words(seen.targets[at], seen.task, names), answers)

    return sample


def as_csv(seen: Seen, rows: Sequence[int]) -> str:
    """Return row, truth and every model's answer of these inputs, one a line, as the screen has them.

    Where classes exclude each other the answer's probability at temperature 1 stands beside it.
    """
    models = {"teacher": seen.teacher, "student": seen.student, "baseline": seen.baseline}
    there = {who: one for who, one in models.items() if one is not None}
    is_one = seen.task == "classification"
    names, written = seen.class_names, io.StringIO()
    table = csv.writer(written, lineterminator="\n")
    heads = [head for who in there for head in ((who, f"{who}_probability") if is_one else (who,))]
    table.writerow(["row", "truth", *heads])
    places = seen.index.positions(rows)
    for at in places[places >= 0].tolist():
        line = [str(seen.index[at]), target_words(seen.targets[at], seen.task, names)]
        for one in there.values():
            line.append(answer_words(one.logits[at], seen.task, names))
            if is_one:
                line.append(f"{softmax(one.logits[at]).max():.4f}")
        table.writerow(line)
    return written.getvalue()
