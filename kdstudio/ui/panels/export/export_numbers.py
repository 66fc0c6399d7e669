"""What an export's report says, as lines of a table and as one sentence."""

from dataclasses import dataclass

from kdstudio.core.measures import figures
from kdstudio.core.measures import headline as headline_of
from kdstudio.core.targets import Task
from kdstudio.recipe.report import ExportReport, Needs
from kdstudio.ui.panels.amounts import ratio, size
from kdstudio.ui.panels.export.export_formats import title
from kdstudio.ui.widgets.painting import count, percent

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SAME_ANSWER: dict[Task, str] = {
    "classification": "Same top answer",
    "multi_label": "Same labels",
    "regression": "Same number",
}
_DIFFERENCE: dict[Task, str] = {"classification": "logit ", "multi_label": "logit ", "regression": ""}
_SAME = 0.0005  # scores that read the same with one decimal


@dataclass(frozen=True, slots=True)
class Line:
    """A name, its value, what to compare it with, and ok, bad, or unknown."""

    name: str
    value: str
    beside: str
    state: str


def lines(report: ExportReport) -> list[Line]:
    """Return the rows of the result card; a number that could not be had is a dash."""
    limit, difference, agreement = report.limit, report.largest_difference, report.agreement
    within = None if difference is None or limit is None else difference <= limit
    same = None if agreement is None else report.passed or agreement >= 1
    kept = None
    if report.accuracy is not None and report.accuracy_before is not None:
        kept = report.passed or abs(report.accuracy - report.accuracy_before) < _SAME
    measure = headline_of(report.task)
    before = "" if report.accuracy_before is None else f"was {measure.words(report.accuracy_before)} before export"
    latency = report.latency_ms or {}
    times = [latency[name] for name in ("p50", "p95") if name in latency]
    return [
        Line(_SAME_ANSWER[report.task], percent(agreement, 2), f"of {count(report.inputs)} test inputs", _state(same)),
        Line(
            f"Largest {_DIFFERENCE[report.task]}difference",
            small(difference),
            "" if limit is None else f"limit {figures(limit, 2)}",
            _state(within),
        ),
        Line(measure.short, measure.words(report.accuracy), before, _state(kept)),
        Line("Size", size(report.bytes), _compared(report), "ok"),
        *([] if report.compressed is None else [Line("Compressed", size(report.compressed), "as zip does it", "ok")]),
        Line(
            "Latency, p50 · p95", _milliseconds(times), _beside_latency(report) if times else "", _state(times or None)
        ),
        *([] if report.memory is None else [Line("Memory", size(report.memory), "1 CPU thread, batch 1", "ok")]),
        *([] if report.needs is None else [_operators(report.needs)]),
    ]


def headline(report: ExportReport) -> tuple[str, str]:
    """Return the title of the result and the sentence below it."""
    kind = title(report.format)
    what = f"The {kind} file" if kind == "ONNX" else f"The file with {kind}"
    if report.passed:
        return "Exported and verified", f"{what} answers like the student you trained."
    told = next((problem for problem in report.problems if problem.severity == "error"), None)
    if told is not None:
        title_words = "The exported file answers differently" if report.bytes else "The file could not be written"
        return title_words, f"{told.message} {told.hint}".strip()
    if report.agreement is not None and report.agreement < 1:
        differing = f"disagrees on {percent(1 - report.agreement)} of {count(report.inputs)} inputs"
    else:
        differing = f"gives other {'numbers' if report.task == 'regression' else 'logits'} than the student you trained"
    return "The exported file answers differently", f"{what} {differing}. It was put aside into “failed”."


def small(value: float | None) -> str:
    """Return `0.0077`, or `1.2 × 10⁻⁶` for what is too small to read otherwise."""
    if value is None:
        return "–"
    if value == 0 or value >= 0.001:
        return f"{value:.2g}"
    figures, _, power = f"{value:.1e}".partition("e")
    return f"{figures} × 10{str(int(power)).translate(_SUPERSCRIPTS)}"


def _state(good: object) -> str:
    return "unknown" if good is None else "ok" if good else "bad"


def _compared(report: ExportReport) -> str:
    if not report.teacher_bytes:
        return ""
    words = ratio(report.teacher_bytes, report.bytes)
    return "as large as the teacher" if words == "same size" else f"{words} than teacher"


def _beside_latency(report: ExportReport) -> str:
    """The teacher was asked by PyTorch when its run ended, perhaps on another computer."""
    teacher = report.teacher_latency_ms
    return "1 CPU thread, batch 1" if teacher is None else f"teacher {_milliseconds([teacher])} in PyTorch"


def _operators(needs: Needs) -> Line:
    """How many there are, and how many of them a phone's accelerators leave to its processor; the card names them."""
    opset = needs.opsets.get("ai.onnx")
    lacking = (f"{name} lacks {len(some)}" for name, some in needs.lacking.items())
    beside = " · ".join(["" if opset is None else f"opset {opset}", *lacking])
    return Line("Operators", f"{len(needs.operators)}", beside.removeprefix(" · "), "ok")


def _milliseconds(times: list[float]) -> str:
    return " · ".join(f"{value:.2f}" if value < 10 else f"{value:.0f}" for value in times) + " ms" if times else "–"
