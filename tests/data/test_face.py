"""What is shown of an input: text as it is, cells by name, sound as a picture of its pitches."""

import numpy as np
import pytest

from kdstudio.data.dataset import ArrayInputs
from kdstudio.data.face import MISSING, cells, face
from kdstudio.data.kinds import AudioInputs, Column, TableInputs, TextInputs
from kdstudio.data.spectrogram import BANDS, COLUMNS, spectrogram

COLUMNS_OF = (Column("age"), Column("work", ("private", "state")), Column("hours"))


def test_that_an_image_is_its_own_picture():
    array = np.arange(48, dtype=np.uint8).reshape(1, 3, 4, 4)
    inputs = ArrayInputs(array)
    seen = face(inputs, inputs.read(np.array([0]))[0])
    assert np.array_equal(seen.picture, array[0])
    assert seen.is_picture
    assert seen.line == seen.whole == ""


def test_that_a_text_is_one_line_and_keeps_its_own():
    inputs = TextInputs(["one\n  two\tthree"])
    seen = face(inputs, inputs.read(np.array([0]))[0])
    assert (seen.line, seen.whole) == ("one two three", "one\n  two\tthree")
    assert not seen.is_picture


def test_that_categories_have_their_names_and_what_lacks_is_a_dash():
    inputs = TableInputs(np.array([[39, 1, np.nan], [-2.5, np.nan, 1234567]], np.float32), COLUMNS_OF)
    first, second = (face(inputs, value) for value in inputs.read(np.array([0, 1])))
    assert first.cells == (("age", "39"), ("work", "state"), ("hours", MISSING))
    assert second.cells == (("age", "−2.5"), ("work", MISSING), ("hours", "1\N{THIN SPACE}234\N{THIN SPACE}567"))
    assert first.line == "age 39 · work state · hours –"
    assert first.whole == "age: 39\nwork: state\nhours: –"


def test_that_a_code_without_a_name_is_missing_and_numbered_columns_lose_their_names_in_a_line():
    assert cells(COLUMNS_OF[1:2], np.array([7.0])) == (("work", MISSING),)
    inputs = TableInputs(np.array([[1, 2]], np.float32), (Column("column 1"), Column("column 2")))
    assert face(inputs, inputs.read(np.array([0]))[0]).line == "1 · 2"


def test_that_a_sound_ends_where_its_silence_begins():
    clip = np.concatenate([np.sin(np.arange(4000)), np.zeros(4000)]).astype(np.float32)
    inputs = AudioInputs(1, 8000, 8000, lambda _: clip)
    seen = face(inputs, inputs.read(np.array([0]))[0])
    assert (len(seen.sound), seen.rate, seen.seconds) == (4000, 8000, 0.5)
    assert seen.picture.shape == (1, BANDS, COLUMNS)


@pytest.mark.parametrize("rate", [1000, 8000, 44_100])
def test_that_a_tone_is_one_bright_line_and_a_higher_one_lies_above_it(rate: int):
    times = np.arange(rate) / rate
    rows = []
    for pitch in (rate / 16, rate / 5):
        picture = spectrogram(np.sin(2 * np.pi * pitch * times).astype(np.float32), rate)[0]
        assert picture.min() >= 0
        assert picture.max() == 1
        rows.append(int(picture.mean(axis=1).argmax()))
        assert (picture > 0.9).any(axis=0)[5:-5].all()  # it sounds all the time, and there is nothing around it
        assert (picture > 0.9).mean() < 0.2
    assert rows[1] < rows[0]


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros(8000), np.full(10, np.nan), np.array([0.5])])
def test_that_silence_and_crumbs_give_a_picture_too(samples: np.ndarray):
    picture = spectrogram(samples, 8000)
    assert picture.shape == (1, BANDS, COLUMNS)
    assert np.isfinite(picture).all()
