"""Errors that say what happened and what to do, and `Problem`, the same as a value.

`Problem` lives here and not in `recipe` because events carry it and events are the lowest layer.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Problem(BaseModel):
    """One thing that is wrong, or worth knowing: where, what and why, and what to do about it.

    `where` is a path in the recipe (`methods[1].temperature`), a file, or empty. `action` names a repair that the
    program itself offers (the window draws it as a button), with `value` as its argument.
    """

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")

    message: str
    hint: str = ""
    where: str = ""
    severity: Literal["error", "warning", "note"] = "error"
    action: str = ""
    value: str | int | float | None = None

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class KdStudioError(Exception):
    """Base of every error that a person can act on. `hint` says how."""

    def __init__(self, message: str, *, hint: str = "", where: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.where = where

    @property
    def problems(self) -> list[Problem]:
        """Everything that is wrong, as values; more than one where several things were found together."""
        return [Problem(message=self.message, hint=self.hint, where=self.where)]


class DataError(KdStudioError):
    """The data set cannot be read or does not fit; the hint says which file to look at."""


class ModelError(KdStudioError):
    """A model file cannot be opened; choose another file or say what it is."""


class UnknownArchitecture(ModelError):
    """The weights were read but belong to no architecture that kdstudio can build; a person may know which it is."""

    @property
    def problems(self) -> list[Problem]:
        """The one problem, with the question that the window asks."""
        return [Problem(message=self.message, hint=self.hint, where=self.where, action="architecture")]


class WeightsMismatch(ModelError):
    """The architecture is known but some weights are missing, unexpected or of another shape."""


class Untrusted(ModelError):
    """The file wants to run code when it is opened, and nobody said yet that it may: nothing was run.

    `digest` is the file's SHA-256, by which it can be trusted (`core.trust`); empty where trust would not help.
    """

    def __init__(self, message: str, *, digest: str = "", hint: str = "", where: str = "") -> None:
        how = f"If you know who made it, trust this very file: --trust {digest}" if digest else ""
        super().__init__(message, hint=" ".join(filter(None, ("Nothing was run.", hint, how))), where=where)
        self.digest = digest

    @property
    def problems(self) -> list[Problem]:
        """The one problem, with the repair that the window draws as a button."""
        action, value = ("trust", self.digest) if self.digest else ("", None)
        return [Problem(message=self.message, hint=self.hint, where=self.where, action=action, value=value)]


class InvalidRecipe(KdStudioError):
    """The recipe has problems; all of them are in `problems`, each with its path."""

    def __init__(self, problems: list[Problem]) -> None:
        lines = "\n".join(f"  {problem}" + (f" ({problem.hint})" if problem.hint else "") for problem in problems)
        super().__init__(f"The recipe has {len(problems)} problem{'s' if len(problems) != 1 else ''}:\n{lines}")
        self._problems = problems

    @property
    def problems(self) -> list[Problem]:
        """Every problem of the recipe."""
        return self._problems


class RunError(KdStudioError):
    """A run folder cannot be used as asked."""


class RunBusy(RunError):
    """Another program is writing this run; it may be watched meanwhile."""


class TrainingDiverged(KdStudioError):
    """The loss is no longer a number; the run can go on from its last checkpoint with a lower learning rate.

    `rate` is that one, None where it would not help; `folder` is the run's.
    """

    def __init__(self, message: str, *, hint: str, rate: float | None = None, folder: str = "") -> None:
        super().__init__(message, hint=hint)
        self.rate = rate
        self.folder = folder

    @property
    def problems(self) -> list[Problem]:
        """The one problem, with the repair that the window draws as a button; the terminal tells its command."""
        if self.rate is None:
            return super().problems
        return [Problem(message=self.message, hint=self.hint, where=self.folder, action="slower", value=self.rate)]


class OutOfMemory(KdStudioError):
    """The device has no memory left; use a smaller batch or the CPU."""


class DeviceLost(KdStudioError):
    """The device stopped working while it trained; the run in `folder` can go on on the CPU."""

    def __init__(self, message: str, *, hint: str, folder: str) -> None:
        super().__init__(message, hint=hint)
        self.folder = folder

    @property
    def problems(self) -> list[Problem]:
        """The one problem, with the repair that the window draws as a button; the terminal tells its command."""
        return [Problem(message=self.message, hint=self.hint, where=self.folder, action="device", value="cpu")]


class ExportError(KdStudioError):
    """The student could not be written in this format, or the written file answers differently."""
