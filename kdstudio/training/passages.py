"""Running text in a run: whose tokens are asked for, and how many passages are answered for the arrays."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from kdstudio.core.errors import DataError, ModelError, Problem
from kdstudio.core.passages import Passages
from kdstudio.core.spread import spread
from kdstudio.core.targets import NEXT_TOKEN
from kdstudio.data.dataset import Dataset
from kdstudio.data.tasks import as_task, without_targets
from kdstudio.models.model import Model
from kdstudio.models.next_token import same_tokens, tokens_of, vocabulary, words_of
from kdstudio.models.preprocessing.tokens import NOTHING, TokenPreprocessing
from kdstudio.models.tokenizers import tokenizer_in
from kdstudio.recipe.choices import StudentChoice
from kdstudio.training.batches import Tensors
from kdstudio.training.opened import Opened, Opener

NUMBERS = 16_000_000  # logits of a part that are kept at each epoch: 32 MB in half precision
_NO_TOKENS = (
    "Choose a teacher or a student that is a language model: its tokenizer is used. Or name a folder with a tokenizer "
    "as student.tokens."
)


def as_language(opened: Opened, dataset: Dataset, opener: Opener) -> Dataset:
    """Return running text with the tokens of the run's language model as its classes; other data as it is.

    Texts without labels are running text to a language model, and running text is texts without labels to a classifier.
    Raises DataError where no language model is there, ModelError where several would have to agree.
    """
    writers = [member for member in opened.members if member.per_token]
    if dataset.task == NEXT_TOKEN and opened.members and not writers and opened.recipe.task == "auto":
        return without_targets(dataset)
    if writers and dataset.kind == "text" and not dataset.class_names and opened.recipe.task == "auto":
        dataset = as_task(dataset, NEXT_TOKEN)
    if dataset.task != NEXT_TOKEN:
        return dataset
    if len(opened.recipe.teachers) > 1:
        hint = "Choose one teacher, or average the weights of several before."
        raise ModelError("several language models cannot be blended into one teacher yet", hint=hint, where="teachers")
    if not writers and opened.recipe.student.tokens:
        opened.reader = _tokenizer(Path(opened.recipe.student.tokens))
        return replace(dataset, class_names=words_of(opened.reader, opened.reader.vocabulary))
    first = writers[0] if writers else _of_student(opened.recipe.student, opener)
    if first is None:
        raise DataError("this is running text, and nobody says what its tokens are", hint=_NO_TOKENS)
    opened.reader = tokens_of(first)
    return replace(dataset, class_names=vocabulary(first))


def _tokenizer(path: Path) -> TokenPreprocessing:
    """Return the tokenizer in a folder; raises ModelError where there is none."""
    found = tokenizer_in(path if path.is_dir() else path.parent)
    if found is None:
        hint = "Choose a Hugging Face folder, or its tokenizer.json."
        raise ModelError(f"{path.name} has no tokenizer", hint=hint, where="student.tokens")
    return found


def _of_student(choice: StudentChoice, opener: Opener) -> Model | None:
    """Return the language model that the student goes on from, where there is one."""
    if choice.path is None:
        return None
    model = opener.load(Path(choice.path), choice.said)
    return model if model.per_token else None


def agreed(student: Model, teacher: Model | None) -> tuple[Model, Model | None]:
    """Return student and teacher with one tokenizer, whose passages both have places for.

    Raises ModelError where they have different tokens: their answers cannot be compared place by place.
    """
    if teacher is None:
        return student, None
    if not same_tokens(student, teacher):
        message = (
            f"teacher and student have different tokens ({teacher.spec.classes:,} and {student.spec.classes:,}): there "
            "is nothing to compare at a place"
        )
        hint = "Choose a student with the teacher's tokenizer, or one that is made here: it takes the teacher's."
        raise ModelError(message, hint=hint)
    own, other = tokens_of(student), tokens_of(teacher)
    common = other.model_copy(update={"length": min(own.length, other.length)})
    return student.with_preprocessing(common), teacher.with_preprocessing(common)


def spelled(data: Tensors, nll: float | None) -> dict[str, float]:
    """Return what a mean −log p (in nats a token) is as perplexity, and in bits a byte of the text itself.

    Bits a byte can be compared between models with other tokens. Empty for data that is no running text.
    """
    if data.reader is None or nll is None:
        return {}
    tokens, is_asked = data.ahead[data.reader].cpu(), data.is_asked().cpu()
    kept = [row[counts].tolist() for row, counts in zip(tokens, is_asked, strict=True)]
    count, size = sum(map(len, kept)), sum(len(data.reader.text(row).encode()) for row in kept)
    return {"perplexity": math.exp(min(nll, 700.0)), "bits_per_byte": nll / math.log(2) * count / max(1, size)}


def passages_of(data: Tensors) -> Passages:
    """Return the tokens of a part of running text, as the window reads them."""
    assert data.reader is not None
    tokens = data.ahead[data.reader].cpu()
    is_token = tokens != NOTHING
    start = np.concatenate([[0], np.cumsum(is_token.sum(1).numpy())])
    return Passages(data.index.cpu().numpy(), start, tokens[is_token].numpy().astype(np.int32), data.reader.length)


def cut(data: Tensors, name: str) -> list[Problem]:
    """Say how many prompts with their answers are longer than the models have places for."""
    if data.reader is None or data.wanted is None:
        return []
    full = data.reader.lengths(data.ahead[data.reader]) >= data.reader.length
    if not (count := int(full.sum())):
        return []
    message = f"{count:,} of {len(data):,} {name} conversations fill all {data.reader.length} tokens"
    hint = "Of longer ones the beginning of the prompt is left out, and only then the end of the answer."
    return [Problem(message=message, hint=hint, where="data", severity="note")]


def answered_part(data: Tensors, classes: int, name: str) -> tuple[Tensors, list[Problem]]:
    """Return the passages of a part that are answered at each epoch, evenly over the text, and what to tell of it."""
    if data.reader is None:
        return data, []
    places = data.is_asked().sum(1).cpu()
    total, most = int(places.sum()), NUMBERS // classes
    if total <= most:
        return data, []
    count = max(1, int(len(data) * most / total))
    rows = torch.from_numpy(spread(len(data), count))
    told = Problem(
        message=f"{count:,} of {len(data):,} {name} passages are answered ({int(places[rows].sum()):,} of {total:,} "
        "tokens)",
        hint="That is enough for the numbers, and the answers to all would take gigabytes.",
        where="data",
        severity="note",
    )
    return data.only(rows.to(data.targets.device)), [told]
