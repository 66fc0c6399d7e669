"""A run as one page: its numbers are those of the run, and nothing in it is loaded or run."""

import html
import json
import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from kdstudio.core.errors import RunError
from kdstudio.core.files import write_json
from kdstudio.core.paths import resource
from kdstudio.project.report.page import report
from kdstudio.project.run import Run
from kdstudio.ui.tokens import DARK
from tests.small_task import quick_recipe, trained, write_digits


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("report")


@pytest.fixture(scope="module")
def run(place) -> Path:
    """A student that was taught on few labels, beside one without a teacher."""
    data = write_digits(place / "digits.npz")
    wide = {"architecture": "mlp", "knobs": {"hidden": [64]}}
    teacher = trained(quick_recipe(data, student=wide, epochs=5), place / "teacher")
    both = [{"method": "hard_labels", "weight": 0.1}, {"method": "soft_targets", "temperature": 3.0}]
    recipe = quick_recipe(
        data, methods=both, teachers=[{"path": str(teacher / "checkpoints/best/student.safetensors")}]
    )
    return trained(recipe | {"data": {"path": str(data), "validation": 0.2, "labelled": 60}}, place / "run")


def words(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", page))


def test_that_its_numbers_are_those_of_the_summary(run) -> None:
    page, told = words(report(Run(run))), json.loads((run / "summary.json").read_text())
    for name in ("teacher", "student", "baseline"):
        assert f"{told[name]['accuracy']:.1%}" in page
        assert f"{told[name]['parameters']:,}" in page
        assert f"{told['timing']['latency'][name]['milliseconds']:,}" in page
    transfer = told["transfer"]
    for key, form in (("agreement", ".1%"), ("kl", ".3f"), ("structure", ".3f"), ("inherited", ".1%")):
        assert format(transfer[key], form) in page
        assert format(transfer[f"baseline_{key}"], form) in page
    assert "at T 3" in page
    assert f"{transfer['recovered']:.0%} was recovered" in page
    assert "methods[1]" in page
    assert "temperature 3" in page


def test_that_every_drawing_is_whole_and_says_what_it_shows(run) -> None:
    drawn = [ElementTree.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", report(Run(run)), re.DOTALL)]
    assert len(drawn) == 3 + 6 + 4 + 1  # curves, inputs, doubt, calibration
    assert all(svg.get("aria-label") for svg in drawn)
    marks = [mark for svg in drawn for mark in svg.iter() if mark.tag in ("rect", "line", "circle")]
    numbers = [float(mark.get(key)) for mark in marks for key in ("x", "y", "width", "height", "cx") if mark.get(key)]
    assert np.isfinite(numbers).all()
    bars = [mark for mark in marks if mark.get("class") == "bar student"]
    assert len(bars) == 6 * 7
    assert {bar.find("title").text.partition(":")[0] for bar in bars} == {"student"}


def test_that_nothing_is_loaded_from_elsewhere_and_the_pictures_are_inside(run) -> None:
    page = report(Run(run))
    assert not re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?(?!data:)\w+""", page)
    assert page.count('src="data:image/png;base64,') >= 6
    assert "<script" not in page


def test_that_names_are_words_and_never_markup(run, place) -> None:
    copy = place / "<i>run</i>".replace("/", "_")
    shutil.copytree(run, copy, dirs_exist_ok=True)
    names = ['<script>alert("1")</script>', *(f"<b>{i} & co</b>" for i in range(1, 10))]
    write_json(copy / "classes.json", {"class_names": names})
    page = report(Run(copy))
    assert "<script" not in page
    assert "<b>" not in page
    assert "<i>" not in page
    assert "<b>4 & co</b>" in html.unescape(page)


def test_that_a_run_whose_data_is_gone_is_told_without_its_pictures(run, place) -> None:
    copy = place / "moved"
    shutil.copytree(run, copy)
    recipe = json.loads((copy / "recipe.json").read_text())
    write_json(copy / "recipe.json", recipe | {"data": recipe["data"] | {"path": str(place / "gone.npz")}})
    page = report(Run(copy))
    assert "data:image" not in page
    assert "the data is not where the recipe says" in page
    assert page.count("<svg") == 14


def test_that_an_unfinished_run_is_told_from_what_it_has(run, place) -> None:
    copy = place / "unfinished"
    shutil.copytree(run, copy)
    (copy / "summary.json").unlink()
    for learner in ("student", "baseline"):
        shutil.rmtree(copy / "predictions" / learner / "test")
        shutil.rmtree(copy / "predictions" / learner / "validation" / "best", ignore_errors=True)
    page = words(report(Run(copy)))
    assert "validation inputs" in page
    assert "From the last epoch" in page
    shutil.rmtree(copy / "predictions")
    with pytest.raises(RunError, match="no answers of a student yet"):
        report(Run(copy))


def test_that_a_student_without_teacher_and_baseline_is_told_alone(place) -> None:
    data = write_digits(place / "few.npz", 300)
    page = report(Run(trained(quick_recipe(data, baseline=False), place / "alone")))
    assert "came over from the teacher" not in page
    assert "Without teacher" not in page
    assert "The student reaches" in page


def test_that_its_dark_colours_are_those_of_the_window() -> None:
    style = (resource("report") / "style.css").read_text(encoding="utf-8")
    dark = dict(re.findall(r"--([\w-]+): (#\w{6})", style[style.index("@media (prefers-color-scheme: dark)") :]))
    for name, token in (("teacher", "teacher"), ("student", "student"), ("baseline", "baseline"), ("truth", "truth"),
                        ("ground", "window"), ("surface", "surface_1"), ("words", "text_1"), ("quiet", "text_2"),
                        ("teacher-words", "teacher_text"), ("student-words", "student_text"),
                        ("more", "diff_more"), ("less", "diff_less")):  # fmt: skip
        assert dark[name].upper() == getattr(DARK, token).upper(), name
