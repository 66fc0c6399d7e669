"""The order of inputs: every input once an epoch, the same from the same seed, the same budget for every learner."""

from itertools import pairwise

import numpy as np
import torch

from kdstudio.data.read import read
from kdstudio.models.preprocessing.image import channels_last
from kdstudio.models.preprocessing.text import WordPreprocessing
from kdstudio.training.batches import CHUNK, Order, Tensors, load
from tests.small_task import result


def order(count: int = 100, size: int = 32, *, positions: torch.Tensor | None = None, seed: int = 0) -> Order:
    return Order(torch.arange(count) if positions is None else positions, count, size, seed)


def test_that_an_epoch_shows_every_input_once() -> None:
    batches = order().epoch(0)
    assert [len(batch) for batch in batches] == [32, 32, 32, 4]
    assert sorted(torch.cat(batches).tolist()) == list(range(100))


def test_that_epochs_and_seeds_differ_and_repeat() -> None:
    assert torch.equal(torch.cat(order().epoch(3)), torch.cat(order().epoch(3)))
    assert not torch.equal(torch.cat(order().epoch(3)), torch.cat(order().epoch(4)))
    assert not torch.equal(torch.cat(order().epoch(3)), torch.cat(order(seed=1).epoch(3)))


def test_that_a_last_batch_of_one_is_left_out() -> None:
    assert order(count=65).steps == 2
    assert [len(batch) for batch in order(count=65).epoch(0)] == [32, 32]


def test_that_a_baseline_with_few_labels_has_the_same_number_of_steps() -> None:
    few = order(positions=torch.tensor([3, 50, 70]))
    batches = few.epoch(0)
    assert len(batches) == order().steps
    counts = torch.bincount(torch.cat(batches), minlength=100)
    assert counts[[3, 50, 70]].tolist() in ([34, 33, 33], [33, 34, 33], [33, 33, 34])


def test_that_uint8_inputs_become_floats_between_0_and_1() -> None:
    data = Tensors(
        torch.tensor([[[[0], [255]]], [[[51], [102]]]], dtype=torch.uint8),
        torch.tensor([1, -100]),
        torch.tensor([7, 9]),
    )
    batch = data.batch(torch.tensor([1, 0]))
    assert torch.allclose(batch.inputs.flatten(), torch.tensor([0.2, 0.4, 0.0, 1.0]))
    assert batch.targets.tolist() == [-100, 1]
    assert batch.index.tolist() == [9, 7]


def test_that_grey_inputs_tell_convolutions_to_answer_channels_last() -> None:
    grey = np.random.default_rng(0).integers(0, 255, (4, 1, 5, 6), dtype=np.uint8)
    data = Tensors(channels_last(grey), torch.zeros(4, dtype=torch.int64), torch.arange(4))
    batch = data.batch(torch.tensor([2, 0]))
    assert np.allclose(batch.inputs.numpy() * 255, grey[[2, 0]])
    answer = torch.nn.Conv2d(1, 3, 3)(batch.inputs)
    assert answer.stride()[1] == 1


def test_that_texts_of_like_length_are_answered_together_and_come_back_in_order(tmp_path) -> None:
    texts = ["a", "a b c d e f", "a b", "a b c d e", "b a"] * 300
    (tmp_path / "t.tsv").write_text("\n".join(["text\tlabel", *(f"{t} {i}\t{i % 2}" for i, t in enumerate(texts))]))
    part = read(tmp_path / "t.tsv").parts["train"]
    how = WordPreprocessing.of(part)
    data = result(load(part, torch.device("cpu"), "training", [how]))
    pieces = list(data.chunks())
    assert max(map(len, pieces)) <= CHUNK
    lengths = [how.lengths(data.ahead[how][piece]) for piece in pieces]
    assert all(int(a.max()) <= int(b.min()) for a, b in pairwise(lengths))
    ordered = data.in_order([data.index[piece] for piece in pieces])
    assert torch.equal(ordered, data.index)
