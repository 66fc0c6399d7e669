"""A file of answers in the window: dropped, it teaches, and nothing else."""

from pathlib import Path

import numpy as np
import pytest

from kdstudio.training.inspect import inspect
from kdstudio.ui.assigning import Present, assign, look
from kdstudio.ui.draft import Draft
from kdstudio.ui.engine_client import EngineClient
from kdstudio.ui.panels.dragged import Dragged
from kdstudio.ui.panels.setup.data_card import DataCard
from kdstudio.ui.panels.setup.teacher_card import TeacherCard
from tests.small_language import write_exchanges


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    rows = np.random.default_rng(0).dirichlet(np.ones(10), 200)
    np.save(tmp_path / "answers.npy", rows)
    images = np.random.default_rng(1).integers(0, 255, (200, 8, 8)).astype(np.uint8)
    np.savez(tmp_path / "data.npz", images=images, labels=np.arange(200) % 10)
    weights = np.zeros(64, np.float32).tobytes()
    header = b'{"w":{"dtype":"F32","shape":[8,8],"data_offsets":[0,256]}}'
    (tmp_path / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + weights)
    return {path.stem: path for path in tmp_path.iterdir()}


def test_that_answers_teach_whatever_else_is_dropped(files: dict[str, Path]) -> None:
    everything = look(files.values())
    roles = assign(everything, Present()).roles
    assert roles == {"teacher": files["answers"], "student": files["model"], "data": files["data"]}
    alone = look([files["answers"]])
    assert assign(alone, Present(teacher=files["model"], teacher_size=10**9)).roles == {"teacher": files["answers"]}
    for role in ("student", "data"):
        refused = assign(alone, Present(), role)
        assert refused.roles == {}
        assert "file of answers" in refused.problems[0].message


def test_that_a_model_beside_stored_answers_learns(files: dict[str, Path]) -> None:
    now = Present(teacher=files["answers"], teacher_size=1, teacher_is_answers=True)
    assert assign(look([files["model"]]), now).roles == {"student": files["model"]}


def test_that_the_zones_say_what_answers_cannot_do(files: dict[str, Path]) -> None:
    dragged = Dragged(tuple(look([files["answers"]])), Present())
    assert dragged.possible == {"teacher"}
    assert "cannot" in dragged.zone("student", lit=False)[1] or "not learn" in dragged.zone("student", lit=False)[1]
    assert "stored answers" in dragged.hint()[0]


def test_that_the_teacher_card_shows_stored_answers(qtbot, files: dict[str, Path]) -> None:
    draft = Draft(EngineClient())
    draft._timer.setInterval(1_000_000)
    draft._engine.ask = lambda *_arguments, **_named: 0  # what the engine answers is put in place below
    draft.set_path("teacher", files["answers"])
    assert draft.value["teachers"] == [{"kind": "stored", "path": str(files["answers"])}]
    assert not draft.can_swap()
    card = TeacherCard(draft)
    qtbot.addWidget(card)
    draft._cards["teacher"].item = inspect(files["answers"])
    card.show()
    card.refresh()
    assert card.answers.text() == "Stored answers · 200 × 10"
    assert card.answers.isVisible()
    assert not card.silhouette.isVisible()
    assert not card.parameters.isVisible()
    assert card.band.rows[0].severity == "note"
    draft.set_path("teacher", files["model"])
    assert draft.value["teachers"][0]["kind"] == "frozen"


def test_that_recorded_answers_are_data_and_can_teach_as_well(qtbot, tmp_path: Path) -> None:
    path = write_exchanges(tmp_path / "answers.jsonl", 30)
    assert assign(look([path]), Present()).roles == {"data": path}
    assert assign(look([path]), Present(), "teacher").roles == {"teacher": path}
    assert assign(look([path]), Present(), "student").problems
    assert Dragged(tuple(look([path])), Present()).possible == {"teacher", "data"}
    draft = Draft(EngineClient())
    draft._timer.setInterval(1_000_000)
    draft._engine.ask = lambda *_arguments, **_named: 0
    draft.set_path("teacher", path)
    draft.set_path("data", path)
    assert draft.value["teachers"] == [{"kind": "stored", "path": str(path)}]
    card, data = TeacherCard(draft), DataCard(draft)
    for role, one in (("teacher", card), ("data", data)):
        qtbot.addWidget(one)
        draft._cards[role].item = inspect(path)
        one.show()
        one.refresh()
    assert card.answers.text() == "30 texts · prompts and answers"
    assert not card.accuracy.isVisible()
    assert data.band.rows[0].words == "Each token of an answer is learned from those before it"
