"""Answers as tables for people."""

from collections.abc import Callable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from kdstudio.analysis.sensitivity import Sensitivity, rows, sentence
from kdstudio.core.events import in_words
from kdstudio.core.measures import OWN, TRANSFER, task_of
from kdstudio.core.targets import Task, outputs
from kdstudio.recipe.item import Item
from kdstudio.recipe.problems import Entry
from kdstudio.recipe.report import ExportReport

Draw = Callable[[Console], None]
Row = tuple[str, str, Callable[[Any], str]]  # key, title, how a value is written


def items(found: Sequence[Item]) -> Draw:
    """Draw inspected paths, each with what was found and its problems."""

    def draw(console: Console) -> None:
        for item in found:
            console.print(item.path, style="bold", markup=False)
            console.print(
                f"  {item.role}: {item.title or 'unknown'} ({item.format or 'no known format'})", markup=False
            )
            for line in _facts(item):
                console.print(f"  {line}", markup=False)
            for problem in item.problems:
                console.print(f"  {problem.severity}: {problem.message}", markup=False)
                if problem.hint:
                    console.print(f"    {problem.hint}", markup=False)

    return draw


def costs(item: Item) -> str:
    """Return what a model costs for one input, in words."""
    work = "" if not item.macs else f"{item.macs:,} multiply-adds"
    memory = f"not known ({item.activation_note})"
    if item.activation_bytes is not None:
        memory = f"{item.activation_bytes / 1000:,.1f} kB"
    return ", ".join(
        filter(None, (work, f"activations {memory}", f"latency {item.latency_ms:.3g} ms ({item.latency_note})"))
    )


def _facts(item: Item) -> list[str]:
    columns = [name for name in item.columns if name != item.target]
    others = ", ".join(columns[:4]) + (f", {len(columns) - 4} more" if len(columns) > 4 else "")
    names = f": {', '.join(item.class_names[:12])}" if item.class_names else ""
    facts = [
        ", ".join(f"{name} {count:,}" for name, count in item.counts.items()),
        f"input: {item.input}" if item.role == "data" and item.input else "",
        f"{outputs(item.task, item.classes)}{names}" if item.classes else "",
        f"class column: {item.target}" + (f" (or {others})" if others else "") if item.target else "",
        f"preprocessing: {item.preprocessing}" if item.preprocessing else "",
        f"output: {item.output}" if item.output else "",
        costs(item) if item.latency_ms is not None else "",
        ", ".join(f"{name} {share:.1%}" for name, share in item.pulls.items()) + _AT_START if item.pulls else "",
    ]
    return [fact for fact in facts if fact]


_AT_START = " of the gradient in the first step"


def entries(found: Sequence[Entry], *, detailed: bool = False) -> Draw:
    """Draw methods or students: a line each, or with all their knobs."""

    def draw(console: Console) -> None:
        table = Table("Name", "Title", "Family", "Source", box=None, header_style="bold")
        for entry in found:
            table.add_row(entry.name, entry.title, entry.family, entry.paper)
        console.print(table)
        if detailed:
            for entry in found:
                console.print(f"\n{entry.help}\n", markup=False)
                console.print(_knobs(entry.knobs))

    return draw


def _knobs(schema: dict[str, Any]) -> Table:
    table = Table("Knob", "Default", "Bounds", "What it does", box=None, header_style="bold")
    names = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    for name, knob in schema.get("properties", {}).items():
        bounds = " ".join(f"{sign} {knob[key]}" for key, sign in names.items() if key in knob)
        bounds = bounds or " | ".join(map(str, knob.get("enum", [])))
        table.add_row(name, str(knob.get("default", "")), bounds, knob.get("description", ""))
    return table


