"""A summary as a table for people."""

from rich.console import Console

from kdstudio.analysis.summary import TRANSFER_METRICS
from kdstudio.cli.tables import summary

ROW = {"accuracy": 0.9, "nll": 0.2, "ece": 0.01, "parameters": 10, "macs": 20, "count": 100, "epoch": 3}
NEAR = {f"{who}{name}": 0.5 for name in TRANSFER_METRICS for who in ("", "baseline_")}
VALUE = {
    "teacher": ROW | {"name": "Its past self"},
    "student": ROW,
    "baseline": ROW,
    "transfer": NEAR | {"temperature": 1.0, "recovered": -0.5},
    "split": "test",
}


def drawn(value) -> str:
    console = Console(width=120)
    with console.capture() as captured:
        summary(value)(console)
    return captured.get()


def test_that_a_chain_lists_each_stage() -> None:
    stages = [
        {**ROW, "learner": "generation0", "agreement": None},
        {**ROW, "learner": "assistant1", "agreement": 0.81},
        {**ROW, "learner": "student", "agreement": 0.8},
    ]
    text = drawn(VALUE | {"stages": stages, "ensemble": {"accuracy": 0.953}})
    assert "Its past self" in text
    assert all(words in text for words in ("Generation 0", "Assistant 1", "81.0%", "95.3%"))
    assert "no better than the baseline" in text


def test_that_a_run_of_one_stage_lists_none() -> None:
    text = drawn(VALUE | {"transfer": NEAR | {"temperature": 1.0, "recovered": 0.25}})
    assert "Stage" not in text
    assert "closed 25%" in text
