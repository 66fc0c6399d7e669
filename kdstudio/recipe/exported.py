"""Where a run's student was exported to, kept with the run: `exports.json`, the newest last."""

import json
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from kdstudio.core.files import write_json
from kdstudio.core.layout import RunFolder
from kdstudio.recipe.report import ExportReport

REPORT = "report.json"  # in the exported folder: what its files are
MOST = 20


class Exported(BaseModel):
    """One export: its folder, and when it was made (ISO 8601, UTC)."""

    model_config = ConfigDict(frozen=True, extra="allow")

    to: Path
    time: str


def remember(run: RunFolder, to: Path) -> None:
    """Note that the student of `run` was exported to the folder `to`; a run that cannot be written to forgets it."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    before = [one for one in exports(run) if one.to != to.absolute()]
    kept = [*before, Exported(to=to.absolute(), time=now)][-MOST:]
    try:
        write_json(run.exports, [one.model_dump(mode="json") for one in kept], durable=False)
    except OSError:
        return  # the export itself is whole


def exports(run: RunFolder) -> tuple[Exported, ...]:
    """Return the exports of a run, the newest last; none where there is no list or it is damaged."""
    try:
        return TypeAdapter(tuple[Exported, ...]).validate_json(run.exports.read_bytes())
    except (OSError, ValidationError):
        return ()


def newest(run: RunFolder) -> tuple[ExportReport, ...]:
    """Return the reports of the newest export that is still there; none where all are gone."""
    for one in reversed(exports(run)):
        try:
            told = json.loads((one.to / REPORT).read_bytes())
            reports = tuple(ExportReport.model_validate(value) for value in told)
        except (OSError, ValueError, TypeError):
            continue
        if reports:
            return reports
    return ()
