import pytest
from pydantic import ValidationError

from kdstudio.ui.settings import RECENT, Settings


def test_that_settings_survive_a_restart(tmp_path):
    file = tmp_path / "deep" / "settings.json"
    settings = Settings(file)
    settings["theme"] = "light"
    settings.change(splitters={"train": (300, 700)}, scale=1.2)
    again = Settings(file)
    assert (again["theme"], again["scale"], again["splitters"]) == ("light", 1.2, {"train": (300, 700)})


@pytest.mark.parametrize("content", [b"", b"{", b'{"theme": "pink"}', b"[1]", b"\xff\xfe"])
def test_that_a_damaged_file_means_defaults(tmp_path, content: bytes):
    file = tmp_path / "settings.json"
    file.write_bytes(content)
    assert Settings(file).value == Settings(tmp_path / "none.json").value


def test_that_keys_of_a_newer_kdstudio_are_kept(tmp_path):
    file = tmp_path / "settings.json"
    file.write_text('{"theme": "dark", "telepathy": true}')
    Settings(file)["scale"] = 1.5
    assert Settings(file)["telepathy"] is True


def test_that_a_value_that_is_none_is_refused_and_not_written(tmp_path):
    settings = Settings(tmp_path / "settings.json")
    with pytest.raises(ValidationError):
        settings["theme"] = "pink"
    assert settings["theme"] == "system"
    assert not settings.path.exists()


def test_that_recent_projects_are_unique_newest_first_few_and_still_there(tmp_path):
    settings = Settings(tmp_path / "settings.json")
    files = [tmp_path / f"{n}.kdproj" for n in range(RECENT + 3)]
    for file in files:
        file.touch()
        settings.remember(file)
    settings.remember(files[5])
    files[6].unlink()
    found = Settings(settings.path).recent_projects()
    assert found[0] == files[5]
    assert files[6] not in found
    assert len(found) == len(set(found)) == RECENT - 1


def test_that_a_disk_that_cannot_be_written_does_not_stop_the_window(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    settings = Settings(blocked / "settings.json")
    settings["theme"] = "light"
    assert settings["theme"] == "light"


def test_that_a_reset_forgets_layout_and_projects_but_no_choice(tmp_path):
    settings = Settings(tmp_path / "settings.json")
    settings.change(theme="light", geometry="AdnQ", splitters={"train": (1, 2)}, recent=("a.kdproj",))
    settings.reset()
    again = Settings(settings.path)
    assert (again["theme"], again["geometry"], again["splitters"], again["recent"]) == ("light", "", {}, ())
