"""`kdstudio train` on several devices, as far as it needs no other process."""

import subprocess
import sys
from pathlib import Path

import pytest

from kdstudio.cli.devices import joined
from kdstudio.core.errors import InvalidRecipe
from kdstudio.recipe.recipe import parse
from kdstudio.training.group import ALONE
from tests.small_task import quick_recipe

LAUNCHERS = ("TORCHELASTIC_RUN_ID", "SLURM_PROCID")


def test_that_one_device_is_alone_and_does_not_import_fabric() -> None:
    code = (
        "import sys\n"
        "from kdstudio.cli.devices import joined\n"
        "from kdstudio.recipe.recipe import parse\n"
        "from kdstudio.training.group import ALONE\n"
        "from tests.small_task import quick_recipe\n"
        "import kdstudio.training.run\n"
        "with joined(1, 1, 'ddp', syncs_norms=False) as connect:\n"
        "    assert connect(parse(quick_recipe('x'))) is ALONE\n"
        "assert 'lightning_fabric' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=100, cwd=Path(__file__).parents[2])


def test_that_without_a_launcher_there_is_one_device(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in LAUNCHERS:
        monkeypatch.delenv(name, raising=False)
    with joined(None, None, "ddp", syncs_norms=False) as connect:
        assert connect(parse(quick_recipe("x"))) is ALONE


def test_that_an_unknown_strategy_is_refused() -> None:
    with pytest.raises(InvalidRecipe, match="no strategy 'zero'"), joined(2, 1, "zero", syncs_norms=False):
        pass
