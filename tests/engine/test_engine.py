"""The engine process: quick answers, long tasks, and every way in which it can be interrupted."""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from sklearn.datasets import load_digits

from kdstudio.core import events
from kdstudio.core.layout import RunFolder
from kdstudio.export.opening import open_student
from kdstudio.models.preprocessing.image import as_tensor
from kdstudio.models.source import load
from kdstudio.project.layers import read_layers
from kdstudio.project.sensitivity import read_sensitivity
from tests.engine.conftest import Engine
from tests.small_task import quick_recipe, write_digits
from tests.ui.kinds import distilled


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_digits(tmp_path_factory.mktemp("dígits") / "digits.npz")


def recipe(data: Path, **changes: object) -> dict[str, object]:
    student = {"architecture": "mlp", "knobs": {"hidden": [32], "dropout": 0.1}}
    value = quick_recipe(data, student=student, augmentation={"crop": 1}, epochs=40, batch_size=32)
    return value | changes


def weights(folder: Path) -> dict[str, np.ndarray]:
    return {k: v.numpy() for k, v in load_file(RunFolder(folder).checkpoint("last") / "student.safetensors").items()}


def same(first: Path, second: Path) -> bool:
    one, other = weights(first), weights(second)
    return all(np.array_equal(one[key], other[key]) for key in one)


@pytest.fixture(scope="module")
def whole(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same run, uninterrupted, in a process of its own."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    engine = Engine()
    engine.answer(engine.ask("train", recipe=recipe(data), run=str(folder)))
    assert engine.close() == 0
    return folder


def test_that_the_engine_says_ready_and_answers_what_it_knows(fresh: Engine) -> None:
    engine = fresh
    ready = engine.until(lambda message: "ready" in message)["ready"]
    assert ready["pid"] == engine.process.pid
    catalogue = engine.answer(engine.ask("catalogue"))
    assert {"hard_labels", "soft_targets"} <= {method["name"] for method in catalogue["methods"]}
    machine = engine.answer(engine.ask("machine"))
    assert machine["devices"][0]["kind"] == "cpu"
    assert machine["memory_bytes"] > 0
    assert machine["advice"] == "" or machine["device"] == "cpu"


def test_that_trust_in_a_file_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_CONFIG_HOME", "HOME", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    file = tmp_path / "whole.pt"
    torch.save({"model": torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 10))}, file)
    for _ in range(2):  # the second engine reads what the first one wrote
        engine = Engine()
        item = engine.answer(engine.ask("inspect", path=str(file)))
        if item["problems"][0]["action"] == "trust":
            assert engine.answer(engine.ask("trust", digest="all of them"))["problems"]
            assert engine.answer(engine.ask("trust", digest=item["problems"][0]["value"])) == {}
            item = engine.answer(engine.ask("inspect", path=str(file)))
        assert engine.close() == 0
        assert (item["format"], item["classes"]) == ("pickled module", 10)


def test_that_nonsense_on_the_pipe_is_survived(fresh: Engine) -> None:
    engine = fresh
    assert engine.process.stdin
    engine.process.stdin.write(b'not json\n[]\n{"id": "x"}\n\xff\xfe\n')
    refused = engine.answer(engine.ask("dance"))
    assert "dance" in refused["problems"][0]["message"]
    assert engine.answer(engine.ask("stop"))["problems"][0]["message"] == "Nothing is running."
    assert engine.answer(engine.ask("train"))["problems"]


