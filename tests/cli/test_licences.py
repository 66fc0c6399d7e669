"""Licences in the terminal."""

import json

import pytest

from kdstudio.cli import main


def test_that_licences_are_listed_and_one_is_shown_whole(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["licences", "--json"]) == 0
    listed = json.loads(capfd.readouterr().out)["licences"]
    assert {"name", "version", "licence", "kind", "files"} == set(listed[0])
    assert main(["licences", "inter"]) == 0
    assert "SIL OPEN FONT LICENSE" in capfd.readouterr().out
    assert main(["licences"]) == 0
    assert "Fashion-MNIST" in capfd.readouterr().out


def test_that_a_name_that_nobody_has_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["licences", "nobody"]) == 1
    assert "kdstudio licences lists" in capfd.readouterr().err
