"""One registry for everything pluggable: a plug-in is a file in a folder, found by listing the folder.

Dropping `methods/my_method.py` into the package (or into a folder named by `KDSTUDIO_PLUGINS`) is the whole
registration; an installed package names its module as an entry point of the group `kdstudio.methods`. Each module
offers one attribute under an agreed name (`METHOD`, `ARCHITECTURE`, `READER` ...).
"""

import importlib
import importlib.util
import os
import pkgutil
import sys
from collections.abc import Iterator
from functools import cached_property
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Generic, TypeVar

T = TypeVar("T")


class Registry(Generic[T]):
    """Name → plug-in, for the modules of `package` that define `attribute`.

    Modules are imported at first use and not before, so that listing the command line's help stays quick.
    """

    def __init__(self, package: str, attribute: str) -> None:
        self.package = package
        self.attribute = attribute

    @cached_property
    def _plugins(self) -> dict[str, T]:
        found: dict[str, T] = {}
        for module in self._modules():
            if hasattr(module, self.attribute):
                name = module.__name__.rpartition(".")[2]
                if name in found:
                    raise ValueError(f"{self.package} has two plug-ins called {name!r}: rename one of the files")
                found[name] = getattr(module, self.attribute)
        return dict(sorted(found.items()))

    def _modules(self) -> Iterator[ModuleType]:
        package = importlib.import_module(self.package)
        for info in pkgutil.iter_modules(package.__path__):
            yield importlib.import_module(f"{self.package}.{info.name}")
        for found in entry_points(group=self.package):
            yield found.load()
        kind = self.package.rpartition(".")[2]
        for folder in filter(None, os.environ.get("KDSTUDIO_PLUGINS", "").split(os.pathsep)):
            for file in sorted(Path(folder, kind).glob("*.py")):
                yield _import_file(f"kdstudio_plugins.{kind}.{file.stem}", file)

    def __getitem__(self, name: str) -> T:
        return self._plugins[name]

    def __contains__(self, name: object) -> bool:
        return name in self._plugins

    def __iter__(self) -> Iterator[str]:
        return iter(self._plugins)

    def __len__(self) -> int:
        return len(self._plugins)

    def items(self) -> Iterator[tuple[str, T]]:
        """Pairs of name and plug-in, sorted by name."""
        return iter(self._plugins.items())


def _import_file(name: str, file: Path) -> ModuleType:
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is not a Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
