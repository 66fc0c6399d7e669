"""Recorded answers in each shape in which APIs return how the alternatives were weighed."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kdstudio.core.errors import DataError
from kdstudio.data.answers.recording import read
from kdstudio.data.text.exchanges import conversation

HALF, FIFTH = math.log(0.5), math.log(0.2)
ENTRIES = [
    {
        "token": " so",
        "logprob": HALF,
        "top_logprobs": [{"token": " so", "logprob": HALF}, {"token": " é", "logprob": FIFTH}],
    },
    {"token": " it", "logprob": FIFTH, "top_logprobs": [{"token": " is", "logprob": HALF}]},
]
TOP = [{" so": HALF, " é": FIFTH}, {" is": HALF}]
BESIDE = {"tokens": [" so", " it"], "token_logprobs": [HALF, FIFTH], "top_logprobs": TOP}


@pytest.mark.parametrize(
    "more",
    [
        {"logprobs": {"content": ENTRIES}},
        {"logprobs": ENTRIES},
        {"choices": [{"logprobs": {"content": ENTRIES}}]},
        {"logprobs": BESIDE},
        {"tokens": BESIDE["tokens"], "logprobs": [HALF, FIFTH], "top_logprobs": TOP},
        {
            "tokens": BESIDE["tokens"],
            "logprobs": [HALF, FIFTH],
            "top_logprobs": [one["top_logprobs"] for one in ENTRIES],
        },
    ],
)
def test_that_each_shape_says_the_same(more: dict[str, Any], tmp_path: Path):
    row = {"prompt": "why", "response": " so it", **more}
    (tmp_path / "rows.jsonl").write_text(json.dumps(row))
    found = read(tmp_path / "rows.jsonl")
    text = conversation(row)
    assert text is not None
    assert found.has(text)
    weighed = found.find(text)
    assert weighed is not None
    assert [found.spellings[token] for token in weighed.tokens] == [b" so", b" it"]
    likely = [
        {found.spellings[one]: round(math.exp(log), 6) for one, log in zip(*row, strict=True) if one >= 0}
        for row in zip(weighed.alternatives, weighed.logs, strict=True)
    ]
    assert likely == [{b" so": 0.5, " é".encode(): 0.2}, {b" is": 0.5, b" it": 0.2}]


def test_that_bytes_say_more_than_letters_and_what_is_never_said_is_left_out(tmp_path: Path):
    half = {"token": "�", "bytes": [0xC3], "logprob": -0.1, "top_logprobs": [{"token": "x", "logprob": -9999.0}]}
    (tmp_path / "rows.jsonl").write_text(json.dumps({"prompt": "a", "response": "é", "logprobs": {"content": [half]}}))
    found = read(tmp_path / "rows.jsonl")
    (weighed,) = found.weighed.values()
    assert found.spellings == (b"\xc3",)
    np.testing.assert_allclose(weighed.logs, [[-0.1]])


def test_that_answers_alone_are_a_recording_too_and_nothing_is_none(tmp_path: Path):
    (tmp_path / "rows.jsonl").write_text('{"prompt": "a", "response": "b", "logprobs": null}\n')
    assert (read(tmp_path / "rows.jsonl").answers, read(tmp_path / "rows.jsonl").weighed) == (1, {})
    (tmp_path / "none.jsonl").write_text('{"prompt": "a"}\n')
    with pytest.raises(DataError, match="holds no answers to prompts"):
        read(tmp_path / "none.jsonl")
