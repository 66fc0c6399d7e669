"""Sounds in files: which files of a store are sounds, found by their headers, and their samples row by row."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

import numpy as np

from kdstudio.core.errors import DataError, Problem
from kdstudio.data.labels import listed
from kdstudio.data.sound import decoding as sounds
from kdstudio.data.sound.decoding import Look, has_sound_name, sound_kind
from kdstudio.data.stores import Access, Store
from kdstudio.data.stores.looking import look_at_each

LARGEST_BYTES = 256 * 1024**2  # a quarter of an hour of CD quality is a recording and no clip
_MOST_LOOKED = 50_000  # headers that are read: about five seconds
_MOST_REASONS = 5
_LEFT = "Repair or remove them to be rid of this message."


@dataclass(frozen=True, slots=True)
class SoundListing:
    """The sounds of a store that can be read: their `places` in it, and what the header of each tells.

    `looks` has None where there are too many files to look at each.
    """

    places: tuple[int, ...]
    looks: tuple[Look | None, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class SoundFiles:
    """Decodes clips: row i is file `places[i]` of the store, brought to `rate`."""

    store: Store
    places: np.ndarray
    rate: int

    def decode(self, row: int) -> np.ndarray:
        """Return the mono samples (S,) float32 in −1..1 of one clip; raises DataError that names the file."""
        at = int(self.places[row])
        name = str(self.store.path.joinpath(*self.store.names[at].split("/")))
        with self.store.access() as access:
            samples, rate = sounds.decode(access.read(at), name)
        return sounds.resample(samples, rate, self.rate)


def list_sounds(store: Store, problems: list[Problem]) -> SoundListing:
    """Find the sounds of a store by name and header, and tell in `problems` what was left out, and why."""
    count = len(store.names)
    step = -(-count // _MOST_LOOKED)
    found: list[Look | str | None] = [None] * count
    if step > 1:
        message = f"there are {count:,} files: one in {step} was checked, and the names of the others believed"
        problems.append(Problem(message=message, severity="note"))

    def look(access: Access, at: int) -> None:
        found[at] = _look(access, store, at)

    look_at_each(store, max(1, step), look, "Reading the headers of sounds")
    is_believed = [step > 1 and at % step != 0 and has_sound_name(store.names[at]) for at in range(count)]
    kept = [at for at in range(count) if isinstance(found[at], Look) or is_believed[at]]
    _tell_left_out(store, found, problems)
    looks = [found[at] for at in kept]
    cut = [store.names[at].rpartition("/")[2] for at in kept if isinstance(look_ := found[at], Look) and look_.is_cut]
    if cut:
        message = f"{len(cut):,} sounds are shorter than their headers say: {listed(cut)}"
        problems.append(Problem(message=message, hint="Copy them again: they are cut off.", severity="warning"))
    return SoundListing(tuple(kept), tuple(seen if isinstance(seen, Look) else None for seen in looks))


def _look(access: Access, store: Store, at: int) -> Look | str | None:
    """Return what the header of a file tells, or why it cannot be read; None for a file that is no sound."""
    is_named = has_sound_name(store.names[at])
    try:
        start, _ = access.ends(at)
        if not is_named and sound_kind(start) is None:
            return None
        size = store.size(at)
        if size > LARGEST_BYTES:
            return "larger than 256 MB: cut it into clips"
        look = sounds.measure(start, size, lambda: access.read(at))
    except DataError as error:
        return error.message
    return look if look.frames else "it holds no samples"


def _tell_left_out(store: Store, found: list[Look | str | None], problems: list[Problem]) -> None:
    """Tell the commonest reasons, and the rest together."""
    reasons = Counter(reason for reason in found if isinstance(reason, str))
    told = {reason for reason, _ in reasons.most_common(_MOST_REASONS)}
    names: dict[str, list[str]] = defaultdict(list)
    for at, reason in enumerate(found):
        if isinstance(reason, str):
            names[reason if reason in told else "damaged in other ways"].append(store.names[at].rpartition("/")[2])
    for reason, which in names.items():
        message = f"{len(which):,} sound{'' if len(which) == 1 else 's'} left out: {listed(which)} ({reason})"
        hint = sounds.INSTALL if sounds.PACKAGE in reason else _LEFT
        problems.append(Problem(message=message, hint=hint, severity="warning"))
