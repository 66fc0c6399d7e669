"""Conversations as tokens: which are learned, with a chat template and without, and what is cut of long ones."""

from pathlib import Path

import numpy as np
import pytest

from kdstudio.core.errors import ModelError
from kdstudio.data.text.conversation import Conversation, Turn
from kdstudio.models.preprocessing.tokens import NOTHING, TokenPreprocessing, following
from kdstudio.models.source import load
from kdstudio.models.tokenizers import tokenizer_in
from kdstudio.models.values import IGNORE

TEMPLATE = (
    "{% for one in messages %}[{{ one.role }}]{{ one.content | trim }}{{ eos_token }}\n{% endfor %}"
    "{% if add_generation_prompt %}[assistant]{% endif %}"
)


@pytest.fixture(scope="module")
def reader(real_data) -> TokenPreprocessing:
    found = tokenizer_in(real_data("stories260k/hf"))
    assert found is not None
    return found


def exchange(*said: str, **how: bool) -> Conversation:
    turns = [Turn(("user", "assistant")[at % 2], text, at % 2 == 1) for at, text in enumerate(said)]
    return Conversation(turns, **how)


def wanted(reader: TokenPreprocessing, text: str) -> str:
    found = reader.reading(text)
    words = [reader.word(token) or "" for token, counts in zip(found.tokens, found.wanted, strict=True) if counts]
    return "".join(words).replace("▁", " ")


def test_that_without_a_template_the_answer_and_its_end_are_learned(reader: TokenPreprocessing):
    assert wanted(reader, exchange("Who is it?", "It is Tom.")) == "It is Tom.</s>"
    assert wanted(reader, exchange("Who is it?", "It is Tom.", ends=False)) == "It is Tom."
    assert wanted(reader, exchange("Who is", " it?", is_continued=True)) == " it?</s>"


def test_that_the_template_writes_the_turns_and_every_answer_is_learned(reader: TokenPreprocessing):
    written = reader.model_copy(update={"template": TEMPLATE})
    text = exchange("Who is it?", " It is Tom.", "Who?", "It is Tom.")
    assert wanted(written, text) == "It is Tom.</s>" * 2
    found = written.text(list(written.reading(text).tokens))
    assert found.replace(" ", "") == "[user]Whoisit?\n[assistant]ItisTom.\n[user]Who?\n[assistant]ItisTom.\n"


def test_that_an_answer_is_not_sought_in_its_prompt(reader: TokenPreprocessing):
    odd = "{% for one in messages %}{{ one.content }}|{% endfor %}{% if add_generation_prompt %}else{% endif %}"
    text = exchange("Say It is Tom.", "It is Tom.", ends=False)
    found = reader.model_copy(update={"template": odd}).reading(text)
    begin = found.wanted.index(True)
    assert all(found.wanted[begin:])
    assert (found.said, reader.text(found.tokens[begin:])) == ("It is Tom.", "It is Tom.")


def test_that_a_template_that_refuses_is_told(reader: TokenPreprocessing):
    strict = reader.model_copy(update={"template": "{{ raise_exception('roles must alternate') }}"})
    with pytest.raises(ModelError, match="roles must alternate"):
        strict.reading(exchange("a", "b"))


def test_that_targets_are_the_tokens_of_the_answer_alone(reader: TokenPreprocessing):
    texts = np.array([exchange("Who is it?", "It is Tom."), exchange("Say it.", "No.")], dtype=object)
    tokens, learned = reader.apply(texts), reader.wanted(texts)
    assert tokens.shape == learned.shape
    after = following(tokens, learned)
    for row, text in enumerate(("It is Tom.", "No.")):
        targets = [int(one) for one in after[row] if one != IGNORE]
        assert reader.text(targets) == text
        assert (tokens[row] != NOTHING).sum() > len(targets)


def test_that_a_long_prompt_loses_its_beginning_and_keeps_its_answer(reader: TokenPreprocessing):
    short = reader.model_copy(update={"length": 16})
    text = exchange("Once upon a time there was a girl. " * 5, "It is Tom.")
    assert len(short.reading(text).tokens) == 16
    assert wanted(short, text) == "It is Tom.</s>"
    assert sum(short.reading(exchange("Hi", "It is Tom. " * 9)).wanted) == 15


def test_that_template_and_marks_are_read_beside_the_tokenizer_and_kept_with_a_student(real_data, tmp_path: Path):
    import shutil

    folder = tmp_path / "model"
    shutil.copytree(real_data("stories260k/hf"), folder, copy_function=shutil.copyfile)
    folder.chmod(0o755)
    (folder / "chat_template.jinja").write_text(TEMPLATE)
    how = load(folder).preprocessing
    assert isinstance(how, TokenPreprocessing)
    assert (how.template, how.begin, how.end) == (TEMPLATE, "<s>", "</s>")
    assert TokenPreprocessing.model_validate(how.model_dump()) == how
