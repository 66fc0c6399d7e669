"""From a list of image files to a data set: parts and classes from folders or from a table, or no labels at all."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from kdstudio.core.errors import DataError, Problem
from kdstudio.data.dataset import Dataset, Part
from kdstudio.data.image.files import ImageFiles, Shape, shape_of
from kdstudio.data.image.listing import Listing
from kdstudio.data.image.targets import Found, left_out, targets
from kdstudio.data.labels import AUTO, empty_classes
from kdstudio.data.stores import Store


def image_set(path: Path, form: str, listing: Listing, target: str = AUTO) -> Dataset:
    """Return the data set at `path` whose images are listed; `form` names its format. Raises DataError.

    `target` is the column of the classes in a table beside the images.
    """
    store, problems = listing.store, list(listing.problems)
    candidates = np.sort(np.concatenate([listing.images, listing.broken]))
    if not len(candidates):
        raise DataError(f"{path.name} holds no images", hint="Choose a folder or archive with images in it.")
    names = [store.names[int(at)] for at in candidates]
    found = targets(path, store, names, "" if target == AUTO else target, problems)
    found = replace(found, places={split: candidates[places] for split, places in found.places.items()})
    found = _readable(found, listing, problems)
    if not len(found.places["train"]):
        raise DataError(f"none of the training images in {path.name} can be read", hint="Copy them again.")
    shape = shape_of(store, np.concatenate(list(found.places.values())), problems)
    dataset = _dataset(path, form, store, found, shape)
    problems += found.labels.problems
    if dataset.class_names:
        problems += empty_classes(dataset.class_counts(), dataset.class_names)
    return replace(dataset, problems=tuple(problems))


def _dataset(path: Path, form: str, store: Store, found: Found, shape: Shape) -> Dataset:
    parts = {
        split: Part.whole(ImageFiles(store, places, shape), found.labels.targets[split])
        for split, places in found.places.items()
        if len(places)
    }
    used = np.unique(np.concatenate(list(found.places.values())))
    files = tuple(sorted(store.files([int(at) for at in used])))
    names = found.labels.class_names
    task = found.labels.task
    return Dataset(path, form, names, parts, files=files, target=found.target, columns=found.columns, task=task)


def _readable(found: Found, listing: Listing, problems: list[Problem]) -> Found:
    used = np.concatenate(list(found.places.values()))
    broken = np.intersect1d(used, listing.broken)
    if not len(broken):
        return found
    names = [listing.store.names[int(at)].rpartition("/")[2] for at in broken]
    problems.append(left_out(len(broken), "cannot be read", names))
    kept = {split: ~np.isin(places, broken) for split, places in found.places.items()}
    kept_targets = {split: found.labels.targets[split][kept[split]] for split in kept}
    places = {split: places[kept[split]] for split, places in found.places.items()}
    return replace(found, places=places, labels=replace(found.labels, targets=kept_targets))
