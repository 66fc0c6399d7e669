"""Opening what a recipe names: data, teacher, student. All that is wrong is collected and told at once."""

from kdstudio.core.errors import ModelError, Problem
from kdstudio.core.targets import WORDS, Task
from kdstudio.data.answers.answers import Answers
from kdstudio.data.answers.recording import Recording
from kdstudio.data.dataset import Dataset
from kdstudio.data.splits import Splits, divide
from kdstudio.data.tasks import as_task
from kdstudio.methods.base import Setting
from kdstudio.methods.catalogue import METHODS, entries, method
from kdstudio.models.catalogue import students
from kdstudio.models.inspect import taken_over
from kdstudio.models.model import Model
from kdstudio.models.next_token import tokens_of
from kdstudio.models.reused import reusing
from kdstudio.models.shrink import is_copied
from kdstudio.recipe.defaults import optimizer_problem, usual_optimizer
from kdstudio.recipe.problems import Catalogue, problems
from kdstudio.recipe.recipe import Recipe
from kdstudio.training.asking import of_asking
from kdstudio.training.compiling import obstacle, refusal
from kdstudio.training.device import choose_device, device_problem, devices_problem, free_memory
from kdstudio.training.layers import paired
from kdstudio.training.memory import of_memory
from kdstudio.training.open_teachers import check_teachers, make_peers, named_by_teacher, open_teachers
from kdstudio.training.opened import Opened, Opener, collected
from kdstudio.training.passages import agreed, as_language
from kdstudio.training.recorded import join as join_recording
from kdstudio.training.stages import build, open_stages, pair_stages
from kdstudio.training.stored import join
from kdstudio.training.transfer import of_transfer


def catalogue() -> Catalogue:
    """Return everything that can be chosen in a recipe, from the code itself."""
    return Catalogue(methods=entries(), students=students())


def open_recipe(recipe: Recipe, opener: Opener | None = None) -> Opened:
    """Open data, teacher and student of a recipe, score the teacher on a sample, and compare what they say."""
    opener = opener or Opener()
    opened = Opened(recipe, problems=problems(recipe, catalogue()))
    _check_device(opened)
    _check_devices(opened)
    with collected(opened, "data.path"):
        opened.dataset = as_task(opener.read(recipe.data), recipe.task)
        opened.problems += opened.dataset.problems
        opened.splits = divide(opened.dataset, recipe.data, recipe.seed)
    answers = open_teachers(opened, opener)
    _speak(opened, opener)
    if opened.dataset and not opened.dataset.class_names:
        opened.dataset = named_by_teacher(opened, opened.dataset, answers if isinstance(answers, Answers) else None)
        if opened.dataset and opened.dataset.task != "classification":
            opened.splits = divide(opened.dataset, recipe.data, recipe.seed)
    if opened.dataset and opened.splits:
        _check_labels(opened, opened.splits)
        _check_task(opened, opened.dataset.task)
        opened.problems += of_transfer(recipe, opened.dataset.kind)
        check_teachers(opened, opened.dataset, opened.splits, opener)
        if isinstance(answers, Answers):
            opened.stored, found = join(answers, opened.dataset, opened.splits, recipe.augmentation)
            opened.problems += found
        with collected(opened, "student"):
            opened.student = opened.plain = _student(opened, opened.dataset, opened.splits)
            if opened.student is not None and opened.student.per_token:
                opened.student, opened.teacher = agreed(opened.student, opened.teacher)
                opened.plain = opened.student
            if isinstance(answers, Recording):
                _record(opened, answers, opened.dataset, opened.splits)
            _take_classifier(opened)
            _check_precision(opened)
        if opened.student is not None:
            make_peers(opened, opened.student, opened.dataset, opened.splits)
            open_stages(opened, opened.dataset, opened.splits)
        opened.problems += of_asking(opened.recipe, opened.teacher, opened.dataset.kind)
        _pair_layers(opened)
        _tell_memory(opened, opened.dataset, opened.splits)
        _choose_optimizer(opened, opened.dataset)
        _check_compile(opened)
    return opened


def _speak(opened: Opened, opener: Opener) -> None:
    """Let running text take the tokens of the run's language model."""
    if opened.dataset is None:
        return
    task, dataset = opened.dataset.task, opened.dataset
    opened.dataset = None
    with collected(opened, "data.path"):
        opened.dataset = as_language(opened, dataset, opener)
        if opened.dataset.task != task:
            opened.splits = divide(opened.dataset, opened.recipe.data, opened.recipe.seed)


def _record(opened: Opened, recording: Recording, dataset: Dataset, splits: Splits) -> None:
    """Let recorded answers teach, in the student's tokens."""
    reader = tokens_of(opened.student) if opened.student is not None and opened.student.per_token else None
    opened.stored, found = join_recording(recording, dataset, splits, reader)
    opened.problems += found


def _student(opened: Opened, dataset: Dataset, splits: Splits) -> Model | None:
    asked = opened.recipe.student
    if asked.architecture is not None and any(p.where.startswith("student") for p in opened.errors):
        return None
    made, choice = build(opened, asked, opened.recipe.seed, dataset, splits)
    if choice != asked:
        opened.recipe = opened.recipe.model_copy(update={"student": choice})
    if choice.path is not None:
        opened.problems += made.problems
    return made


