from pathlib import Path

import pytest

from kdstudio.core.errors import KdStudioError
from kdstudio.ui.python_classes import module_classes

SOURCE = """
import torch.nn as nn
from torch.nn import Module
from pathlib import Path

Path({canary!r}).write_text("it ran")

class Config: ...
class Block(nn.Module): ...
class Net(Module):
    class Inner(nn.Module): ...
class Larger(Net): ...
"""


def test_that_modules_are_listed_and_nothing_of_the_file_is_run(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    (tmp_path / "net.py").write_text(SOURCE.format(canary=str(canary)))
    assert module_classes(tmp_path / "net.py") == ["Block", "Net", "Larger"]
    assert not canary.exists()


def test_that_every_class_counts_where_the_bases_come_from_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text("from base import Base\nclass Net(Base): ...\nclass Other: ...\n")
    assert module_classes(tmp_path / "net.py") == ["Net", "Other"]


@pytest.mark.parametrize("content", [b"class Net(:\n", b"\x80\x02}q\x00.", b"PK\x03\x04" + bytes(100), b"(" * 5000])
def test_that_what_is_no_python_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "net.py").write_bytes(content)
    with pytest.raises(KdStudioError, match=r"net\.py"):
        module_classes(tmp_path / "net.py")
