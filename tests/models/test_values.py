import pytest
import torch

from kdstudio.models.values import Batch, Outputs


class Doubling:
    def apply(self, inputs):
        return inputs * 2

    def trimmed(self, prepared):
        return prepared[:, :1]


def test_that_what_was_prepared_ahead_is_looked_up_and_trimmed():
    by = Doubling()
    ahead = {by: torch.tensor([[1, 2], [3, 4], [5, 6]])}
    batch = Batch(None, torch.zeros(2), torch.arange(2), ahead=ahead, positions=torch.tensor([2, 0]))
    assert len(batch) == 2
    assert batch.prepared(by).tolist() == [[5], [1]]
    with pytest.raises(ValueError, match="not prepared"):
        batch.prepared(Doubling())


def test_that_outputs_have_no_features_unless_tapped():
    assert Outputs(torch.zeros(2, 10)).features == {}
