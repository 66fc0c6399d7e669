"""Blending by hand, against what a committee answers."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from kdstudio.models.committee import committee
from kdstudio.models.latency import latency
from kdstudio.models.values import Batch


@pytest.fixture
def members(build):
    return [build("mlp", hidden=[8]), build("mlp", hidden=[16]), build("mlp", hidden=[4])]


@pytest.fixture
def images() -> torch.Tensor:
    return torch.rand(6, 1, 28, 28, generator=torch.Generator().manual_seed(5))


def shares(members, images) -> torch.Tensor:
    with torch.no_grad():
        return torch.stack([member.logits(images).softmax(1) for member in members])


def test_that_probabilities_are_averaged_with_their_weights(members, images) -> None:
    blended = committee(members, "probabilities", (2.0, 1.0, 1.0)).logits(images).detach()
    first, second, third = shares(members, images)
    assert torch.allclose(blended.softmax(1), (2 * first + second + third) / 4, atol=1e-6)


def test_that_logits_are_averaged_without_their_offsets(members, images) -> None:
    with torch.no_grad():
        answers = torch.stack([member.logits(images) for member in members])
        blended = committee(members, "logits", (1.0, 1.0, 1.0)).logits(images)
    assert torch.allclose(blended.softmax(1), answers.mean(0).softmax(1), atol=1e-6)


@pytest.mark.parametrize("rule", ["probabilities", "logits"])
def test_that_labels_and_numbers_are_averaged_each_by_itself(members, images, rule) -> None:
    with torch.no_grad():
        answers = torch.stack([member.logits(images) for member in members])
        several = committee([replace(one, task="multi_label") for one in members], rule, (1.0, 1.0, 2.0)).logits(images)
        numbers = committee([replace(one, task="regression") for one in members], rule, (1.0, 1.0, 2.0)).logits(images)
    share = torch.tensor([0.25, 0.25, 0.5])[:, None, None]
    wanted = (share * answers).sum(0) if rule == "logits" else torch.logit((share * answers.sigmoid()).sum(0))
    torch.testing.assert_close(several, wanted, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(numbers, (share * answers).sum(0))


def test_that_the_surest_counts_most_for_each_input(members, images) -> None:
    blended = committee(members, "confidence", (1.0, 1.0, 1.0)).logits(images).detach()
    known = shares(members, images)
    sure = known.amax(2, keepdim=True)
    assert torch.allclose(blended.softmax(1), (known * sure / sure.sum(0)).sum(0), atol=1e-6)


def test_that_a_specialist_only_divides_what_the_first_gives_to_its_classes(members, images) -> None:
    names = tuple("0123456789")
    general = members[0]
    top = int(general.logits(images[:1]).argmax())
    other = (top + 1) % 10
    columns = tuple(c if c in (top, other) else -1 for c in range(10))
    specialist = members[1].with_classes(columns, names)
    blended = committee([general, specialist], "routed", (1.0, 1.0)).logits(images[:1]).detach().softmax(1)[0]
    first, own = shares([general, members[1]], images[:1])[:, 0]
    mass = float(first[top] + first[other])
    expected = first.clone()
    expected[top] = mass * own[top] / (own[top] + own[other])
    expected[other] = mass * own[other] / (own[top] + own[other])
    assert torch.allclose(blended, expected, atol=1e-5)


def test_that_a_specialist_is_not_asked_about_what_it_does_not_know(members, images) -> None:
    top = int(members[0].logits(images[:1]).argmax())
    columns = tuple(-1 if c == top else c for c in range(10))
    specialist = members[1].with_classes(columns, tuple("0123456789"))
    blended = committee([members[0], specialist], "routed", (1.0, 1.0)).logits(images[:1]).detach()
    assert torch.allclose(blended.softmax(1), members[0].logits(images[:1]).softmax(1), atol=1e-6)


def test_that_a_committee_answers_batches_and_values_alike_and_has_all_weights(members, images) -> None:
    made = committee(members, "probabilities", (1.0, 1.0, 1.0))
    batch = Batch(images, torch.zeros(6, dtype=torch.int64), torch.arange(6))
    with torch.no_grad():
        answers = made.answer(batch)
        values = made.respond((images.numpy() * 255).astype(np.uint8))
    assert torch.allclose(answers, values, atol=0.05)
    assert made.parameters == sum(member.parameters for member in members)


def test_that_its_latency_is_that_of_all_members_together(members) -> None:
    found = latency(committee(members, "probabilities", (1.0, 1.0, 1.0)), seconds=0.3)
    assert found.milliseconds >= 2 * min(latency(one, seconds=0.1).milliseconds for one in members)
    assert found.where == "1 CPU thread"
