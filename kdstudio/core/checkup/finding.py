"""One thing that was looked at."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "note", "ok"]
_ORDER: tuple[Severity, ...] = ("error", "warning", "note", "ok")


@dataclass(frozen=True, slots=True)
class Finding:
    """A name and what was found; where that is not fine, what to do about it.

    An error keeps kdstudio or a part of it from working, a warning makes it slow or is about to become an error, a note
    is something that not everybody needs.
    """

    section: str
    name: str
    value: str
    severity: Severity = "ok"
    hint: str = ""

    @property
    def is_problem(self) -> bool:
        """Whether something should be done."""
        return self.severity in ("error", "warning")

    def to_value(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


def problems_first(found: list[Finding]) -> list[Finding]:
    """Return the problems alone, the worst first."""
    return sorted((one for one in found if one.is_problem), key=lambda one: _ORDER.index(one.severity))
