"""What is not read from an archive: names that lead elsewhere, links, and contents out of all proportion."""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from kdstudio.core.errors import DataError, Problem
from kdstudio.data import magic
from kdstudio.data.labels import listed

LARGEST_MEMBER = 2 * 1024**3
MOST_BYTES = 1024**4
_UNSUSPICIOUS_BYTES = 1024**3  # blank images pack 1,000 to 1: below a gibibyte any ratio is taken
_LARGEST_RATIO = 200


@dataclass(frozen=True, slots=True)
class Refused:
    """The members of an archive that are left out, by the reason."""

    names: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, name: str, why: str) -> None:
        """Remember one; `why` completes "… entries left out that …"."""
        self.names[why].append(name)

    def problems(self) -> tuple[Problem, ...]:
        """Return a warning for each reason."""
        hint = "They are never read from an archive; unpack it yourself if you trust it."
        return tuple(
            Problem(
                message=f"{len(names):,} entries left out that {why}: {listed(names)}", hint=hint, severity="warning"
            )
            for why, names in self.names.items()
        )


def is_safe(name: str, refused: Refused) -> bool:
    """Whether a member is meant by a person and its name stays inside the archive."""
    parts = name.split("/")
    if "\\" in name or "\0" in name or name.startswith("/") or ".." in parts or parts[0][1:2] == ":":
        refused.add(name, "have unsafe names")
        return False
    return all(magic.is_visible(part) for part in parts) and bool(parts[-1])


def check_ratio(path: Path, unpacked: int, packed: int) -> None:
    """Raise DataError for an archive that unpacks to more than any data set would."""
    ratio = unpacked / max(packed, path.stat().st_size, 1)
    if unpacked > MOST_BYTES or (unpacked > _UNSUSPICIOUS_BYTES and ratio > _LARGEST_RATIO):
        message = f"{path.name} would unpack to {unpacked / 1e9:,.0f} GB, {ratio:,.0f} times its size: it is not opened"
        raise DataError(message, hint="It looks like a zip bomb. Get the data from its source.", where=str(path))
