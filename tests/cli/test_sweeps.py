"""Sweeps in the terminal: many runs of one recipe, ranked by validation."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kdstudio.cli import main
from kdstudio.project import lock
from tests.small_task import quick_recipe, write_digits


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recipe with a teacher, which was trained a moment before."""
    folder = tmp_path_factory.mktemp("mit leerzeichen ä")
    write_digits(folder / "digits.npz", 600)
    first, second = folder / "teacher.json", folder / "distil.json"
    first.write_text(json.dumps(quick_recipe("digits.npz", student={"architecture": "mlp", "knobs": {"hidden": [64]}})))
    assert main(["train", str(first), "--run", str(folder / "teacher")]) == 0
    value = quick_recipe("digits.npz", teachers=[{"path": "teacher/checkpoints/best/student.safetensors"}])
    value["methods"] = [{"method": "hard_labels"}, {"method": "soft_targets", "temperature": 4.0}]
    second.write_text(json.dumps(value))
    return second


def test_that_a_sweep_ranks_its_trials_and_asks_the_teacher_once(
    recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KDSTUDIO_TEACHER_CACHE", str(tmp_path / "answers"))
    command = ["sweep", str(recipe), "--run", str(tmp_path / "sweep"), "--over", "methods.soft_targets.temperature=1,4"]
    assert main([*command, "--over", "student.knobs.hidden=[2],[32]", "--json"]) == 0
    said = json.loads(capfd.readouterr().out)
    scores = [row["validation"]["accuracy"] for row in said["trials"]]
    assert len(scores) == 4
    assert scores == sorted(scores, reverse=True)
    assert said["best"] == said["trials"][0]["name"]
    assert {row["values"]["student.knobs.hidden"][0] for row in said["trials"][:2]} == {32}
    caches = [json.loads(file.read_text())["timing"]["cache"] for file in (tmp_path / "sweep").glob("*/summary.json")]
    assert sorted(one["asked"] for one in caches) == [0, 0, 0, max(one["read"] for one in caches)]
    assert not (tmp_path / "sweep" / said["best"] / "checkpoints" / "best" / "baseline.safetensors").exists()


def test_that_a_sweep_goes_on_by_its_folder_alone_and_is_drawn_as_a_table(
    recipe: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "sweep")
    assert main(["sweep", str(recipe), "--run", folder, "--over", "seed=1", "--set", "epochs=1"]) == 0
    command = ["sweep", str(recipe), "--run", folder, "--over", "seed=1,2", "--set", "epochs=1"]
    assert main(command) == 0
    capfd.readouterr()
    assert main(["sweep", "--run", folder]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[0].split() == ["seed", "Accuracy", "Agreement", "Softness", "gap", "(KL)", "Parameters", "Seconds"]
    assert sorted(line.split()[0] for line in lines[1:3]) == ["1", "2"]
    assert "measured on test" in " ".join(lines[3:])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([], "no recipe was given"),
        (["RECIPE"], "nothing is varied"),
        (["RECIPE", "--over", "seed"], "is not of the form"),
        (["RECIPE", "--over", "optimizer.learning_rate=0.1..1.0"], "which no grid can try out"),
        (["RECIPE", "--over", "methods.dist.weight=1,2"], "there is no method 'dist' in this recipe"),
        (["--run", "nowhere"], "holds no sweep"),
        (["--run", "nowhere", "--over", "seed=1"], "need the recipe"),
    ],
)
def test_that_a_wrong_command_says_what_is_wrong(
    recipe: Path, capfd: pytest.CaptureFixture[str], given: list[str], told: str
) -> None:
    assert main(["sweep", *(str(recipe) if one == "RECIPE" else one for one in given)]) in (1, 2)
    assert told in " ".join(capfd.readouterr().err.split())


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for a child there")
def test_that_ctrl_c_saves_and_says_how_to_go_on(recipe: Path, tmp_path: Path) -> None:
    folder = tmp_path / "my sweep"
    command = [sys.executable, "-m", "kdstudio", "sweep", str(recipe), "--run", str(folder), "--over", "seed=1,2"]
    process = subprocess.Popen([*command, "--set", "epochs=2000"], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    events = folder / "seed=1" / "events.jsonl"
    while process.poll() is None and not (events.exists() and '"losses"' in events.read_text()):
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.1)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert f"Go on with kdstudio sweep --run '{folder}'." in told.decode()
    assert (folder / "seed=1" / "checkpoints" / "last").is_dir()
    assert json.loads((folder / "seed=1" / "status.json").read_text())["state"] == "stopped"


