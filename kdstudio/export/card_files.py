"""The part of the model card about the files: how they compare with the student, and what they need."""

from collections.abc import Sequence
from pathlib import Path

from kdstudio.core.targets import HEADLINE
from kdstudio.recipe.report import ExportReport

NAMED = 3  # inputs that a file answers otherwise


def compared(reports: Sequence[ExportReport]) -> list[str]:
    """Return how the files compare with the trained student."""
    rows = [
        f"| {Path(report.path).name} | {_room(report)} | {_number(report.accuracy, '.4f')} | "
        f"{share(report.agreement, 2)} | {_number(report.largest_difference, '.2g')} | {_latency(report)} |"
        for report in reports
        if report.passed
    ]
    if not rows:
        return []
    inputs = max(report.inputs for report in reports)
    others = [
        f"- {Path(report.path).name} answers otherwise, among others: "
        + "; ".join(f"input {one.row} {one.after} (the student {one.before})" for one in report.differing[:NAMED])
        for report in reports
        if report.passed and report.differing
    ]
    return [
        f"## Files, compared with the trained student on {inputs:,} test inputs",
        "",
        f"| | Size | {HEADLINE[reports[0].task]} | Same answer | Largest logit difference | "
        "One input on one CPU thread, p50 · p95 · p99 |",
        "|---|---|---|---|---|---|",
        *rows,
        "",
        *([*others, ""] if others else []),
    ]


def needed(reports: Sequence[ExportReport]) -> list[str]:
    """Return what each graph needs where it runs."""
    told = []
    for report in reports:
        if not report.passed or report.needs is None:
            continue
        needs = report.needs
        sets = ", ".join(f"{domain} {version}" for domain, version in needs.opsets.items())
        memory = "" if report.memory is None else f"; {report.memory:,} bytes of memory while it answers one input"
        operators = ", ".join(map(_short, needs.operators))
        told += [
            f"- {Path(report.path).name}: operator sets {sets}{memory}; operators {operators}",
            *(
                f"  - {name}, a phone's accelerator, leaves to the processor: {', '.join(map(_short, lacking))}"
                for name, lacking in needs.lacking.items()
            ),
        ]
    return ["## What the files need", "", *told, ""] if told else []


def _room(report: ExportReport) -> str:
    told = f"{report.bytes:,} bytes"
    return told if report.compressed is None else f"{told}, {report.compressed:,} when compressed"


def _short(operator: str) -> str:
    return operator.removeprefix("ai.onnx:")


def _latency(report: ExportReport) -> str:
    return " · ".join(f"{value:.2f}" for value in (report.latency_ms or {}).values()) + " ms"


def share(value: float | None, digits: int = 1) -> str:
    """Return a percentage."""
    return "not measured" if value is None else f"{value:.{digits}%}"


def _number(value: float | None, form: str = ".3f") -> str:
    return "not measured" if value is None else format(value, form)
