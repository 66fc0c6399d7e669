import torch

from kdstudio.models.values import Batch, Outputs


def test_that_a_batch_knows_its_length_and_moves_whole():
    batch = Batch(torch.rand(3, 1, 4, 4, generator=torch.Generator()), torch.tensor([0, 1, -100]), torch.arange(3))
    moved = batch.to("meta")
    assert len(batch) == 3
    assert {t.device.type for t in (moved.inputs, moved.targets, moved.index)} == {"meta"}
    assert moved.mask is None


def test_that_outputs_have_no_features_unless_tapped():
    assert Outputs(torch.zeros(2, 10)).features == {}
