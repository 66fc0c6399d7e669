"""The table of commands: unique keys, unique names, and a palette that finds what is meant."""

import pytest

from kdstudio.ui.command_table import COMMANDS
from kdstudio.ui.commands import MENUS, clashes, rank


def test_that_no_two_commands_claim_the_same_key() -> None:
    assert clashes(COMMANDS) == []


def test_that_a_clash_is_found() -> None:
    assert clashes((*COMMANDS, COMMANDS[0])) == [f"{COMMANDS[0].shortcut}: {COMMANDS[0].id} and {COMMANDS[0].id}"]


def test_that_every_command_has_a_name_of_its_own_and_a_menu() -> None:
    assert len({command.id for command in COMMANDS}) == len(COMMANDS)
    assert {command.menu for command in COMMANDS} == set(MENUS)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("und", "edit.undo"), ("start tr", "run.train"), ("pause", "run.pause"), ("kysh", "help.shortcuts")],
)
def test_that_a_few_letters_find_a_command(typed: str, expected: str) -> None:
    assert expected in [command.id for command in rank(list(COMMANDS), typed)[:2]]


def test_that_letters_of_no_command_find_nothing() -> None:
    assert rank(list(COMMANDS), "zzqx") == []


def test_that_plain_keys_are_told_from_shortcuts() -> None:
    plain = {command.shortcut for command in COMMANDS if command.is_single_key}
    assert {"T", "Space", "[", "?", "Shift+P", "Left"} <= plain
    assert not {"F1", "F11", "Ctrl+K", "Shift+F5"} & plain
