import datetime
import pickle

import pytest
import torch

from kdstudio.models.pickles import protocol, wanted


@pytest.mark.parametrize("number", [2, 4, 5])
def test_that_names_are_found_in_every_protocol(number, tmp_path):
    file = tmp_path / "x.pkl"
    file.write_bytes(
        pickle.dumps([datetime.date(2026, 1, 1), datetime.timedelta(1), datetime.date(2026, 1, 2)], number)
    )
    assert wanted(file) == ["datetime.date", "datetime.timedelta"]
    assert protocol(file) == number


@pytest.mark.parametrize("is_new", [True, False])
def test_that_weights_alone_want_nothing(is_new, tmp_path):
    content = {
        "a": torch.zeros(2),
        "b": torch.nn.Parameter(torch.zeros(2)),
        "c": torch.zeros(2).half(),
        "d": torch.Size([1]),
    }
    torch.save(content, tmp_path / "x.pt", _use_new_zipfile_serialization=is_new)
    assert wanted(tmp_path / "x.pt") == []
