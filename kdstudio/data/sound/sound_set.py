"""From a store with sound files to a data set: one rate, one length, parts and classes."""

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from kdstudio.core.errors import DataError, Problem
from kdstudio.data.dataset import Dataset, Part
from kdstudio.data.kinds import AudioInputs
from kdstudio.data.labels import AUTO, empty_classes
from kdstudio.data.sound.decoding import Look
from kdstudio.data.sound.files import SoundFiles, SoundListing, list_sounds
from kdstudio.data.sound.labels import labelled
from kdstudio.data.stores import Store

_LONGEST_SECONDS = 30.0
_USUAL_SHARE = 98  # percentile of the lengths that is kept whole
_ASIDE = re.compile(r"(^|/)_[^/]*_/")  # `_background_noise_` of Speech Commands is no class


def sound_set(path: Path, form: str, store: Store, target: str = AUTO) -> Dataset:
    """Return the data set whose sounds lie in the store; `form` names its format, `target` what says the class.

    Raises DataError.
    """
    problems = list(store.problems)
    listing = _without_aside(store, list_sounds(store, problems), problems)
    if not listing.places:
        why = next((problem for problem in problems if "left out" in problem.message), None)
        message = f"{path.name} holds no sound that can be read" + (f": {why.message}" if why else "")
        raise DataError(message, hint=why.hint if why else "Choose a folder or archive with WAV files in it.")
    names = [store.names[at] for at in listing.places]
    wanted = "" if target == AUTO else target
    found = labelled(path, store, names, wanted, problems)
    if not len(found.rows["train"]):
        raise DataError(f"no sound in {path.name} is for training", hint="Check the lists of the parts.")
    looks = [look for look in listing.looks if look is not None]
    rate = _common_rate(looks, problems)
    samples = _common_length(looks, rate, problems)
    places = np.array(listing.places, dtype=np.int64)
    parts = {}
    for name, rows in found.rows.items():
        clips = SoundFiles(store, places[rows], rate)
        own = [names[int(row)] for row in rows]
        sounds = AudioInputs(len(rows), rate, samples, clips.decode, own)
        parts[name] = Part.whole(sounds, found.labels.targets[name])
    used = [int(at) for rows in found.rows.values() for at in places[rows]]
    files = tuple(sorted(set(store.files(used))))
    dataset = Dataset(path, form, found.labels.class_names, parts, files=files, task=found.labels.task)
    problems += found.labels.problems
    if dataset.class_names:
        problems += empty_classes(dataset.class_counts(), dataset.class_names)
    return replace(dataset, problems=tuple(problems))


def _without_aside(store: Store, listing: SoundListing, problems: list[Problem]) -> SoundListing:
    kept = [i for i, at in enumerate(listing.places) if not _ASIDE.search(store.names[at])]
    left = len(listing.places) - len(kept)
    if not left or not kept:
        return listing
    message = f"{left:,} sounds left out: their folder is called like _noise_, which is no class"
    problems.append(Problem(message=message, hint="Rename the folder if it is one.", severity="note"))
    return SoundListing(tuple(listing.places[i] for i in kept), tuple(listing.looks[i] for i in kept))


def _common_rate(looks: list[Look], problems: list[Problem]) -> int:
    """Return the commonest rate, the higher of two; say what is done to the others, and to stereo."""
    rates = Counter(look.rate for look in looks)
    rate = max(rates, key=lambda known: (rates[known], known))
    others = len(looks) - rates[rate]
    if others:
        message = f"{others:,} of {len(looks):,} sounds have another rate: they are brought to {rate / 1000:g} kHz"
        problems.append(Problem(message=message, severity="note"))
    stereo = sum(look.channels > 1 for look in looks)
    if stereo:
        message = f"{stereo:,} of {len(looks):,} sounds have several channels: their average is taken"
        problems.append(Problem(message=message, severity="note"))
    return rate


def _common_length(looks: list[Look], rate: int, problems: list[Problem]) -> int:
    """Return the samples that hold nearly all clips whole; say what is done to the others."""
    lengths = np.array([round(look.frames * rate / look.rate) for look in looks])
    usual = int(np.ceil(np.percentile(lengths, _USUAL_SHARE)))
    samples = max(1, min(usual, round(_LONGEST_SECONDS * rate)))
    if lengths.min() < lengths.max() or samples < usual:
        cut = int((lengths > samples).sum())
        message = (
            f"sounds last {lengths.min() / rate:.2f} to {lengths.max() / rate:.2f} s: all are brought to "
            f"{samples / rate:.2f} s"
        )
        hint = f"{cut:,} lose their end; the others end in silence."
        problems.append(Problem(message=message, hint=hint, severity="note"))
    return samples
