"""Networks with single weights set to zero."""

import numpy as np
import pytest
import torch
from torch import nn

from kdstudio.core.errors import ModelError
from kdstudio.models.pruned import pruned
from kdstudio.models.save import save, serialise
from kdstudio.models.source import load
from kdstudio.models.sparse import matrices, sparsified, zeros
from tests.models.test_pruned import network
from tests.models.test_quantized import FAMILIES


def lamp(weight: torch.Tensor) -> np.ndarray:
    """Lee et al. 2021, equation 1, from the smallest number on."""
    squares = weight.detach().numpy().astype(np.float64).ravel() ** 2
    order, left, scores = np.argsort(squares, kind="stable"), squares.sum(), np.empty_like(squares)
    for i in order:
        scores[i], left = squares[i] / left, left - squares[i]
    return scores


@pytest.mark.parametrize(("name", "knobs", "channels"), FAMILIES)
def test_that_the_smallest_weights_of_all_layers_together_become_zeros(name, knobs, channels) -> None:
    model = network(name, knobs, channels, 32 if channels == 3 else 28)
    before, state = torch.get_rng_state(), {layer: one.clone() for layer, one in model.module.state_dict().items()}
    sparse = sparsified(model, 0.6)
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(one, state[name]) for name, one in model.module.state_dict().items())
    old, new = matrices(model.module), matrices(sparse.module)
    scores = np.concatenate([lamp(one) for one in old.values()])
    is_zero = np.concatenate([one.detach().numpy().ravel() == 0 for one in new.values()])
    assert zeros(sparse.module) == pytest.approx(is_zero.mean()) == pytest.approx(0.6, abs=1e-3)
    assert scores[is_zero].max() < scores[~is_zero].min()
    for layer, one in sparse.module.state_dict().items():
        kept = one != 0 if layer in new else torch.ones_like(one, dtype=torch.bool)
        assert torch.equal(one[kept], state[layer][kept])
        assert layer in new or torch.equal(one, state[layer])
    assert sparse.parameters == model.parameters
    assert sparse.label.endswith(", 60% zeros")


def test_that_a_file_opens_again_as_an_ordinary_student_that_keeps_its_zeros(tmp_path) -> None:
    sparse = sparsified(network("small_cnn", {"width": 4, "blocks": 2}), 0.7)
    save(sparse, tmp_path / "student.safetensors")
    again = load(tmp_path / "student.safetensors")
    assert again.spec == sparse.spec
    assert again.spec.sparse
    assert again.label == sparse.label
    state = sparse.module.state_dict()
    assert all(torch.equal(one, state[name]) for name, one in again.module.state_dict().items())
    assert b"sparse" not in serialise(network("lenet", {}))  # nothing changes for any other


def test_that_a_larger_share_takes_the_next_smallest_and_counts_what_is_zero() -> None:
    model = network("mlp", {"hidden": [32]})
    once, twice = sparsified(model, 0.9), sparsified(sparsified(model, 0.5), 0.9)
    for one, other in zip(once.module.parameters(), twice.module.parameters(), strict=True):
        assert torch.equal(one, other)
    with pytest.raises(ModelError, match=r"90\.0% of the weights .* are zero already") as told:
        sparsified(twice, 0.8)
    assert "larger share" in told.value.problems[0].hint
    assert twice.label.count("zeros") == 1


def test_that_no_layer_is_lost_as_a_whole_however_small_its_weights_are() -> None:
    model = network("mlp", {"hidden": [32]})
    plain = [one != 0 for one in matrices(sparsified(model, 0.9).module).values()]
    with torch.no_grad():
        list(matrices(model.module).values())[-1].mul_(1e-4)
    for one, other in zip(matrices(sparsified(model, 0.9).module).values(), plain, strict=True):
        assert torch.equal(one != 0, other)
        assert one.count_nonzero()


def test_that_embeddings_and_what_is_tied_to_them_stay() -> None:
    class Writer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.words, self.norm, self.gru = nn.Embedding(20, 8), nn.LayerNorm(8), nn.GRU(8, 8)
            self.out = nn.Linear(8, 20)
            self.out.weight = self.words.weight

    with torch.device("meta"):
        writer = Writer()
    assert set(matrices(writer)) == {"gru.weight_ih_l0", "gru.weight_hh_l0"}


def test_that_a_sparse_student_loses_channels_and_keeps_its_zeros() -> None:
    model = sparsified(network("mlp", {"hidden": [64, 32]}), 0.5)
    small = pruned(model, 0.5)
    assert small.spec.sparse
    assert 0.1 < zeros(small.module) < 0.6
