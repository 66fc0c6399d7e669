"""Numbers that are equal where inputs are equal, for finding copies. Of large data only a share is looked at."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from kdstudio.core.spread import spread
from kdstudio.data.dataset import ArrayInputs, Part
from kdstudio.data.image.files import ImageFiles
from kdstudio.data.stores import Store
from kdstudio.data.stores.zips import ZipStore

_ARRAY_BYTES = 1024**3
_FILE_BYTES = 256 * 1024**2
_MOST_FILES = 60_000
_READ_BYTES = 64 * 1024**2
_BLOCK = 4096
_THREADS = 4


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """`numbers` (n,) uint64 of the inputs at `positions` (n,) of one part; `looked` of its inputs were compared.

    Inputs that cannot have a copy, because no other has their size, count as looked at and are left out.
    """

    positions: np.ndarray
    numbers: np.ndarray
    looked: int


def fingerprints(parts: dict[str, Part]) -> dict[str, Fingerprints]:
    """Return the fingerprints of all parts, comparable between them."""
    files = {name: part.inputs for name, part in parts.items() if isinstance(part.inputs, ImageFiles)}
    stores = [inputs.store for inputs in files.values()]
    if stores and len(stores) == len(parts) and all(store is stores[0] for store in stores):
        return _of_files(stores[0], {name: inputs.places[parts[name].index] for name, inputs in files.items()})
    return {name: _of_array(part, len(parts)) for name, part in parts.items()}


def _of_array(part: Part, shares: int) -> Fingerprints:
    """Hash the numbers of each input; where the budget does not hold them all, of inputs evenly spread."""
    if not len(part):
        return Fingerprints(np.empty(0, np.int64), np.empty(0, np.uint64), 0)
    is_array = isinstance(part.inputs, ArrayInputs) and part.inputs.divisor is None
    each = max(1, _row_bytes(part))
    most = max(1, (_ARRAY_BYTES if is_array else _READ_BYTES) // shares // each)
    positions = spread(len(part), most)
    blocks = [positions[i : i + _BLOCK] for i in range(0, len(positions), _BLOCK)]
    numbers = np.concatenate([_hashed(part.read(block)) for block in blocks])
    return Fingerprints(positions, numbers, len(positions))


def _row_bytes(part: Part) -> int:
    one = part.read(np.array([0]))
    return len(str(one[0]).encode()) if one.dtype.kind == "O" else one.nbytes


def _hashed(block: np.ndarray) -> np.ndarray:
    """Return a 64-bit number for each row: a sum of its words, each times an odd number of its own (multilinear)."""
    if block.dtype.kind == "O":
        return np.array([_digest(str(value).encode("utf-8", "replace")) for value in block], dtype=np.uint64)
    rows = np.ascontiguousarray(block).reshape(len(block), -1).view(np.uint8)
    padded = np.zeros((len(rows), -(-rows.shape[1] // 8) * 8), dtype=np.uint8)
    padded[:, : rows.shape[1]] = rows
    words = padded.view(np.uint64)
    odd = np.random.PCG64(0).random_raw(words.shape[1]) | np.uint64(1)
    return np.asarray((words ^ (words >> np.uint64(29))) @ odd, dtype=np.uint64)


def _of_files(store: Store, places: dict[str, np.ndarray]) -> dict[str, Fingerprints]:
    """Compare files by size first, and only those of one size by content; a zip has a checksum of each."""
    if isinstance(store, ZipStore):
        numbers = (store.sizes.astype(np.uint64) << np.uint64(32)) | store.sums.astype(np.uint64)
        return {name: Fingerprints(np.arange(len(at)), numbers[at], len(at)) for name, at in places.items()}
    every = np.unique(np.concatenate(list(places.values())))
    sizes = np.array([store.size(int(at)) for at in every], dtype=np.int64)
    _, group, counts = np.unique(sizes, return_inverse=True, return_counts=True)
    candidates = np.flatnonzero(counts[group] > 1)
    candidates = candidates[np.argsort(sizes[candidates], kind="stable")]
    total = np.cumsum(sizes[candidates])
    within = candidates[: min(_MOST_FILES, int(np.searchsorted(total, _FILE_BYTES)))]
    skipped = set(every[np.setdiff1d(candidates, within)].tolist())
    found = dict(zip(every[within].tolist(), _contents(store, every[within].tolist()), strict=True))
    made = {}
    for name, at in places.items():
        positions = np.array([i for i, place in enumerate(at.tolist()) if place in found], dtype=np.int64)
        numbers = np.array([found[place] for place in at[positions].tolist()], dtype=np.uint64)
        made[name] = Fingerprints(positions, numbers, sum(place not in skipped for place in at.tolist()))
    return made


def _contents(store: Store, places: Sequence[int]) -> list[int]:
    def digests(start: int) -> list[int]:
        with store.access() as access:
            return [_digest(access.read(at)) for at in places[start : start + 512]]

    with ThreadPoolExecutor(_THREADS, thread_name_prefix="compare") as pool:
        return [number for group in pool.map(digests, range(0, len(places), 512)) for number in group]


def _digest(content: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little")