def _check_precision(opened: Opened) -> None:
    """Refuse half precision for a student that rounds: its steps of 8 bits are finer than those of bfloat16."""
    precision, student = opened.recipe.precision, opened.student
    if student is not None and student.spec.bits is not None and precision not in ("auto", "float32"):
        hint = "Set precision to auto."
        message = f"a student that learns with 8 bits needs float32, and the recipe says {precision}"
        opened.problems.append(Problem(message=message, where="precision", hint=hint))


def _take_classifier(opened: Opened) -> None:
    """Give the student the teacher's classifier where a method wants that; its baseline keeps its own last layer."""
    for i, choice in enumerate(opened.recipe.methods):
        reduction = method(choice).reuses if not opened.errors else None
        if reduction is None or opened.student is None:
            continue
        with collected(opened, f"methods[{i}]"):
            if opened.teacher is None:
                hint = "Choose the model of a teacher that was trained before, or another method."
                raise ModelError(f"{choice.method} takes a teacher's classifier, and there is none yet", hint=hint)
            opened.student = reusing(opened.student, opened.teacher, reduction, opened.recipe.seed)
            note = Problem(message=taken_over(opened.student), where=f"methods[{i}]", severity="note")
            opened.problems.append(note)


def _choose_optimizer(opened: Opened, dataset: Dataset) -> None:
    """Take the optimizer that suits the data where the recipe names none, and warn of one that does not."""
    recipe, is_pretrained = opened.recipe, opened.student is not None and is_copied(opened.student)
    kind, task = dataset.kind, dataset.task
    usual = usual_optimizer(kind, task=task, is_pretrained=is_pretrained)
    if "optimizer" not in recipe.model_fields_set:
        opened.recipe = recipe.model_copy(update={"optimizer": usual})
        if usual != recipe.optimizer:
            message = f"AdamW with a learning rate of {usual.learning_rate:g} is used, as the recipe names none"
            opened.problems.append(Problem(message=message, where="optimizer", severity="note"))
    elif (problem := optimizer_problem(recipe.optimizer, kind, task=task, is_pretrained=is_pretrained)) is not None:
        opened.problems.append(problem)


def _pair_layers(opened: Opened) -> None:
    """Write the layers that methods compare into the recipe."""
    if opened.student is not None and not opened.errors:
        pair_stages(opened)
        online = any(choice.kind == "ema" for choice in opened.recipe.teachers)
        before = [stage.model for stage in opened.stages]
        other = opened.student if online else (*opened.peers, *before[-1:], opened.teacher)[0]
        methods, opened.shapes, told = paired(opened.recipe.methods, opened.student, other)
        opened.recipe = opened.recipe.model_copy(update={"methods": methods})
        opened.problems += told


def _tell_memory(opened: Opened, dataset: Dataset, splits: Splits) -> None:
    """Say what the methods remember of the training inputs during a run."""
    if not opened.errors:
        setting = Setting(classes=len(dataset.class_names), inputs=len(splits.train))
        free = free_memory(choose_device(opened.recipe.device))
        opened.problems += of_memory(opened.recipe.every_method, setting, free)


def _check_device(opened: Opened) -> None:
    import torch

    wish = opened.recipe.device
    problem = "" if wish == "auto" else device_problem(torch.device(wish))
    if problem:
        hint = "Use device auto or cpu, or install a PyTorch build for your GPU."
        opened.problems.append(Problem(message=problem, where="device", hint=hint))


def _check_devices(opened: Opened) -> None:
    recipe = opened.recipe
    if (problem := devices_problem(recipe.device, recipe.devices)) and not opened.errors:
        hint = "Set devices to 1."
        opened.problems.append(Problem(message=problem, where="devices", hint=hint))


def _check_compile(opened: Opened) -> None:
    """Refuse compiled steps where they cannot be; whether the compiler succeeds only the run itself finds out."""
    recipe = opened.recipe
    if recipe.compile is not True or opened.errors or opened.student is None:
        return
    together = "several devices train together" if recipe.devices > 1 else ""
    if reason := together or obstacle(opened.ready(), choose_device(recipe.device)):
        opened.problems.append(refusal(reason))


def _check_task(opened: Opened, task: Task) -> None:
    """Refuse methods whose loss says nothing about this task, and name those that do."""
    for where, choice in opened.recipe.every_method:
        if choice.method not in METHODS or task in METHODS[choice.method].tasks:
            continue
        fitting = [name for name, one in METHODS.items() if one.family == "response" and task in one.tasks]
        message = f"{choice.method} compares {WORDS['classification']}, and this data has {WORDS[task]}"
        hint = f"Use {' and '.join(fitting)}, or methods that compare layers."
        opened.problems.append(Problem(message=message, where=where, hint=hint))


def _check_labels(opened: Opened, splits: Splits) -> None:
    if splits.labelled.any():
        return
    for where, choice in opened.recipe.every_method:
        if choice.method in METHODS and METHODS[choice.method].needs.labels:
            hint = "Remove this method: the teacher's answers are enough. Or choose data with labels."
            message = f"{choice.method} needs labels, and this data has none"
            opened.problems.append(Problem(message=message, where=where, hint=hint))
