"""Which part of a file name is its class."""

from itertools import product

import numpy as np
import pytest

from kdstudio.data.sound.name_pattern import official_test, propose

FSDD = [f"recordings/{d}_{s}_{t}.wav" for d, s, t in product(range(10), ("george", "jackson", "theo"), range(8))]


def test_that_the_digit_of_the_spoken_digits_is_proposed_and_the_speaker_named_beside_it():
    found = propose(FSDD)
    assert found is not None
    assert found.labels == tuple(name[11] for name in FSDD)
    assert found.why == ("the first part of the file names (0 in 0_george_0.wav), which has 10 values of 24 files each")
    assert found.others == "the second (george, jackson, theo)"


def test_that_takes_0_to_4_of_the_spoken_digits_are_the_test_part():
    is_test = official_test(FSDD)
    assert is_test is not None
    assert is_test.tolist() == [int(name[:-4].rpartition("_")[2]) < 5 for name in FSDD]


@pytest.mark.parametrize(
    "names",
    [
        [name.replace("_george_", "_ann_").replace("_theo_", "_bob_") for name in FSDD],
        [*FSDD, "noise.wav"],
        [name for name in FSDD if name.endswith("7.wav")],
        [],
    ],
    ids=["other speakers", "another name", "no take of the test part", "nothing"],
)
def test_that_a_test_part_is_not_guessed(names):
    assert official_test(names) is None


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        ([f"{c}_{i:03}.wav" for c in ("cat", "dog") for i in range(5)], "cat dog"),
        ([f"{c}{i}.wav" for c in ("cat", "dog") for i in range(5)], "cat dog"),
        ([f"{i:02}-{c}.wav" for c in ("happy", "sad") for i in range(5)], "happy sad"),
        ([f"set.one {c} {i}.wav" for c in ("a", "b") for i in range(6)], "a b"),
        ([f"20240{i:03}_{c}.wav" for c in ("up", "down") for i in range(5)], "up down"),
    ],
)
def test_that_words_and_numbers_are_told_apart(names, labels):
    found = propose(names)
    assert found is not None
    assert list(dict.fromkeys(found.labels)) == labels.split()


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["a.wav"],
        [f"{i}.wav" for i in range(20)],
        [f"rec_{i:04}.wav" for i in range(20)],
        [f"rec_202401{i // 2:02}_{i:04}.wav" for i in range(20)],
        [f"rare_{i}.wav" if i == 0 else f"usual_{i}.wav" for i in range(100)],
        ["x" * (i + 1) + "_" * (i % 3) + f"{i}.wav" for i in range(20)],
    ],
)
def test_that_names_without_a_class_give_none(names):
    assert propose(names) is None


def test_that_a_few_names_built_otherwise_have_no_label():
    found = propose([*FSDD, "readme.wav"])
    assert found is not None
    assert found.labels[-1] == ""
    assert np.unique(found.labels[:-1]).tolist() == list("0123456789")
