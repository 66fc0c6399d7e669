"""Who learns and who teaches in a run: the student, its peers, its baseline, and their teacher."""

from collections.abc import Sequence

import torch

from kdstudio.methods.base import Setting
from kdstudio.methods.catalogue import method
from kdstudio.models.model import Model
from kdstudio.recipe.choices import MethodChoice
from kdstudio.recipe.recipe import Recipe
from kdstudio.training.batches import Order
from kdstudio.training.knowledge import methods_alone
from kdstudio.training.learner import Learner, label_terms
from kdstudio.training.online import Ema, Peers
from kdstudio.training.precision import precision_of
from kdstudio.training.setup import Setup
from kdstudio.training.sync_norm import synchronise
from kdstudio.training.teacher_cache import Cached, training_answers
from kdstudio.training.teachers import Frozen, Recorded, Stored, Teacher

BASELINE = "baseline"
PEER = "peer"  # learners that are called so, with a number, step together with the student


def make_learners(setup: Setup) -> list[Learner]:
    """Return a stage's student, its peers, and the baseline: the same with hard labels alone, on labelled inputs."""
    everything = torch.arange(len(setup.train), device=setup.device)
    seen = setup.labelled if setup.from_labels else everything
    learners = [_learner(setup, setup.learner, setup.student, setup.recipe.methods, seen)]
    for i, peer in enumerate(setup.peers, start=1):
        learners.append(_learner(setup, f"{PEER}{i}", peer, setup.recipe.methods, everything))
    if setup.baseline is not None:
        learners.append(_learner(setup, BASELINE, setup.baseline, methods_of(setup.recipe, BASELINE), setup.labelled))
    return learners


def methods_of(recipe: Recipe, learner: str) -> tuple[MethodChoice, ...]:
    """Return the methods of a learner: the recipe's, or for the baseline those that need no teacher."""
    return methods_alone(recipe.methods) if learner == BASELINE else recipe.methods


def make_teacher(setup: Setup, learners: Sequence[Learner]) -> Teacher | None:
    """Return the teacher as the recipe wants it: made of learners, asked anew each time, once a view, or read."""
    layers = learners[0].teacher_layers
    if setup.peers:
        return Peers([learner for learner in learners if learner.name.startswith(PEER)], layers)
    if setup.average is not None:
        return Ema(setup.average, setup.student, setup.recipe.teachers[0].decay, layers)
    if setup.recorded is not None:
        return Recorded(setup.recorded, len(setup.class_names))
    if "train" in setup.stored:
        return Stored(torch.from_numpy(setup.stored["train"].logits).to(setup.device))
    if setup.teacher is None:
        return None
    frozen = Frozen(setup.teacher, layers, precision_of(setup.recipe))
    if not setup.recipe.teacher_cache:
        return frozen
    return Cached(training_answers(frozen, setup.train, setup.augmentation, setup.recipe, setup.shapes))


def _learner(
    setup: Setup, name: str, model: Model, choices: tuple[MethodChoice, ...], positions: torch.Tensor
) -> Learner:
    recipe, images = setup.recipe, setup.train.inputs
    image = None if images is None else (images.shape[3], *images.shape[1:3])
    if setup.group.syncs_norms:
        synchronise(model.module, setup.group)
    learner = Learner(
        name,
        model,
        label_terms([method(choice) for choice in choices], [choice.method for choice in choices]),
        Order(positions, len(setup.train), recipe.batch, recipe.seed),
        Setting(
            model.spec.classes,
            len(setup.train),
            setup.shapes.student,
            setup.shapes.teacher,
            rows=setup.train.index,
            image=image,
        ),
        recipe.optimizer,
        precision_of(recipe),
        setup.group,
    )
    if recipe.compile is True:
        learner.compile()
    return learner
