"""`kdstudio compare` as tables: the models, then every two of them."""

from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table

from kdstudio.core.measures import OWN, TRANSFER, Measure, task_of


def comparison(value: dict[str, Any]) -> Callable[[Console], None]:
    """Draw what `compare` found."""

    def draw(console: Console) -> None:
        models = value["models"]
        console.print(_models(models))
        console.print()
        console.print(_pairs(value["pairs"], TRANSFER[task_of(models[0])]))
        count, split = models[0]["count"], models[0]["split"]
        console.print(
            f"\n{count:,}{f' {split}' if split else ''} inputs. KL and structure at T {value['temperature']:g}."
        )
        if notes := {one["latency_note"] for one in models if one.get("latency_note")}:
            console.print(f"Latency: median when each run ended; {' or '.join(sorted(notes))}.")
        if task_of(models[0]) != "regression" and value["pairs"][0]["mcnemar"] is None:
            console.print("Without labels there is no telling which one is right.")
        elif value["pairs"][0]["mcnemar"] is not None:
            console.print(
                "First − second: accuracy in points, with its 95 % interval over these inputs, not over seeds."
            )
            console.print("p: McNemar’s test, mid-p; how often chance alone makes as uneven a split of who is right.")

    return draw


def _models(models: list[dict[str, Any]]) -> Table:
    measures = OWN[task_of(models[0])]
    table = Table("Model", *(one.title for one in measures), "Parameters", "Latency", box=None, header_style="bold")
    for one in models:
        size, took = one.get("parameters"), one.get("latency_ms")
        cells = [measure.words(one.get(measure.key)) for measure in measures]
        table.add_row(
            one["name"], *cells, "–" if size is None else f"{size:,d}", "–" if took is None else f"{took:.3g} ms"
        )
    return table


def _pairs(pairs: list[dict[str, Any]], measures: tuple[Measure, ...]) -> Table:
    shown = [one for one in measures if one.key in pairs[0]]
    names = [_SHORT.get(one.key, one.short) for one in shown]
    table = Table("First", "Second", *names, "First − second", "p", box=None, header_style="bold")
    for one in pairs:
        cells = [measure.words(one[measure.key]) for measure in shown]
        table.add_row(one["a"], one["b"], *cells, _difference(one), _chance(one))
    return table


def _difference(pair: dict[str, Any]) -> str:
    found = pair["difference"]
    if found is None:
        return "–"
    value, low, high = (f"{found[key] * 100:+.1f}" for key in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def _chance(pair: dict[str, Any]) -> str:
    found = pair["mcnemar"]
    if found is None:
        return "–"
    return "<0.001" if found["mid_p"] < 0.001 else f"{found['mid_p']:.3f}"


_SHORT = {"kl": "KL", "structure": "Structure"}