def summary(value: dict[str, Any]) -> Draw:
    """Draw a summary as teacher | student | baseline, and what was transferred."""
    columns = [name for name in ("teacher", "student", "baseline") if value.get(name)]

    def draw(console: Console) -> None:
        titles = {"teacher": "Teacher", "student": "Student", "baseline": "Without teacher"}
        if value.get("teacher"):
            titles["teacher"] = value["teacher"].get("name") or titles["teacher"]
        table = Table("", *(titles[name] for name in columns), box=None, header_style="bold")
        task = task_of(value["student"])
        for key, title, words in (*_own(task), *_language(value["student"]), *_COSTS):
            table.add_row(title, *(words(value[name].get(key)) for name in columns))
        transfer = value["transfer"]
        for one in TRANSFER[task]:
            cells = {"student": transfer.get(one.key), "baseline": transfer.get(f"baseline_{one.key}")}
            shown = ["" if name == "teacher" else one.words(cells[name]) for name in columns]
            table.add_row(one.title.format(lens=f"{transfer['temperature']:g}"), *shown)
        console.print(table)
        if value.get("stages"):
            console.print(_stages(value))
        count = value["student"]["count"]
        epoch = value["student"].get("epoch")
        console.print(f"Chosen on validation (epoch {epoch}), measured on {count:,} {value['split']} inputs.")
        recovered = transfer.get("recovered")
        if recovered is not None and recovered > 0:
            console.print(f"The teacher closed {recovered:.0%} of the gap between baseline and teacher.")
        elif recovered is not None:
            console.print("The student is no better than the baseline: nothing came over in accuracy.")

    return draw


def _language(value: dict[str, Any]) -> tuple[Row, ...]:
    """Return the measures that language models alone have, where these numbers are of one."""
    if "perplexity" not in value:
        return ()
    return (("perplexity", "Perplexity", _plain(2)), ("bits_per_byte", "Bits per byte", _plain(3)))


def _plain(digits: int) -> Callable[[float | None], str]:
    return lambda value: "–" if value is None else f"{value:.{digits}f}"


def _stages(value: dict[str, Any]) -> Table:
    """Return each stage's learner beside the first teacher, and the generations answering together."""
    task = task_of(value["student"])
    own, near = OWN[task][0], TRANSFER[task][0]
    table = Table("Stage", own.title, near.title, "Parameters", "Epoch", box=None, header_style="bold")
    for row in value["stages"]:
        shown = own.words(row.get(own.key)), near.words(row.get(near.key)), _whole(row["parameters"])
        table.add_row(in_words(row["learner"]).capitalize(), *shown, str(row["epoch"]))
    if value.get("ensemble"):
        table.add_row("All taught generations together", own.words(value["ensemble"].get(own.key)))
    return table


def learner(value: dict[str, Any]) -> Draw:
    """Draw one learner's scores."""

    def draw(console: Console) -> None:
        table = Table(show_header=False, box=None)
        task = task_of(value)
        errors: tuple[Row, ...] = () if task == "regression" else (("errors", "Errors", _whole),)
        for key, title, words in (*_own(task), *_language(value), *_COSTS, *errors, ("count", "Inputs", _whole)):
            if key in value:
                table.add_row(title, words(value[key]))
        console.print(table)

    return draw


def reports(found: Sequence[ExportReport]) -> Draw:
    """Draw exported files with the outcome of their check."""

    def draw(console: Console) -> None:
        table = Table(
            "File", "Size", "Check", "Largest difference", "Agreement", "p50 · p95", box=None, header_style="bold"
        )
        for report in found:
            latency = report.latency_ms or {}
            table.add_row(
                report.path,
                _kilobytes(report.bytes)
                + ("" if report.compressed is None else f", {_kilobytes(report.compressed)} compressed"),
                "passed" if report.passed else "FAILED",
                _form(report.largest_difference, ".2g"),
                _form(report.agreement, ".2%"),
                " · ".join(f"{latency[key]:.2f} ms" for key in ("p50", "p95") if key in latency) or "–",
            )
        console.print(table)

    return draw


def sensitivity(found: Sensitivity) -> Draw:
    """Draw what a student loses without a share of each layer, and say which layers have room."""

    def draw(console: Console) -> None:
        for kind in found.kinds:
            title, _ = found.measure(kind)
            shares = (f"{share:.0%} out" for share in found.shares)
            table = Table(f"{title} without", found.unit.capitalize(), *shares, box=None, header_style="bold")
            for (name, cells), size in zip(rows(found, kind), found.sizes, strict=True):
                table.add_row(name, f"{size:,}", *cells)
            console.print(table)
            console.print(f"{sentence(found, kind)}\n", markup=False)
        some = "" if found.inputs == found.of else f"{found.inputs:,} of "
        console.print(f"One layer at a time, without training, on {some}{found.of:,} validation inputs.")

    return draw


def _own(task: Task) -> list[Row]:
    return [(one.key, one.title, one.words) for one in OWN[task]]


def _kilobytes(count: int) -> str:
    return f"{count / 1000:,.0f} kB"


def _form(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def _whole(value: float | None) -> str:
    return _form(value, ",d")


_COSTS: tuple[Row, ...] = (("parameters", "Parameters", _whole), ("macs", "Multiply-adds", _whole))
