"""Whose work kdstudio stands on, and under which licences: read from what is installed, so never out of date.

A library without the text of its licence in its package is shown with the text that its licence refers to.
"""

import contextlib
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, PackagePath, distribution
from pathlib import Path

from kdstudio import __version__
from kdstudio.core.paths import resource

_NAMED = re.compile(r"licen[cs]e|copying|copyright|notice|authors", re.IGNORECASE)
_NO_TEXT = frozenset({".py", ".pyc", ".pyi", ".json", ".h", ".so"})
_REFERRED = (("LGPL", ("LGPL-3", "GPL-3")), ("Apache", ("Apache-2.0",)))
"""Part of a licence's name → texts in resources/licences, where the package brings none."""
_LGPL = (
    "Qt for Python is used under the LGPL, version 3, as shared libraries that stand by themselves: in the folder of\n"
    "PySide6 they can be exchanged for others of the same interface, built from the source at https://code.qt.io.\n\n"
)
_LONGEST = 60  # characters of a licence's name; some put its text there


@dataclass(frozen=True, slots=True)
class Licence:
    """One piece of work of others: its name, version (empty: none) and licence, and the files with the text."""

    name: str
    version: str
    licence: str
    kind: str  # "program", "library", "font", "web" or "data"
    files: tuple[Path, ...]
    before: str = ""  # said before the text

    def text(self) -> str:
        """Return the text of the licence, of all its files."""
        parts = [file.read_text(encoding="utf-8", errors="replace").strip() for file in self.files if file.is_file()]
        rule = "\n\n" + "-" * 40 + "\n\n"
        return self.before + (rule.join(parts) or f"The package brings no text. Its licence is {self.licence}.")


def licences() -> list[Licence]:
    """Return kdstudio itself, then what lies in its resources, then Python and every library, by name."""
    return [_own(), *_bundled(), _python(), *sorted(map(_of, installed()), key=lambda one: one.name.casefold())]


def text_files(library: Distribution) -> list[Path]:
    """Return the files of a library, inside its package and beside it, that hold the text of its licence."""
    return sorted({Path(str(file.locate())) for file in named(library)})


def named(library: Distribution) -> list[PackagePath]:
    """Return the same files as the library's own list names them."""
    found = [file for file in library.files or () if _NAMED.search(file.name) and file.suffix not in _NO_TEXT]
    return [file for file in found if "_vendor" not in file.parts]


def pythons_own() -> Path | None:
    """Return the licence of the Python that runs this; where it lies differs between systems."""
    places = (Path(os.__file__).with_name("LICENSE.txt"), Path(sys.base_prefix) / "LICENSE.txt")
    return next((file for file in places if file.is_file()), None)


def installed() -> Iterator[Distribution]:
    """Yield every library that kdstudio needs, itself or through others, and the optional ones that are there."""
    from packaging.requirements import InvalidRequirement, Requirement

    seen: set[str] = {"kdstudio"}
    waiting = ["kdstudio"]
    while waiting:
        name = waiting.pop()
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue
        if name != "kdstudio":
            yield found
        for line in found.requires or ():
            try:
                wanted = Requirement(line)
            except InvalidRequirement:
                continue
            is_needed = wanted.marker is None or wanted.marker.evaluate({"extra": ""})
            extra = name == "kdstudio" and not is_needed and _is_for_people(line)
            key = re.sub(r"[-_.]+", "-", wanted.name).lower()
            if (is_needed or extra) and key not in seen:
                seen.add(key)
                waiting.append(key)


def _is_for_people(line: str) -> bool:
    return not re.search(r"""extra\s*==\s*['"](test|package)['"]""", line)


def _of(library: Distribution) -> Licence:
    name, licence = library.metadata["Name"], _named(library)
    files = text_files(library)
    if not files:
        texts = next((texts for part, texts in _REFERRED if part in licence), ())
        files = [resource("licences", f"{text}.txt") for text in texts]
    before = _LGPL if "LGPL" in licence else ""
    return Licence(name, library.version, licence, "library", tuple(files), before)


def _named(library: Distribution) -> str:
    about = library.metadata
    told = [str(said).strip() for key in ("License-Expression", "License") for said in about.get_all(key) or ()]
    for said in told:
        if said and "\n" not in said and len(said) <= _LONGEST:
            return said
    classes = [line.rpartition("::")[2].strip() for line in about.get_all("Classifier") or () if "License ::" in line]
    lines = [said.splitlines()[0] for said in told if said]
    return ", ".join(classes) or next((f"{line[:_LONGEST].rpartition(' ')[0]} …" for line in lines), "see its text")


def _own() -> Licence:
    beside = Path(__file__).resolve().parents[1]
    places = [beside / "LICENSE", beside.parent / "LICENSE"]
    with contextlib.suppress(PackageNotFoundError):
        places += text_files(distribution("kdstudio"))
    files = tuple(file for file in places if file.is_file())[:1]
    return Licence("kdstudio", __version__, "MIT", "program", files)


def _bundled() -> list[Licence]:
    web = resource("web", "runtime")
    return [
        Licence("Inter", "", "OFL-1.1", "font", (resource("fonts", "Inter-OFL.txt"),)),
        Licence("Fashion-MNIST", "", "MIT", "data", (resource("samples", "LICENSE-fashion-mnist.txt"),)),
        Licence("ONNX Runtime Web", "1.30.0", "MIT", "web", (web / "LICENSE-onnxruntime-web.txt",)),
        Licence("@huggingface/tokenizers", "0.2.0", "Apache-2.0", "web", (web / "LICENSE-tokenizers.txt",)),
    ]


def _python() -> Licence:
    places = (resource("licences", "LICENSE.txt"), pythons_own())
    files = tuple(file for file in places if file is not None and file.is_file())[:1]
    return Licence("Python", sys.version.split()[0], "PSF-2.0", "program", files)
