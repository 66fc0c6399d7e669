"""`--smoke` is what checks of packages rely on: a fault must end it with status 1. That it passes, the road says."""

import os
import subprocess
import sys
from pathlib import Path


def test_that_a_fault_ends_the_smoke_test_with_status_1(tmp_path: Path, own_home: Path) -> None:
    (tmp_path / "pyarrow.py").write_text("raise ImportError('no such library')\n")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "kdstudio", "--smoke"]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False, timeout=110
    )
    assert "no such library" in done.stderr
    assert done.returncode == 1
