"""Blends of two inputs and noise: who is blended with whom, what labels that gives, and that it can be replayed."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from kdstudio.data.dataset import ArrayInputs
from kdstudio.methods.losses import IGNORE
from kdstudio.models.preprocessing.image import ImagePreprocessing, channels_last
from kdstudio.models.student import student
from kdstudio.recipe.augmenting import AugmentationChoice
from kdstudio.recipe.choices import CacheChoice, StudentChoice
from kdstudio.training.augment import Augmentation
from kdstudio.training.batches import CHUNK, Tensors
from kdstudio.training.stored_form import Form
from kdstudio.training.teacher_cache import Answers, Cached
from kdstudio.training.teachers import Frozen
from tests.small_task import finish

N = 600


def data(dtype: type = np.uint8) -> Tensors:
    pixels = np.random.default_rng(0).integers(0, 256, (N, 3, 6, 5)).astype(dtype)
    targets = torch.arange(N) % 7
    targets[::10] = IGNORE
    return Tensors(channels_last(pixels), targets, torch.arange(N) * 3 + 11)


def augmentation(**choice: object) -> Augmentation:
    return Augmentation(AugmentationChoice.model_validate(choice), seed=4)


def everything(kept: Tensors, changed: Augmentation, view: int = 0):
    return kept.batch(torch.arange(N), changed, view), changed.mixing(kept.index, view, torch.arange(N))


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_that_a_blend_is_that_much_of_two_training_inputs_as_they_look_in_the_view(dtype: type) -> None:
    kept, changed = data(dtype), augmentation(flip=True, crop=1, mixup=0.6)
    batch, mixing = everything(kept, changed, view=2)
    plain = kept.batch(torch.arange(N), augmentation(flip=True, crop=1), 2).inputs
    for row in range(0, N, 37):
        share = float(mixing.share[row])
        wanted = share * plain[row].double() + (1 - share) * plain[mixing.partners[row]].double()
        torch.testing.assert_close(batch.inputs[row].double(), wanted, rtol=1e-6, atol=1e-6 * float(plain.max()))
    unmixed = mixing.share == 1
    assert 0.3 < float(unmixed.double().mean()) < 0.5
    assert torch.equal(batch.inputs[unmixed], plain[unmixed])


def test_that_shares_are_uniform_and_partners_come_from_the_whole_set() -> None:
    mixing = augmentation(mixup=1, noise=0.25).mixing(torch.arange(20_000), 0, torch.arange(50) + 100)
    assert 0.24 < float(mixing.is_noise.double().mean()) < 0.26
    drawn = mixing.share[~mixing.is_noise]
    assert (mixing.share[mixing.is_noise] == 1).all()
    for values, cells in ((drawn, 16), ((mixing.partners - 100).double() / 50, 50)):
        counts = torch.bincount((values * cells + 1e-9).long(), minlength=cells).double()
        expected = len(values) / cells
        assert len(counts) == cells
        # the 99.9 % points of χ² with 15 and 49 degrees of freedom
        assert float(((counts - expected) ** 2 / expected).sum()) < (37.7 if cells == 16 else 85.4)
    correlation = torch.corrcoef(torch.stack([mixing.share.double(), mixing.partners.double()]))[0, 1]
    assert abs(float(correlation)) < 0.03


def test_that_a_blend_has_two_labels_and_no_one_label() -> None:
    kept, changed = data(), augmentation(mixup=0.5, noise=0.2)
    batch, mixing = everything(kept, changed)
    for row in range(N):
        own, other = int(kept.targets[row]), int(kept.targets[mixing.partners[row]])
        found = [int(batch.targets[row]), int(batch.mixture.first[row]), int(batch.mixture.second[row])]
        if mixing.is_noise[row]:
            assert found == [IGNORE] * 3
        elif mixing.share[row] == 1:
            assert found == [own] * 3
        else:
            assert found == ([IGNORE, own, other] if IGNORE not in (own, other) else [IGNORE] * 3)


def test_that_numbers_and_several_labels_are_blended_alike() -> None:
    kept = data()
    numbers = torch.randn(N, 2, generator=torch.Generator().manual_seed(0))
    numbers[5] = float("nan")
    batch, mixing = everything(replace(kept, targets=numbers), augmentation(mixup=0.5, noise=0.1))
    mixed = (mixing.share < 1) & (mixing.partners != 5)
    mixed[5] = False
    assert torch.equal(batch.mixture.first[mixed], numbers[mixed])
    assert torch.equal(batch.mixture.second[mixed], numbers[mixing.partners[mixed]])
    assert batch.targets[mixed].isnan().all()
    assert batch.mixture.first[mixing.is_noise].isnan().all()
    assert batch.mixture.first[5].isnan().all()


def test_that_noise_is_uniform_different_for_each_input_and_view_and_the_same_again() -> None:
    kept, changed = data(), augmentation(noise=1)
    one, again, other = (kept.batch(torch.arange(N), changed, view).inputs for view in (0, 0, 1))
    assert torch.equal(one, again)
    counts = torch.histc(one, 16, 0, 1).double()
    expected = one.numel() / 16
    assert float(((counts - expected) ** 2 / expected).sum()) < 37.7
    assert one.min() >= 0
    assert one.max() < 1
    assert abs(float(torch.corrcoef(torch.stack([one.flatten(), other.flatten()]).double())[0, 1])) < 0.02
    assert abs(float(torch.corrcoef(torch.stack([one[1:].flatten(), one[:-1].flatten()]).double())[0, 1])) < 0.02


def test_that_an_input_becomes_the_same_bits_in_any_batch() -> None:
    kept, changed = data(), augmentation(flip=True, crop=2, mixup=0.7, noise=0.2)
    whole = kept.batch(torch.arange(N), changed, 3)
    some = torch.randperm(N, generator=torch.Generator().manual_seed(1))[:37]
    part = kept.batch(some, changed, 3)
    assert torch.equal(part.inputs, whole.inputs[some])
    assert torch.equal(part.mixture.second, whole.mixture.second[some])
    assert not torch.equal(kept.batch(some, changed, 4).inputs, part.inputs)


def test_that_who_sees_some_inputs_alone_is_shown_blends_of_these_alone() -> None:
    kept, changed = data(), augmentation(mixup=1)
    few = torch.tensor([3, 51, 77])
    batch = kept.batch(few, changed, 0, among=few)
    mixture = batch.mixture
    assert set(mixture.second.tolist()) <= set(kept.targets[few].tolist())
    assert (mixture.first != IGNORE).all()
    assert torch.equal(mixture.first, kept.targets[few])


def test_that_a_kept_answer_is_the_teachers_answer_to_this_very_input() -> None:
    """Batches are as large as the pieces that are asked, because matrix products round by the size of the batch."""
    kept, changed = data(), augmentation(flip=True, crop=1, mixup=0.7, noise=0.1, views=2)
    whole = replace(kept, inputs=kept.inputs[:CHUNK], targets=kept.targets[:CHUNK], index=kept.index[:CHUNK])
    own = ImagePreprocessing(channels=3, size=(8, 8), mean=(0.5,) * 3, std=(0.25,) * 3)
    inputs, names = ArrayInputs(np.zeros((1, 3, 6, 5), np.uint8)), tuple("abcdefg")
    frozen = Frozen(student(StudentChoice(architecture="small_cnn"), inputs, 7, names, own, 0))
    answers = Answers(frozen, whole, Form(CacheChoice(), 7), changed, torch.get_num_threads(), 2, keeps=False)
    remembered = Cached(answers)
    for epoch in (0, 1, 2):
        finish(remembered.prepare(epoch))
        positions = torch.arange(CHUNK)
        batch = whole.batch(positions, changed, changed.view_of(epoch), positions)
        live = frozen.outputs(batch, positions, epoch).logits
        assert torch.equal(remembered.outputs(batch, positions, epoch).logits, live)
    assert sorted(answers.shelves) == [0, 1]
    assert not np.array_equal(answers.shelves[0].columns()[0], answers.shelves[1].columns()[0])
