"""The names inside a run folder (contract: "Run folder"), for those who write it and those who read it."""

from dataclasses import dataclass
from pathlib import Path

from kdstudio.core.errors import RunError


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Paths of a run; nothing is read or created here."""

    path: Path

    def check(self) -> None:
        """Raise RunError where the folder is no longer there; nothing may be written then, which would make a second.

        A folder that was renamed, moved or deleted while its run goes on is not made anew under its old name.
        """
        if not self.recipe.exists():
            raise self.gone()

    def gone(self) -> RunError:
        """Return what to tell where the folder is not there any more."""
        return RunError(
            f"The run folder {self.path} is gone: it was renamed, moved or deleted while the run was going on.",
            hint="Give it its name back, or open it where it is now; it goes on from its last checkpoint.",
        )

    @property
    def recipe(self) -> Path:
        """The resolved recipe."""
        return self.path / "recipe.json"

    @property
    def provenance(self) -> Path:
        """Versions, digests, machine."""
        return self.path / "provenance.json"

    @property
    def events(self) -> Path:
        """One event a line."""
        return self.path / "events.jsonl"

    @property
    def status(self) -> Path:
        """State, step, epoch, process."""
        return self.path / "status.json"

    @property
    def summary(self) -> Path:
        """The final report."""
        return self.path / "summary.json"

    @property
    def log(self) -> Path:
        """What was printed."""
        return self.path / "log.txt"

    @property
    def layers(self) -> Path:
        """What the models' layers have in common, once somebody has asked for it."""
        return self.path / "analysis" / "layers.npz"

    @property
    def exports(self) -> Path:
        """Where the student was exported to."""
        return self.path / "exports.json"

    def sensitivity(self, unit: str) -> Path:
        """What the student loses without channels or weights of one layer, once somebody has asked for it."""
        return self.path / "analysis" / f"sensitivity-{unit}.json"

    def checkpoint(self, name: str) -> Path:
        """`last` or `best`: student.safetensors, baseline.safetensors, state."""
        return self.path / "checkpoints" / name

    @property
    def best_student(self) -> Path:
        """The weights of the best student, with how it is built."""
        return self.checkpoint("best") / "student.safetensors"

    def glimpses(self, learner: str) -> Path:
        """The pinned inputs' logits through the run, (rows, P, C) float32."""
        return self.path / "glimpses" / f"{learner}.npy"

    def split(self, learner: str, split: str) -> Path:
        """The folder of a learner's predictions for a split: index.npy, targets.npy and one folder an epoch."""
        return self.path / "predictions" / learner / split

    def passages(self, split: str) -> Path:
        """The passages that a language model was asked about."""
        return self.path / "predictions" / "passages" / f"{split}.npz"

    def logits(self, learner: str, split: str, epoch: int | str) -> Path:
        """Logits (N, C) at an epoch: a number, `last` or `best`; the teacher has only `last`."""
        name = f"{epoch:04d}" if isinstance(epoch, int) else epoch
        return self.split(learner, split) / name / "logits.npy"
