"""`kdstudio record`: the command that asks a server, and what it says."""

import json
from pathlib import Path

import pytest

from kdstudio.cli import main
from tests.served import served
from tests.small_language import write_teller


def test_that_the_command_records_and_tells(tmp_path: Path, capfd, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "prompts.txt").write_text("a good\nthe film\n")
    to = ["--prompts", str(tmp_path / "prompts.txt"), "--to", str(tmp_path / "answers.jsonl"), "--max-tokens", "4"]
    with served(write_teller(tmp_path / "model"), key="secret") as teller:
        asked = ["record", "--endpoint", teller.url, *to, "--json"]
        assert main([*asked, "--key-env", "NO_SUCH_KEY"]) == 1
        monkeypatch.setenv("TELLER_KEY", "secret")
        assert main([*asked, "--key-env", "TELLER_KEY"]) == 0
        told = json.loads(capfd.readouterr().out)
        assert (told["answers"], told["recorded_now"]) == (2, 2)
        assert main([*asked, "--key-env", "TELLER_KEY"]) == 0
        assert json.loads(capfd.readouterr().out)["recorded_now"] == 0
        assert {body["model"] for _, body in teller.seen} == {"teller"}