def test_that_a_run_sends_its_events_and_ends_with_the_summary(engine: Engine, data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "läuft"
    ask = engine.ask("train", recipe=recipe(data, epochs=2), run=str(folder))
    summary = engine.answer(ask)
    assert summary["student"]["accuracy"] > 0.5
    kinds = {message["event"]["event"] for message in engine.kept if message.get("id") == ask}
    assert {"started", "losses", "evaluated", "glimpsed", "checkpointed", "advanced", "finished"} <= kinds
    history = events.read((folder / "events.jsonl").read_text().splitlines())
    assert "finished" in {event.event for event in history}
    assert json.loads((folder / "status.json").read_text())["state"] == "finished"


def test_that_checking_a_recipe_tells_all_problems_and_what_it_would_take(engine: Engine, data: Path) -> None:
    answer = engine.answer(engine.ask("check", recipe=recipe(data)))
    assert answer["problems"] == []
    assert answer["data"]["counts"]["train"] > 1000
    assert answer["estimate"]["seconds"] > 0
    assert answer["student"]["parameters"] > 2000
    wrong = recipe(Path("/nowhere/at/all"), teachers=[{"path": "/no/teacher.pt"}])
    found = {problem["where"] for problem in engine.answer(engine.ask("check", recipe=wrong))["problems"]}
    assert len(found) == 2


@pytest.mark.slow
def test_that_latency_is_measured_while_nothing_runs(engine: Engine, data: Path, whole: Path) -> None:
    model = str(RunFolder(whole).checkpoint("best") / "student.safetensors")
    for asked in ({"path": model}, {"recipe": recipe(data)}):
        found = engine.answer(engine.ask("latency", **asked))
        assert 0 < found["latency_ms"] < 1000
        assert found["latency_note"].endswith("1 CPU thread")
    assert engine.answer(engine.ask("latency", path=str(data / "none.pt")))["problems"]


def test_that_pause_and_questions_meanwhile_change_no_bit(
    engine: Engine, data: Path, tmp_path: Path, whole: Path
) -> None:
    folder = tmp_path / "run"
    ask = engine.ask("train", recipe=recipe(data), run=str(folder))
    engine.event("losses", ask)
    model = str(RunFolder(whole).checkpoint("best") / "student.safetensors")
    assert engine.answer(engine.ask("inspect", path=model))["architecture"] == "mlp"
    assert engine.answer(engine.ask("check", recipe=recipe(data, seed=3)))["estimate"] is None  # it would disturb
    busy = engine.answer(engine.ask("latency", path=model))
    assert busy == {"latency_ms": None, "latency_note": "not measured while a run or an export is going on"}
    image = tmp_path / "eight.png"
    from PIL import Image

    pixels = (load_digits().images[8] * 15.9).astype(np.uint8)
    Image.fromarray(pixels).save(image)
    logits = engine.answer(engine.ask("classify", run=str(whole), image=str(image)))["student"]
    expected = load(Path(model)).logits(as_tensor(pixels[None, None]))[0].tolist()
    assert logits == pytest.approx(expected, abs=1e-5)
    engine.answer(engine.ask("pause"))
    engine.event("paused", ask)
    assert json.loads((folder / "status.json").read_text())["state"] == "paused"
    engine.answer(engine.ask("continue"))
    engine.answer(ask)
    assert same(folder, whole)


@pytest.mark.parametrize(
    "how", ["kill", *(pytest.param(how, marks=pytest.mark.slow) for how in ("terminate", "close"))]
)
def test_that_a_run_survives_the_end_of_the_engine(
    fresh: Engine, data: Path, tmp_path: Path, whole: Path, how: str
) -> None:
    engine = fresh
    folder = tmp_path / "run"
    ask = engine.ask("train", recipe=recipe(data), run=str(folder))
    engine.until(lambda m: m.get("event", {}).get("event") == "evaluated")
    if how == "kill":
        engine.answer(engine.ask("pause"))  # a checkpoint stands now
        engine.event("paused", ask)
        engine.process.send_signal(signal.SIGKILL)
        assert engine.close() == -signal.SIGKILL
    elif how == "terminate":
        engine.process.send_signal(signal.SIGTERM)
        assert engine.close() == 143
    else:
        assert engine.close() == 0
    again = Engine()
    again.answer(again.ask("resume", run=str(folder)))
    assert again.close() == 0
    assert same(folder, whole)


@pytest.mark.parametrize("kind", ["text", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("table", "audio"))])
def test_that_models_and_files_of_every_kind_are_asked_about_inputs(engine: Engine, tmp_path: Path, kind: str) -> None:
    run = distilled(tmp_path, kind)
    report = engine.answer(engine.ask("export", run=str(run), to=str(tmp_path / "out"), formats=["onnx"]))["files"][0]
    assert report["passed"]
    student = load(run / "checkpoints" / "best" / "student.safetensors")
    test = open_student(run, "best").splits.test
    row = int(test.index[3])
    tried = engine.answer(engine.ask("try", file=report["path"], run=str(run), row=row))["logits"]
    with torch.inference_mode():
        expected = student.suited(test.inputs).respond(test.inputs.read(np.array([row])))[0].tolist()
    assert tried == pytest.approx(expected, abs=1e-4)
    assert engine.answer(engine.ask("try", file=report["path"], run=str(run), row=10**6))["problems"]
    for ask in ("classify", "try"):
        answer = engine.answer(engine.ask(ask, file=report["path"], run=str(run), text="gull ship salt"))
        assert ("problems" in answer) == (kind != "text")
    if kind == "text":
        classified = engine.answer(engine.ask("classify", run=str(run), text="gull ship salt"))
        assert len(classified["teacher"]) == len(classified["student"]) == len(classified["baseline"]) == 2
        assert classified["student"] == pytest.approx(answer["logits"], abs=1e-4)


def test_that_layers_are_compared_into_the_folder_of_the_run(engine: Engine, tmp_path: Path, data: Path) -> None:
    run = distilled(tmp_path, "text")
    asked = engine.ask("layers", run=str(run))
    assert engine.answer(asked) == {"note": "", "again": False}
    assert any("event" in message for message in engine.kept if message.get("id") == asked)  # how far it is
    found = read_layers(RunFolder(run))
    assert found is not None
    assert set(found.cka) == {"student", "baseline"}
    assert found.cka["student"].shape == tuple(len(found.layers[who]) for who in ("teacher", "student"))
    assert 0 < found.inputs == found.of
    going = engine.ask("train", recipe=recipe(data, epochs=200), run=str(tmp_path / "other"))
    engine.event("losses", going)
    busy = engine.answer(engine.ask("layers", run=str(run)))
    assert busy == {"note": "nothing is compared while a run or an export is going on", "again": True}
    engine.ask("stop", keep="discard")
    engine.answer(going)
    (tmp_path / "texts.csv").unlink()
    assert engine.answer(engine.ask("layers", run=str(run)))["problems"]


