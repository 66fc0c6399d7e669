"""Prompts with answers: told by what is in the rows, whatever the file is called."""

import copy
import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from kdstudio.core.errors import DataError
from kdstudio.data.inspect import inspect
from kdstudio.data.read import read
from kdstudio.data.sniff import sniff
from kdstudio.data.text.conversation import Conversation, Turn

ASKED = {"role": "user", "content": "Can we meet on Friday?"}
SAID = {"role": "assistant", "content": "Friday suits me well."}
MORE = [ASKED, SAID, {"role": "user", "content": "At ten?"}, {"role": "assistant", "content": "At eleven, please."}]


def write(file: Path, rows: list[Any]) -> Path:
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return file


def first(path: Path) -> Conversation:
    (text, *_) = read(path).parts["train"].inputs.texts  # type: ignore[attr-defined]
    assert isinstance(text, Conversation)
    return text


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": ASKED["content"], "response": SAID["content"]},
        {"prompt": ASKED["content"], "completion": SAID["content"], "id": 7},
        {"prompt": [ASKED], "response": SAID["content"], "logprobs": {"content": [{"token": "F", "logprob": -0.5}]}},
        {"instruction": ASKED["content"], "input": "", "output": SAID["content"]},
        {"messages": [ASKED, SAID]},
        {"messages": [{**ASKED, "content": [{"type": "text", "text": ASKED["content"]}]}, SAID]},
        {"conversations": [{"from": "human", "value": ASKED["content"]}, {"from": "gpt", "value": SAID["content"]}]},
    ],
)
def test_that_each_way_of_writing_an_exchange_is_known_by_its_content(row: dict, tmp_path: Path):
    path = write(tmp_path / "rows.txt", [row] * 3)
    dataset = read(path)
    assert (sniff(path).role, dataset.format, dataset.task) == ("data", "conversations", "next_token")
    text = first(path)
    assert text == "Can we meet on Friday?\n\nFriday suits me well."
    assert [text[begin:end] for begin, end in text.spans] == ["Friday suits me well."]


def test_that_all_answers_of_messages_are_learned_and_nothing_behind_them(tmp_path: Path):
    text = first(write(tmp_path / "rows.jsonl", [{"messages": [*MORE, ASKED]}]))
    assert [text[begin:end] for begin, end in text.spans] == ["Friday suits me well.", "At eleven, please."]
    assert text.startswith("User: Can we meet on Friday?\n\nAssistant: Friday")
    assert text.endswith("At eleven, please.")


def test_that_of_a_prompt_of_messages_only_the_response_is_learned(tmp_path: Path):
    row = {"system": "You are brief.", "prompt": MORE[:3], "response": "At noon."}
    text = first(write(tmp_path / "rows.jsonl", [row]))
    assert [text[begin:end] for begin, end in text.spans] == ["At noon."]
    assert text.startswith("System: You are brief.")


def test_that_what_an_endpoint_continued_follows_its_prompt_as_it_is(tmp_path: Path):
    row = {"prompt": "Once upon a ti", "response": "me.", "object": "text_completion", "finish_reason": "length"}
    text = first(write(tmp_path / "rows.jsonl", [row]))
    assert (text, text.ends) == ("Once upon a time.", False)


def test_that_parquet_is_read_too(tmp_path: Path):
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.Table.from_pylist([{"messages": [ASKED, SAID], "id": 3}] * 2), tmp_path / "rows.parquet")
    assert first(tmp_path / "rows.parquet").response == SAID["content"]
    assert inspect(tmp_path / "rows.parquet").title == "2 texts · prompts and answers"


def test_that_a_folder_has_a_file_for_each_part(tmp_path: Path):
    for name, count in (("train", 5), ("test", 2)):
        write(tmp_path / f"{name}.jsonl", [{"messages": [ASKED, SAID]}] * count)
    assert {name: len(part) for name, part in read(tmp_path).parts.items()} == {"train": 5, "test": 2}


def test_that_rows_without_an_answer_are_left_out_and_told_and_a_torn_end_is_not(tmp_path: Path):
    path = write(tmp_path / "rows.jsonl", [{"messages": [ASKED, SAID]}] * 3 + [{"messages": [ASKED]}])
    with open(path, "a", encoding="utf-8") as file:
        file.write('\n{"prompt": "torn')
    dataset = read(path)
    assert len(dataset.parts["train"]) == 3
    assert any("1 row has no prompt or no answer" in problem.message for problem in dataset.problems)


def test_that_a_damaged_line_is_named(tmp_path: Path):
    path = write(tmp_path / "rows.jsonl", [{"messages": [ASKED, SAID]}])
    path.write_text(path.read_text() + "\nnonsense\n" + path.read_text(), encoding="utf-8")
    with pytest.raises(DataError, match="line 2 is no JSON object"):
        read(path)


def test_that_labelled_texts_and_preferences_are_something_else(tmp_path: Path):
    rows = [
        {"prompt": f"A question of {n} words", "response": f"An answer of {n} words", "label": n % 2} for n in range(30)
    ]
    assert read(write(tmp_path / "rows.jsonl", rows)).task == "classification"


def test_that_a_conversation_survives_copies_and_pickles():
    one = Conversation([Turn("user", "a"), Turn("assistant", "b", wanted=True)], ends=False)
    for other in (copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
        assert (other, other.turns, other.ends) == (one, one.turns, False)
