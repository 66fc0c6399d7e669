"""A teacher's recorded answers to the parts of a run, in the student's tokens."""

import torch
from torch import Tensor

from kdstudio.core.types import Predictions
from kdstudio.methods.losses import IGNORE
from kdstudio.training.batches import Tensors
from kdstudio.training.matched import ENOUGH, Targets, match
from kdstudio.training.opened import Ready
from kdstudio.training.recorded import RecordedTeacher


def recorded_parts(ready: Ready, parts: dict[str, Tensors]) -> dict[str, Targets]:
    """Return what recorded answers say of each part, in the student's tokens; nothing where the teacher is another."""
    if not isinstance(ready.stored, RecordedTeacher):
        return {}
    inputs = {"train": ready.splits.train, "validation": ready.splits.validation, "test": ready.splits.test}
    found = {}
    for name, data in parts.items():
        assert data.reader is not None
        texts, width = inputs[name].inputs.read(data.index.cpu().numpy()), data.ahead[data.reader].shape[1]
        found[name] = match(ready.stored.recording, data.reader, texts, width).on(data.targets.device)
    return found


def recorded_answers(
    found: dict[str, Targets], parts: dict[str, Tensors], names: tuple[str, ...]
) -> dict[str, Predictions]:
    """Return what a teacher said of the parts that are looked at, where enough of it was recorded."""
    looked_at = [name for name in found if name != "train" and len(parts[name]) and found[name].share >= ENOUGH]
    return {name: _answers(found[name], parts[name], names, name) for name in looked_at}


def _answers(targets: Targets, data: Tensors, names: tuple[str, ...], split: str) -> Predictions:
    """Return the teacher's answers at all places of a part, in the order of the passages."""
    assert data.reader is not None
    found: list[tuple[Tensor, Tensor, Tensor]] = []
    for positions in data.chunks():
        batch = data.batch(positions)
        rows = targets.row.index_select(0, positions)[:, : batch.targets.shape[1]]
        counts = batch.targets != IGNORE
        at, places = counts.nonzero(as_tuple=True)
        said = batch.targets[counts]
        logits = targets.logits(rows[counts], said, len(names)).cpu()
        found.append(((batch.index[at] * data.reader.length + places).cpu(), said.cpu(), logits))
    index, said, logits = (torch.cat([one[i] for one in found]) for i in range(3))
    order = torch.argsort(index)
    return Predictions(
        index[order].numpy(), said[order].numpy(), logits[order].numpy(), names, "teacher", split, "classification"
    )
