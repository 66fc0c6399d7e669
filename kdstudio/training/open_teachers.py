"""Opening the teachers of a recipe: from files, blended into one, or made beside the student."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

from kdstudio.core.errors import ModelError, Problem
from kdstudio.core.targets import NEXT_TOKEN, Task
from kdstudio.data.answers.answers import Answers
from kdstudio.data.answers.recording import Recording
from kdstudio.data.dataset import Dataset
from kdstudio.data.pairing import Pairing, paired
from kdstudio.data.sniff import ANSWERS, sniff
from kdstudio.data.splits import Splits
from kdstudio.data.text.exchanges import is_exchanges
from kdstudio.models.committee import committee
from kdstudio.models.model import Model
from kdstudio.models.programs.program import with_output
from kdstudio.models.student import student
from kdstudio.models.tasks import Answering
from kdstudio.recipe.choices import DataChoice
from kdstudio.training.blending import blend_weights
from kdstudio.training.classes import mapped
from kdstudio.training.opened import Opened, Opener, collected


def open_teachers(opened: Opened, opener: Opener) -> Answers | Recording | None:
    """Load the teachers' models; or return one's stored answers, which are joined with the data once that is open.

    Recorded answers of a language model are known by what is in the file, whatever kind the recipe says.
    """
    choices = opened.recipe.teachers
    kinds = {choice.kind for choice in choices}
    if len(kinds) > 1 or (kinds in ({"ema"}, {"past_self"}) and len(choices) > 1):
        hint = "Use models from files together, or peers together, or one average or past self of the student."
        message = f"teachers of these kinds cannot be blended: {', '.join(sorted(kinds))}"
        opened.problems.append(Problem(message=message, where="teachers", hint=hint))
        return None
    for i, choice in enumerate(choices):
        if not choice.path:
            continue  # it comes into being with the student
        with collected(opened, f"teachers[{i}].path"):
            if is_exchanges(Path(choice.path)):
                if len(choices) > 1:
                    hint = "Choose one teacher, or put all answers into one file."
                    raise ModelError("recorded answers cannot be blended with other teachers", hint=hint)
                stored = choice.model_copy(update={"kind": "stored"})
                opened.recipe = opened.recipe.model_copy(update={"teachers": (stored,)})
                return opener.recording(Path(choice.path))
            if choice.kind == "stored":
                if len(choices) > 1:
                    hint = "Average the answers into one file, or give the models themselves."
                    raise ModelError("stored answers cannot be blended with other teachers", hint=hint)
                return opener.answers(Path(choice.path))
            if sniff(Path(choice.path)).format == ANSWERS:
                hint = 'Write "kind": "stored" for this teacher.'
                raise ModelError("the file holds a teacher's answers and no model", hint=hint)
            member = opener.load(Path(choice.path), choice.said)
            opened.members.append(member if choice.output == "auto" else with_output(member, choice.output))
            opened.problems += member.problems
    return None


def named_by_teacher(opened: Opened, dataset: Dataset, answers: Answers | None) -> Dataset | None:
    """Return data without any label with the teacher's classes, which stand in for its own; None without a teacher."""
    if opened.members:
        first = opened.members[0]
        return dataset.with_classes(first.class_names, first.spec.classes, _task(opened.recipe.task, first.task))
    if answers is not None:
        return dataset.with_classes(answers.class_names, answers.classes, _task(opened.recipe.task, "classification"))
    if not opened.recipe.teachers:
        hint = "Choose a teacher that answers in place of labels, or data with labels."
        opened.problems.append(
            Problem(message="there is nothing to learn from: no labels", where="data.path", hint=hint)
        )
    return None


def _task(wanted: Literal["auto"] | Task, teacher: Task) -> Task:
    """Return the task of data without any label: what the recipe says, or what the teacher was made for."""
    return teacher if wanted == "auto" else wanted


def make_peers(opened: Opened, like: Model, dataset: Dataset, splits: Splits) -> None:
    """Build the peers: networks like the student, or as the recipe says, each with first weights of its own."""
    recipe, names, made = opened.recipe, dataset.class_names, []
    for i, choice in enumerate(recipe.teachers):
        if choice.kind == "peer":
            with collected(opened, f"teachers[{i}].student"):
                wanted = choice.student or recipe.student
                seed = recipe.seed + 1 + i
                answers = Answering(NEXT_TOKEN if like.per_token else like.task, like.output)
                own = like.preprocessing
                made.append(student(wanted, splits.train.inputs, len(names), names, own, seed, answers))
    opened.peers = tuple(made)


def check_teachers(opened: Opened, dataset: Dataset, splits: Splits, opener: Opener) -> None:
    """Compare each teacher's classes with the data's, score it on validation inputs, and make one teacher of all."""
    members, accuracies = [], []
    for i, member in enumerate(opened.members):
        with collected(opened, f"teachers[{i}]"):
            sees = _sees(opened, i, dataset, opener)
            seen = splits
            if sees is not None:
                seen = replace(splits, train=sees.seen(splits.train), validation=sees.seen(splits.validation))
            fitted_, told = mapped(member.suited(seen.train.inputs), opened.recipe.teachers[i], dataset, seen)
            opened.problems += [
                problem.model_copy(update={"where": problem.where.replace("teachers[0]", f"teachers[{i}]", 1)})
                for problem in told
            ]
            if fitted_ is not None:
                opened.score = opener.score(fitted_, seen.validation)
                opened.problems += opened.score.problems
                source = {"seen_in": opened.recipe.teachers[i].data}
                members.append(fitted_.with_preprocessing(opened.score.preprocessing.model_copy(update=source)))
                accuracies.append(opened.score.accuracy)
    if len(members) < len(opened.recipe.teachers) or not members:
        return
    if len(members) == 1:
        opened.teacher = members[0]
        return
    weights, told = blend_weights(opened.recipe.blend, accuracies)
    opened.problems += told
    if not any(problem.severity == "error" for problem in told):
        opened.recipe = opened.recipe.model_copy(
            update={"blend": opened.recipe.blend.model_copy(update={"weights": weights})}
        )
        opened.teacher = committee(members, opened.recipe.blend.rule, weights)
        if not opened.pairings:
            opened.score = opener.score(opened.teacher, splits.validation)


def _sees(opened: Opened, at: int, dataset: Dataset, opener: Opener) -> Pairing | None:
    """Return what a teacher sees where that is not what the student sees."""
    path = opened.recipe.teachers[at].data
    if not path:
        return None
    if opened.recipe.augmentation.is_on:
        message = "the teacher sees other inputs than the student, and no changed copies of them"
        hint = "Switch flip, crop and blends off."
        opened.problems.append(Problem(message=message, where="augmentation", hint=hint))
    if path not in opened.pairings:
        with collected(opened, f"teachers[{at}].data"):
            opened.pairings[path] = paired(dataset, opener.read(DataChoice(path=path)))
    found = opened.pairings.get(path)
    if found is None:
        raise ModelError("what the teacher sees could not be opened", hint="See what is said of its data.")
    return found
