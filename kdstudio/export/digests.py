"""`digests.json`: of which student the files of an export are, and the SHA-256 of each of them."""

import json
from collections.abc import Collection, Iterable
from pathlib import Path

from kdstudio.core.digest import digest_file, digest_value
from kdstudio.core.files import write_json
from kdstudio.export.opening import Student
from kdstudio.recipe.exported import REPORT
from kdstudio.recipe.report import ExportReport

FILE = "digests.json"


def origin(student: Student, *, probabilities: bool) -> str:
    """Return a digest of all that the files of an export are made from."""
    return digest_value([student.model.spec.architecture, _weights(student), student.shift, probabilities])


def kept(to: Path, made_from: str, anew: Collection[str]) -> list[ExportReport]:
    """Return the reports on files that an earlier export of the same student left in the folder, as they were.

    Formats that are written `anew` are not among them, nor is what was changed or taken away since.
    """
    try:
        told = json.loads((to / FILE).read_bytes())
        reports = [ExportReport.model_validate(value) for value in json.loads((to / REPORT).read_bytes())]
        if told["student"] != made_from:
            return []
        return [
            one
            for one in reports
            if one.format not in anew and one.passed and _is_same(to, Path(one.path).name, told["files"])
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def write_digests(folder: Path, made_from: str, before: Path, reports: Iterable[ExportReport]) -> None:
    """Write the file into `folder`, with the digests of what lies there and of kept files in the folder `before`."""
    files = _digests(folder, (path.name for path in folder.iterdir()))
    old = _digests(before, (Path(one.path).name for one in reports if not (folder / Path(one.path).name).exists()))
    write_json(folder / FILE, {"student": made_from, "files": dict(sorted((old | files).items()))})


def _weights(student: Student) -> list[str]:
    """Return a digest of the file of weights; those of a shifted student are the same."""
    return [digest_file(student.folder.checkpoint(student.checkpoint) / "student.safetensors")]


def _digests(folder: Path, names: Iterable[str]) -> dict[str, str]:
    files = [
        file for name in names for file in ((folder / name).rglob("*") if (folder / name).is_dir() else [folder / name])
    ]
    return {file.relative_to(folder).as_posix(): digest_file(file) for file in files if file.is_file()}


def _is_same(folder: Path, name: str, digests: dict[str, str]) -> bool:
    found = _digests(folder, [name])
    return bool(found) and all(digests.get(file) == value for file, value in found.items())
