"""What a recipe's methods remember of the training inputs, told before a run."""

from collections.abc import Iterable

from kdstudio.core.errors import Problem
from kdstudio.methods.base import Setting
from kdstudio.methods.catalogue import method
from kdstudio.recipe.choices import MethodChoice

_WORTH_TELLING = 1_000_000  # bytes


def of_memory(choices: Iterable[tuple[str, MethodChoice]], setting: Setting, free: int) -> list[Problem]:
    """Return a note with the size of what each method remembers, a warning where that is more than `free` bytes.

    `choices` are all methods of a run, each with its place in the recipe.
    """
    told = []
    for where, choice in choices:
        size = method(choice).memory(setting)
        message = f"{choice.method} remembers {_size(size)} of {setting.inputs:,} training inputs"
        if size > free:
            hint = "Leave the method out, or use fewer training inputs."
            message = f"{message}, and {_size(free)} of memory can be had"
            told.append(Problem(message=message, hint=hint, where=where, severity="warning"))
        elif size >= _WORTH_TELLING:
            told.append(Problem(message=message, where=where, severity="note"))
    return told


def _size(count: int) -> str:
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.0f} MB"
