"""Sounds in folders and archives, written by scipy, the standard library and by hand, and what is wrong with some."""

import struct
import tarfile
import time
import zipfile
from itertools import product

import numpy as np
import pytest
from scipy.io import wavfile

from kdstudio.core.errors import DataError
from kdstudio.data.inspect import inspect
from kdstudio.data.kinds import AudioInputs
from kdstudio.data.read import read
from kdstudio.data.sniff import sniff
from kdstudio.data.sound import decoding as sounds
from kdstudio.data.sound import files as sound_files


def tone(pitch, seconds=0.1, rate=8000):
    return (0.5 * np.sin(2 * np.pi * pitch * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def write(path, samples=None, rate=8000):
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = tone(440, rate=rate) if samples is None else samples
    wavfile.write(path, rate, np.round(samples * 32767).astype(np.int16))
    return path


@pytest.fixture
def folder(tmp_path):
    """up and down with four clips each; clip i of `up` is i + 1 hundredths of a second long."""
    root = tmp_path / "Töne"
    for i in range(4):
        write(root / "up" / f"{i}.wav", tone(440, (i + 1) / 100))
        write(root / "down" / f"{i}.wav", tone(220, 0.04))
    return root


def clip(dataset, position, part="train"):
    return dataset.parts[part].read(np.array([position]))[0]


def said(dataset):
    return "\n".join(f"{problem.message} {problem.hint}" for problem in dataset.problems)


def test_that_class_folders_become_classes_and_clips_one_length(folder):
    dataset = read(folder)
    assert dataset.kind == "audio"
    assert dataset.format == "sound folder"
    assert dataset.class_names == ("down", "up")
    assert dataset.parts["train"].targets.tolist() == [0] * 4 + [1] * 4
    assert dataset.input_shape == (320,)
    inputs = dataset.parts["train"].inputs
    assert isinstance(inputs, AudioInputs)
    assert inputs.rate == 8000
    first = clip(dataset, 4)
    np.testing.assert_allclose(first[:80], tone(440, 0.01), atol=1e-4)
    assert not first[80:].any()
    assert "sounds last 0.01 to 0.04 s: all are brought to 0.04 s" in said(dataset)


def test_that_the_98th_of_a_hundred_lengths_is_kept(tmp_path):
    for i in range(100):
        write(tmp_path / f"{'ab'[i % 2]}_{i}.wav", tone(440, 2.0 if i == 7 else 0.05))
    dataset = read(tmp_path)
    assert dataset.input_shape == (400,)
    assert "1 lose their end" in said(dataset)


def test_that_parts_are_found_in_folders(folder, tmp_path):
    (tmp_path / "whole").mkdir()
    folder.rename(tmp_path / "whole" / "train")
    write(tmp_path / "whole" / "test" / "up" / "x.wav")
    dataset = read(tmp_path / "whole")
    assert {name: len(part) for name, part in dataset.parts.items()} == {"train": 8, "test": 1}
    assert dataset.parts["test"].targets.tolist() == [1]


def test_that_lists_of_parts_are_followed_and_background_noise_is_no_class(folder):
    (folder / "testing_list.txt").write_text("up/3.wav\ndown/3.wav\n")
    (folder / "validation_list.txt").write_text("up/2.wav\nnot/there.wav\n")
    write(folder / "_background_noise_" / "pink.wav")
    dataset = read(folder)
    assert {name: len(part) for name, part in dataset.parts.items()} == {"train": 5, "validation": 1, "test": 2}
    assert dataset.class_names == ("down", "up")
    assert "testing_list.txt, validation_list.txt" in said(dataset)
    assert "_background_noise_" not in dataset.class_names
    assert "1 sounds left out: their folder" in said(dataset)


@pytest.mark.parametrize(("name", "separator"), [("labels.csv", ","), ("labels.tsv", "\t"), ("meta.csv", ";")])
def test_that_a_table_labels_the_sounds(tmp_path, name, separator):
    rows = [("file", "emotion"), *((f"clip{i}.wav", ("sad", "glad")[i % 2]) for i in range(6))]
    for i in range(6):
        write(tmp_path / "data" / f"clip{i}.wav")
    (tmp_path / "data" / name).write_text("\n".join(separator.join(row) for row in rows), encoding="utf-8")
    dataset = read(tmp_path / "data")
    assert dataset.class_names == ("glad", "sad")
    assert dataset.parts["train"].targets.tolist() == [1, 0] * 3
    assert f"labels are taken from {name}, column emotion" in said(dataset)


def test_that_a_table_may_say_the_part_and_leave_sounds_out(tmp_path):
    rows = ["file,label,split", *(f"{i}.wav,{i % 2},{'test' if i > 5 else 'train'}" for i in range(8))]
    for i in range(9):
        write(tmp_path / "x" / f"{i}.wav")
    (tmp_path / "x" / "labels.csv").write_text("\n".join(rows))
    dataset = read(tmp_path / "x")
    assert {name: len(part) for name, part in dataset.parts.items()} == {"train": 7, "test": 2}
    assert "1 sounds are not named in labels.csv" in said(dataset)


def test_that_the_file_names_label_sounds_and_say_so(tmp_path):
    for digit, speaker, take in product(range(3), ("george", "theo"), range(7)):
        write(tmp_path / "recordings" / f"{digit}_{speaker}_{take}.wav")
    dataset = read(tmp_path)
    assert dataset.class_names == ("0", "1", "2")
    assert {name: len(part) for name, part in dataset.parts.items()} == {"train": 12, "test": 30}
    assert "the first part of the file names (0 in 0_george_0.wav)" in said(dataset)
    assert "labels.csv" in said(dataset)
    assert "takes 0 to 4 are the test part" in said(dataset)


def test_that_sounds_without_labels_are_a_transfer_set(tmp_path):
    for i in range(3):
        write(tmp_path / f"{i}.wav")
    dataset = read(tmp_path)
    assert dataset.class_names == ()
    assert dataset.parts["train"].targets.tolist() == [-1] * 3
    assert "no labels" in said(dataset)


def test_that_other_rates_are_brought_to_the_commonest_and_stereo_is_averaged(folder):
    long = tone(440, 0.03, 44_100)
    path = write(folder / "up" / "9.wav", np.stack([long, long], axis=1), 44_100)
    dataset = read(folder)
    assert path.exists()
    assert "1 of 9 sounds have another rate: they are brought to 8 kHz" in said(dataset)
    assert "1 of 9 sounds have several channels" in said(dataset)
    np.testing.assert_allclose(clip(dataset, 8)[20:200], tone(440, 0.03)[20:200], atol=0.02)


@pytest.mark.parametrize("form", ["zip", "tar.gz"])
@pytest.mark.usefixtures("cache")
def test_that_an_archive_is_read_without_being_unpacked(folder, tmp_path, form):
    path = tmp_path / f"clips.{form}"
    if form == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(folder.rglob("*.wav")):
                archive.write(file, file.relative_to(folder))
            archive.writestr("../../evil.wav", b"RIFF")
    else:
        with tarfile.open(path, "w:gz") as archive:
            archive.add(folder, "clips")
    before = set(tmp_path.iterdir())
    assert sniff(path).role == "data"
    ours, theirs = read(path), read(folder)
    assert ours.class_names == theirs.class_names
    np.testing.assert_array_equal(ours.parts["train"].read(np.arange(8)), theirs.parts["train"].read(np.arange(8)))
    assert set(tmp_path.iterdir()) - before <= {tmp_path / "cache"}
    assert ("unsafe names" in said(ours)) == (form == "zip")


def test_that_spoiled_sounds_are_left_out_with_the_reason(folder):
    whole = (folder / "up" / "0.wav").read_bytes()
    (folder / "up" / "text.wav").write_text("not a sound")
    (folder / "up" / "header.wav").write_bytes(whole[:30])
    (folder / "up" / "empty.wav").write_bytes(b"")
    (folder / "up" / "huge.wav").write_bytes(whole[:40] + struct.pack("<I", 2**31) + whole[44:])
    (folder / "up" / "silent.wav").write_bytes(whole[:40] + struct.pack("<I", 0))
    dataset = read(folder)
    assert len(dataset.parts["train"]) == 9
    told = said(dataset)
    assert "2 sounds left out: empty.wav, text.wav (it is no sound file)" in told
    assert "1 sound left out: header.wav (it ends within its header)" in told
    assert "1 sound left out: silent.wav (it holds no samples)" in told
    assert "1 sounds are shorter than their headers say: huge.wav" in told
    assert np.isfinite(dataset.parts["train"].read(np.arange(9))).all()


def test_that_floats_that_are_no_numbers_do_no_harm(folder):
    wavfile.write(folder / "up" / "nan.wav", 8000, np.full(200, np.nan, dtype=np.float32))
    dataset = read(folder)
    assert np.isfinite(dataset.parts["train"].read(np.arange(9))).all()


def test_that_a_folder_with_nothing_to_hear_is_refused_with_the_reason(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"RIFF\0\0\0\0WAVE")
    with pytest.raises(DataError, match=r"no sound that can be read.*within its header"):
        read(tmp_path)


def test_that_a_sound_that_vanished_is_named(folder):
    dataset = read(folder)
    (folder / "up" / "0.wav").unlink()
    with pytest.raises(DataError, match=r"0\.wav"):
        clip(dataset, 4)


def test_that_a_sound_that_was_exchanged_is_named(folder):
    dataset = read(folder)
    (folder / "up" / "0.wav").write_bytes(b"RIFF and no more")
    with pytest.raises(DataError, match=r"0\.wav cannot be read: it is no sound file"):
        clip(dataset, 4)


@pytest.mark.parametrize(("suffix", "form"), [("flac", "FLAC"), ("ogg", "OGG"), ("mp3", "MP3"), ("aiff", "AIFF")])
def test_that_soundfile_reads_what_it_wrote(tmp_path, suffix, form):
    soundfile = pytest.importorskip("soundfile", reason="needs the optional package soundfile")
    for name, i in product("ab", range(4)):
        soundfile.write(tmp_path / f"{name}_{i}.{suffix}", tone(440, 0.5), 8000, format=form)
    dataset = read(tmp_path)
    assert dataset.class_names == ("a", "b")
    power = np.abs(np.fft.rfft(clip(dataset, 0)[:4000]))
    assert abs(int(power.argmax()) - 220) <= 1


def test_that_without_soundfile_it_is_said_what_to_install(folder, monkeypatch):
    (folder / "up" / "a.flac").write_bytes(b"fLaC" + bytes(60))
    monkeypatch.setitem(__import__("sys").modules, "soundfile", None)
    dataset = read(folder)
    assert len(dataset.parts["train"]) == 8
    assert 'a.flac (it is FLAC, which needs the package soundfile) Install it with: pip install "kdstudio[audio]"' in (
        said(dataset)
    )


def test_that_of_very_many_files_a_share_is_checked(folder, monkeypatch):
    monkeypatch.setattr(sound_files, "_MOST_LOOKED", 4)
    (folder / "up" / "zz.txt").write_text("a note")
    dataset = read(folder)
    assert len(dataset.parts["train"]) == 8
    assert "there are 9 files: one in 3 was checked" in said(dataset)


def test_that_resampling_keeps_a_tone_and_its_length():
    changed = sounds.resample(tone(440, 1, 44_100), 44_100, 8000)
    assert len(changed) == 8000
    np.testing.assert_allclose(changed[100:-100], tone(440, 1)[100:-100], atol=0.01)
    assert len(sounds.resample(tone(440, 1, 44_100), 44_101, 44_100)) == pytest.approx(44_100, abs=50)


def test_that_inspect_says_what_it_is(folder):
    item = inspect(folder)
    assert item.role == "data"
    assert item.title == "8 sounds · 0.04 s at 8 kHz · 2 classes"
    assert item.input_shape == (320,)


def test_that_a_single_sound_is_named_as_such(folder):
    assert "a single WAV sound" in sniff(folder / "up" / "0.wav").reason


def test_that_the_spoken_digits_are_listed_quickly(real_data):
    path = real_data("fsdd.zip")
    began = time.process_time()  # of all threads, whoever else uses the machine
    dataset = read(path)
    taken = time.process_time() - began
    assert {name: len(part) for name, part in dataset.parts.items()} == {"train": 2700, "test": 300}
    assert dataset.class_names == tuple("0123456789")
    assert dataset.class_counts().tolist() == [270] * 10
    assert dataset.class_counts("test").tolist() == [30] * 10
    assert dataset.input_shape == (6406,)
    assert taken < 2


def test_that_a_person_may_choose_the_part_of_the_names_or_the_column(tmp_path):
    for digit, speaker, take in product(range(3), ("ann", "bob"), range(4)):
        write(tmp_path / "x" / f"{digit}_{speaker}_{take}.wav")
    assert "It could be the second (ann, bob), too: set data.target to that word." in said(read(tmp_path / "x"))
    assert read(tmp_path / "x", "second").class_names == ("ann", "bob")
    names = sorted(file.name for file in (tmp_path / "x").iterdir())
    rows = ["file,label,room", *(f"{name},{i % 2},{'hall' if i % 3 else 'bath'}" for i, name in enumerate(names))]
    (tmp_path / "x" / "labels.csv").write_text("\n".join(rows))
    assert read(tmp_path / "x").class_names == ("0", "1")
    assert read(tmp_path / "x", "room").class_names == ("bath", "hall")
    assert read(tmp_path / "x", "first").class_names == ("0", "1", "2")
    with pytest.raises(DataError, match="not found in 'ninth'"):
        read(tmp_path / "x", "ninth")
