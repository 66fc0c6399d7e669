import json
import time

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter

from kdstudio.data.dataset import Part
from kdstudio.data.kinds import TextInputs
from kdstudio.models.preprocessing.fit import Stored, fitted
from kdstudio.models.preprocessing.text import LONGEST, PADDING, UNKNOWN, WordPreprocessing, split

TEXTS = ("A good film .", "a good day", "It's a bad film", "", "good good good", "day")


def part(texts):
    return Part.whole(TextInputs(texts), np.zeros(len(texts)))


@pytest.fixture
def words():
    return WordPreprocessing.of(part(TEXTS))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Don't stop!", ["don't", "stop", "!"]),
        ("it’s dogs' k-19", ["it’s", "dogs", "'", "k", "-", "19"]),
        ("naïve CAFE\u0301", ["naïve", "cafe\u0301"]),
        ("我爱你 much", ["我", "爱", "你", "much"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        (" \t\n ", []),
    ],
)
def test_that_a_text_is_split_into_words_of_any_script(text, found):
    assert split(text) == found


def test_that_words_that_occur_twice_are_numbered_by_how_often_they_do(words):
    assert words.words == ("good", "a", "day", "film")
    assert words.shape == (8, 6)


def test_that_texts_become_numbers_with_padding_behind(words):
    numbers = words.apply(words.raw(np.array(["good unheard film", "", "a " * 20], dtype=object)))
    assert numbers.dtype == torch.int64
    assert numbers[0].tolist() == [2, UNKNOWN, 5, 0, 0, 0, 0, 0]
    assert numbers[1].tolist() == [PADDING] * 8
    assert numbers[2].tolist() == [3] * 8


def test_that_a_batch_is_trimmed_to_its_longest_text(words):
    numbers = words.apply(np.array(["good film", "a", ""], dtype=object))
    assert torch.equal(words.trimmed(numbers), numbers[:, :2])
    assert words.trimmed(numbers[2:]).shape == (1, 1)


def test_that_the_vocabulary_is_that_of_the_training_part_alone():
    inputs = TextInputs(("one one", "two two"))
    assert fitted(Part.whole(inputs, np.zeros(2)).subset(np.array([0]))).words == ("one",)


def test_that_it_is_stored_and_read_back(words):
    again = TypeAdapter(Stored).validate_python(json.loads(words.model_dump_json()))
    assert again == words
    assert hash(again) == hash(words)


def test_that_a_graph_is_fed_with_numbers_and_a_mask(words):
    fed = words.feed(np.array(["good film", ""], dtype=object))
    assert {name: values.dtype for name, values in fed.items()} == {"input_ids": np.int64, "attention_mask": np.int64}
    assert fed["attention_mask"].sum(1).tolist() == [2, 0]
    unmasked = torch.full((1, 3), 4)
    assert words.in_graph(unmasked, torch.tensor([[1, 1, 0]])).tolist() == [[4, 4, 0]]


def test_that_texts_without_any_word_twice_and_very_long_ones_work():
    assert WordPreprocessing.of(part(("one two", "three"))).shape == (8, 2)
    assert WordPreprocessing.of(part(("word " * 10_000,))).length == LONGEST
    assert WordPreprocessing.of(part(())).shape == (8, 2)


@pytest.mark.slow
def test_that_seventy_thousand_sentences_are_prepared_in_seconds():
    texts = [f"the film number {i} is a stirring , funny and finally word{i % 9000} thing" for i in range(70_000)]
    start = time.process_time()
    words = WordPreprocessing.of(part(texts))
    words.apply(np.array(texts, dtype=object))
    assert time.process_time() - start < 6  # 1 s on a quiet machine


def test_that_a_megabyte_without_a_space_does_not_hang():
    for letter in ("a", "'", "a'", "\u0301", "a\u0301", "ก"):
        start = time.process_time()
        split(letter * 500_000)
        assert time.process_time() - start < 3
