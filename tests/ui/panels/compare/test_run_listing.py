"""The table of models as arrays."""

from pathlib import Path

from kdstudio.project.facts import Facts
from kdstudio.project.notes import Notes
from kdstudio.ui.panels.compare.run_listing import listing
from kdstudio.ui.panels.compare.run_table_model import RunTableModel, tooltip


def run(name: str, accuracy: float | None, **changes: object) -> Facts:
    own = {} if accuracy is None else {"accuracy": accuracy, "ece": 0.1}
    known = {"student": "mlp", "state": "finished", "split": "test", "validation": {"student": own}} | changes
    return Facts(Path(name), own=own, **known)  # type: ignore[arg-type]


def title(row: Facts) -> str:
    return row.path.name


def names(rows: list[Facts], column: str, words: str = "", *, is_descending: bool = False) -> list[str]:
    found = listing(rows, title)
    return [found.rows[at].path.name for at in found.places(words, column, is_descending=is_descending)]


def test_that_numbers_in_names_count_as_numbers() -> None:
    rows = [run("Run 10", 0.5), run("run 9", 0.5), run("Run 1", 0.5)]
    assert names(rows, "name") == ["Run 1", "run 9", "Run 10"]


def test_that_what_is_not_known_comes_last_in_either_order() -> None:
    rows = [run("a", None), run("b", 0.9), run("c", 0.1)]
    assert names(rows, "score") == ["c", "b", "a"]
    assert names(rows, "score", is_descending=True) == ["b", "c", "a"]


def test_that_the_teacher_stands_first_and_the_best_run_is_not_the_teacher() -> None:
    teacher = {"accuracy": 0.95}
    found = listing([run("a", 0.9, teacher=teacher), run("b", 0.8, teacher=teacher)], title)
    places = found.places("", "score", is_descending=False)
    assert [found.rows[at].kind for at in places] == ["teacher", "run", "run"]
    assert found.best(places)["rank"] == 0.9
    assert "ece" not in found.best(places)  # nobody is best where all are alike


def test_that_validation_and_never_the_test_says_which_run_is_best() -> None:
    lucky = run("lucky", 0.95, validation={"student": {"accuracy": 0.8, "ece": 0.2}})
    solid = run("solid", 0.85, validation={"student": {"accuracy": 0.9, "ece": 0.1}})
    model = RunTableModel(title)
    model.set_listing(listing([lucky, solid], title))
    assert [row.path.name for row in model.shown] == ["solid", "lucky"]
    best = {column.key for column in model.columns if model.is_best(column, lucky)}
    assert best == set()
    assert {"rank", "ece"} <= {column.key for column in model.columns if model.is_best(column, solid)}
    column = next(one for one in model.columns if one.key == "score")
    assert model.words(lucky, column) == "95.0%"
    assert "whoever chooses by it" in tooltip(lucky, column)


def test_that_files_of_answers_are_ordered_by_what_they_score_and_runs_stay_before_them() -> None:
    files = [run(name, score, kind="answers", validation={}) for name, score in (("a", 0.7), ("b", 0.9), ("c", None))]
    assert names(files, "rank", is_descending=True) == ["b", "a", "c"]
    assert names([*files, run("taught", 0.1)], "rank", is_descending=True) == ["taught", "b", "a", "c"]
    found = listing(files, title)
    assert "ece" not in found.best(found.places("", "rank", is_descending=True))


def test_that_the_filter_takes_rows_with_all_words() -> None:
    rows = [run("a", 0.9, notes=Notes(tags=("Keep",))), run("b", 0.8, notes=Notes(note="keep it small"))]
    assert names(rows, "name", "KEEP") == ["a", "b"]
    assert names(rows, "name", "small keep") == ["b"]
    assert names(rows, "name", "nothing") == []


def test_that_columns_without_a_difference_are_named() -> None:
    found = listing([run("a", 0.9, seconds=1.0), run("b", 0.8, seconds=2.0)], title)
    assert {"student", "ece", "agreement", "tags"} <= found.equal
    assert not {"name", "score", "seconds"} & found.equal


def test_that_one_run_hides_only_what_is_empty() -> None:
    assert "student" not in listing([run("a", 0.9)], title).equal


def test_that_runs_that_wait_have_their_place_where_others_have_their_score(qapp: object) -> None:
    waiting = {"state": "queued", "split": "validation"}
    rows = [run("a", 0.9), run("b", None, place=7, **waiting), run("c", None, place=3, **waiting)]
    model = RunTableModel(title)
    model.set_listing(listing(rows, title))
    score = next(column for column in model.columns if column.key == "rank")
    told = {row.path.name: model.words(row, score) for row in model.shown}
    assert told == {"a": "90.0%", "b": "2nd in queue", "c": "1st in queue"}
    assert not model.has_unfinished  # no number is one on validation
    assert "Train page" in tooltip(rows[1], score)
    assert tooltip(rows[1], model.columns[0]).endswith("The run waits in the queue.")