def test_that_a_trial_that_another_program_trains_is_left_to_it(
    recipe: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    command = ["sweep", str(recipe), "--run", str(tmp_path), "--set", "epochs=1", "--over", "seed=1,2", "--json"]
    (tmp_path / "seed=1").mkdir()
    with lock.held(tmp_path / "seed=1"):
        assert main(command) == 0
        said = json.loads(capfd.readouterr().out)
        assert {row["name"]: row["state"] for row in said["trials"]} == {"seed=2": "finished", "seed=1": "waiting"}
    assert main(command) == 0
    assert {row["state"] for row in json.loads(capfd.readouterr().out)["trials"]} == {"finished"}


@pytest.mark.filterwarnings("ignore:overflow")
def test_that_a_trial_that_fails_is_told_after_the_table_of_all(
    recipe: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    command = ["sweep", str(recipe), "--run", str(tmp_path / "sweep"), "--set", "epochs=1"]
    assert main([*command, "--over", "optimizer.weight_decay=1e30,0.0"]) == 1
    out, err = capfd.readouterr()
    assert [line.split()[0] for line in out.splitlines()[1:3]] == ["0.0", "1e+30"]
    assert "failed" in out
    assert "1 of 2 trials did not finish: weight_decay=1e+30." in " ".join(err.split())


def test_that_a_search_can_be_asked_for_more_trials(
    recipe: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    command = ["sweep", str(recipe), "--run", str(tmp_path / "search"), "--set", "epochs=1", "--json"]
    command += ["--over", "optimizer.learning_rate=0.01..1.0", "--over", "methods.soft_targets.temperature=1,4"]
    for count in (1, 2):
        assert main([*command, "--search", str(count)]) == 0
        said = json.loads(capfd.readouterr().out)
        assert (said["kind"], len(said["trials"])) == ("search", count)
    assert main([*command[:4], "--over", "seed=1..5", "--search", "2"]) == 2
    assert "holds a search of another recipe" in capfd.readouterr().err


def test_that_a_ladder_says_what_each_size_retains_of_the_teacher(
    recipe: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    command = ["ladder", str(recipe), "--run", str(tmp_path / "ladder"), "--set", "epochs=1"]
    assert main([*command, "--ratios", "2,4", "--json"]) == 0
    said = json.loads(capfd.readouterr().out)
    assert [rung["ratio"] for rung in said["rungs"]] == [2, 4]
    for rung in said["rungs"]:
        test = rung["test"]
        assert rung["retained"] == pytest.approx(test["student"] / test["teacher"])
        assert test["baseline"] is not None
        assert rung["parameters"] == rung["planned_parameters"]
        assert rung["bytes"] >= 4 * rung["parameters"]
    assert main([*command, "--ratios", "4,8,1000000"]) == 0
    out, err = capfd.readouterr()
    assert "cannot be reached" in err
    assert [line.split()[0] for line in out.splitlines()[1:5]] == ["1", "2", "4", "8"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["--ratios", "two"], "ratios are numbers"),
        (["--ratios", "0.5"], "ratios are numbers"),
        (["--like", "nobody"], "neither teacher nor student"),
        (["--set", "teachers=[]", "--set", 'methods=[{"method": "hard_labels"}]'], "no teacher's size"),
    ],
)
def test_that_a_wrong_ladder_says_what_is_wrong(
    recipe: Path, capfd: pytest.CaptureFixture[str], given: list[str], told: str
) -> None:
    assert main(["ladder", str(recipe), *given]) == 2
    assert told in " ".join(capfd.readouterr().err.split())