def test_that_layers_are_pruned_alone_into_the_folder_of_the_run(engine: Engine, whole: Path, data: Path) -> None:
    asked = engine.ask("sensitivity", run=str(whole), unit="channels")
    assert engine.answer(asked) == {"note": ""}
    assert any("event" in message for message in engine.kept if message.get("id") == asked)  # how far it is
    found = read_sensitivity(RunFolder(whole), "channels")
    assert found is not None
    assert found.kinds == ("scores",)  # nobody taught it
    RunFolder(whole).sensitivity("channels").unlink()
    assert engine.answer(engine.ask("sensitivity", run=str(data), unit="channels"))["problems"]


def test_that_a_run_without_a_teacher_has_no_layers_to_compare(engine: Engine, whole: Path) -> None:
    answer = engine.answer(engine.ask("layers", run=str(whole)))
    assert answer == {"note": "there is no teacher to compare with", "again": False}
    assert not RunFolder(whole).layers.exists()


def test_that_stop_and_discard_leaves_nothing(engine: Engine, data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    ask = engine.ask("train", recipe=recipe(data, epochs=200), run=str(folder))
    engine.event("losses", ask)
    engine.ask("stop", keep="discard")
    assert engine.answer(ask) is None
    assert not folder.exists()


def test_that_stop_and_keep_best_gives_a_report(engine: Engine, data: Path, tmp_path: Path) -> None:
    ask = engine.ask("train", recipe=recipe(data, epochs=200), run=str(tmp_path / "run"))
    engine.until(lambda m: m.get("event", {}).get("event") == "evaluated")
    engine.ask("stop", keep="best")
    assert engine.answer(ask)["student"]["accuracy"] > 0.1


def test_that_prints_of_others_do_not_break_the_stream(tmp_path: Path) -> None:
    code = (
        "import os, sys; from kdstudio.engine.protocol import Outlet, private_stdout\n"
        "outlet = Outlet(private_stdout()); print('from python'); os.write(1, b'from native code\\n')\n"
        "outlet.answer(1, {'a': 1})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert [json.loads(line) for line in done.stdout.splitlines()] == [{"id": 1, "answer": {"a": 1}}]
    assert "from native code" in done.stderr


def test_that_the_engine_imports_no_qt() -> None:
    code = "import kdstudio.engine, kdstudio.engine.__main__, kdstudio.engine.desk, kdstudio.engine.tasks, sys\n"
    code += "assert not [name for name in sys.modules if name.startswith(('PySide6', 'pyqtgraph', 'shiboken'))]"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, env={**os.environ, "PYTHONWARNINGS": "ignore"})


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A folder of 6,000 small images in two classes."""
    content = io.BytesIO()
    Image.new("L", (4, 4), 9).save(content, "PNG")
    for name in ("cat", "dog"):
        (tmp_path / "many" / name).mkdir(parents=True)
        for at in range(3000):
            (tmp_path / "many" / name / f"{at}.png").write_bytes(content.getvalue())
    return tmp_path / "many"


def test_that_listing_many_files_is_told_and_ends_where_nobody_waits(engine: Engine, many: Path, data: Path) -> None:
    first = engine.ask("inspect", path=str(many))
    event = engine.event("progress", first)
    assert (event["doing"], event["total"]) == ("Listing files", 0)
    assert event["done"] >= 1000
    waiting = engine.ask("inspect", path=str(many))
    engine.ask("cancel", of=waiting)
    engine.answer(first)
    assert "problems" in engine.answer(waiting)
    assert engine.answer(engine.ask("inspect", path=str(data)))["role"] == "data"


def test_that_a_committee_and_peers_can_be_tried_before_a_run(engine: Engine, data: Path, whole: Path) -> None:
    model = {"path": str(RunFolder(whole).checkpoint("best") / "student.safetensors")}
    methods = [{"method": "soft_targets", "temperature": 2.0}]
    alone = engine.answer(engine.ask("check", recipe=recipe(data, methods=methods, teachers=[model])))
    for teachers in ([model, model], [{"kind": "peer"}, {"kind": "peer"}]):
        found = engine.answer(engine.ask("check", recipe=recipe(data, methods=methods, teachers=teachers)))
        assert [problem for problem in found["problems"] if problem["severity"] == "error"] == []
        assert found["estimate"]["seconds"] > 0
    assert found["estimate"]["memory_bytes"] > alone["estimate"]["memory_bytes"]  # peers learn, too
