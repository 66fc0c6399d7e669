"""The torch modules that a Python file defines, found by reading it: nothing of it is run."""

import ast
from pathlib import Path

from kdstudio.core.errors import KdStudioError

_LARGEST = 4 * 1024**2
_KNOWN = ("Module", "Sequential", "PreTrainedModel", "LightningModule")


def module_classes(path: Path) -> list[str]:
    """Return the classes of a file that derive from a torch module, in their order; raises KdStudioError.

    Where no base is known to be one (it comes from another file), every class counts.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise KdStudioError(f"“{path.name}” is too large for a Python file.", hint="Choose the .py file.")
        tree = ast.parse(path.read_bytes(), path.name)
    except OSError as error:
        raise KdStudioError(f"“{path.name}” cannot be read: {error.strerror}.", hint="Check the file.") from error
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        message = f"“{path.name}” is no Python file: {error.args[0] if error.args else error}."
        raise KdStudioError(message, hint="Choose the .py file that defines the network.") from error
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    modules: list[str] = []
    for node in classes:
        bases = {_last_name(base) for base in node.bases}
        if bases & {*_KNOWN, *modules}:
            modules.append(node.name)
    return modules or [node.name for node in classes]


def _last_name(base: ast.expr) -> str:
    """Return `Module` for both `Module` and `torch.nn.Module`."""
    return base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else ""
