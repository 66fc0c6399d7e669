"""What was measured of layers, in the folder of the run."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from kdstudio.core.files import DIGEST
from kdstudio.core.layout import RunFolder
from kdstudio.project.sensitivity import read_sensitivity, to_value, write_sensitivity
from tests.analysis.test_sensitivity import NAN, found


def test_that_it_is_read_back_as_it_was_and_only_for_the_same_student(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.checkpoint("best").mkdir(parents=True)
    digest = folder.checkpoint("best") / DIGEST
    digest.write_text("first")
    kept = replace(found(), checkpoint="first", agreements=np.full((3, 5), NAN), whole_agreement=NAN)
    write_sensitivity(folder, kept)
    again = read_sensitivity(folder, "channels")
    assert again is not None
    assert to_value(again) == to_value(kept)
    assert again.layers == kept.layers
    assert np.isnan(again.whole_agreement)
    assert np.isnan(again.agreements).all()
    assert read_sensitivity(folder, "weights") is None
    digest.write_text("second")
    assert read_sensitivity(folder, "channels") is None


def test_that_a_torn_file_is_as_good_as_none(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.checkpoint("best").mkdir(parents=True)
    (folder.checkpoint("best") / DIGEST).write_text("first")
    write_sensitivity(folder, replace(found(), checkpoint="first"))
    text = folder.sensitivity("channels").read_text()
    for torn in (text[:40], text.replace('"whole"', '"hole"'), "[]", "null"):
        folder.sensitivity("channels").write_text(torn)
        assert read_sensitivity(folder, "channels") is None
