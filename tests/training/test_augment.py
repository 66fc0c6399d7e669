"""Augmentation: hashed random numbers, and views that do not depend on who asks."""

import pytest
import torch

from kdstudio.recipe.augmenting import AugmentationChoice
from kdstudio.training.augment import Augmentation, random_bits


def test_that_the_hash_is_that_of_the_reference_written_with_python_integers() -> None:
    def reference(index: int, view: int, seed: int) -> int:
        mask, golden, a, b = (1 << 64) - 1, 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
        z = (index + golden * (view + 1) + a * (seed + 1)) & mask
        z = ((z ^ (z >> 30)) * a) & mask
        z = ((z ^ (z >> 27)) * b) & mask
        z = (z * golden + b) & mask
        z = ((z ^ (z >> 30)) * a) & mask
        z = ((z ^ (z >> 27)) * b) & mask
        return (z ^ (z >> 31)) & ((1 << 63) - 1)

    index = torch.tensor([0, 1, 2, 12345, 2**40])
    for view, seed in ((0, 0), (3, 7), (1000, 2**31 - 1)):
        assert random_bits(index, view, seed).tolist() == [reference(int(i), view, seed) for i in index]


@pytest.mark.parametrize("shift", [0, 8, 32])
def test_that_the_hashed_numbers_are_uniform(shift: int) -> None:
    """χ² over 16 cells of 64,000 numbers stays below the 99.9 % point (37.7 for 15 degrees of freedom)."""
    bits = torch.cat([random_bits(torch.arange(8000), view, 5) for view in range(8)])
    counts = torch.bincount(((bits >> shift) & 0xFFFF) % 16, minlength=16).double()
    expected = len(bits) / 16
    assert float(((counts - expected) ** 2 / expected).sum()) < 37.7


def test_that_neighbouring_inputs_and_views_do_not_correlate() -> None:
    one = random_bits(torch.arange(20_000), 0, 0).double()
    for other in (random_bits(torch.arange(1, 20_001), 0, 0), random_bits(torch.arange(20_000), 1, 0)):
        assert abs(float(torch.corrcoef(torch.stack([one, other.double()]))[0, 1])) < 0.03


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_that_a_view_of_an_input_is_the_same_in_any_batch(dtype: torch.dtype) -> None:
    inputs = torch.arange(6 * 3 * 8 * 8).view(6, 3, 8, 8).remainder(256).to(dtype)
    augmentation = Augmentation(AugmentationChoice(flip=True, crop=2), seed=1)
    index = torch.tensor([4, 9, 2, 7, 5, 1])
    all_at_once = augmentation(inputs, index, view=3)
    order = torch.tensor([5, 0, 3])
    assert torch.equal(augmentation(inputs[order], index[order], view=3), all_at_once[order])
    assert not torch.equal(augmentation(inputs, index, view=4), all_at_once)


def test_that_every_copy_is_a_shift_or_mirrored_shift_of_the_image() -> None:
    image = torch.rand(1, 1, 5, 5)
    padded = torch.nn.functional.pad(image, (1, 1, 1, 1))
    possible = [padded[0, :, y : y + 5, x : x + 5] for y in range(3) for x in range(3)]
    possible += [candidate.flip(-1) for candidate in possible]
    seen = set()
    augmentation = Augmentation(AugmentationChoice(flip=True, crop=1), seed=0)
    for view in range(300):
        copy = augmentation(image, torch.tensor([0]), view)[0]
        matches = [number for number, candidate in enumerate(possible) if torch.equal(copy, candidate)]
        assert matches
        seen.update(matches)
    assert len(seen) == 18


def test_that_a_fixed_number_of_views_repeats_and_endless_does_not() -> None:
    fixed = Augmentation(AugmentationChoice(crop=1, views=3), seed=0)
    assert [fixed.view_of(epoch) for epoch in range(5)] == [0, 1, 2, 0, 1]
    endless = Augmentation(AugmentationChoice(crop=1, views="endless"), seed=0)
    assert [endless.view_of(epoch) for epoch in range(5)] == [0, 1, 2, 3, 4]
