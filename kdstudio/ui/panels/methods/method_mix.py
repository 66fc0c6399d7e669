"""The methods of a draft as the Basic form shows them: one that asks the teacher, and the labels beside it.

Methods that compare layers have weights of another scale (100, 1000), so that they have no part in the shares.
"""

from typing import Any

from kdstudio.recipe.problems import Catalogue

Methods = list[dict[str, Any]]
LABELS = "hard_labels"


def asks_teacher(choice: dict[str, Any], catalogue: Catalogue) -> bool:
    """Whether a method needs the teacher; before the catalogue is there, all but the labels do."""
    entry = catalogue.method(choice["method"])
    return entry.needs_teacher if entry is not None else choice["method"] != LABELS


def compares_layers(choice: dict[str, Any], catalogue: Catalogue) -> bool:
    """Whether a method compares layers of the student with those of the teacher."""
    entry = catalogue.method(choice["method"])
    return entry is not None and entry.needs_layers and entry.needs_teacher


def main_method(methods: Methods, catalogue: Catalogue) -> int | None:
    """Return the position of the first method that asks the teacher, for its answers if there is one; or None."""
    asking = [i for i, choice in enumerate(methods) if asks_teacher(choice, catalogue)]
    return next((i for i in asking if not compares_layers(methods[i], catalogue)), next(iter(asking), None))


def with_method(methods: Methods, name: str, catalogue: Catalogue) -> Methods:
    """Return the methods with the main one replaced by `name`: the knobs it also has, and as strong.

    As strong is the same multiple of the weight that a method usually has.
    """
    at, entry = main_method(methods, catalogue), catalogue.method(name)
    old = methods[at] if at is not None else {"weight": 1.0}
    known = entry.knobs.get("properties", {}) if entry is not None else {}
    kept = {key: value for key, value in old.items() if key in known}
    if "temperature" in known:
        kept.setdefault("temperature", known["temperature"].get("default", 4.0))
    former = catalogue.method(str(old.get("method", "")))
    usual = (entry.weight if entry is not None else 1.0) / ((former.weight if former is not None else 1.0) or 1.0)
    made = {"method": name, **kept, "weight": round(_weight(old) * usual, 6)}
    return [*methods, made] if at is None else [*methods[:at], made, *methods[at + 1 :]]


def teacher_share(methods: Methods, catalogue: Catalogue) -> float:
    """Return how much of all weight is the teacher's, 0 to 1."""
    methods, _ = _shared(methods, catalogue)
    total = sum(_weight(choice) for choice in methods)
    return sum(_weight(c) for c in methods if asks_teacher(c, catalogue)) / total if total else 0.0


def with_share(methods: Methods, share: float, catalogue: Catalogue) -> Methods:
    """Return the methods weighted anew: their sum stays, and within a side so do the proportions.

    Labels join when they get a share, and leave when they have none: a method of weight 0 would still need labels.
    """
    shared, others = _shared(methods, catalogue)
    total = sum(_weight(choice) for choice in shared) or 1.0
    sides: dict[bool, Methods] = {True: [], False: []}
    for choice in shared:
        sides[asks_teacher(choice, catalogue)].append(choice)
    if share < 1 and not sides[False]:
        methods = [{"method": LABELS, "weight": 1.0}, *methods]
        sides[False] = methods[:1]
    made = []
    for choice in methods:
        is_teacher = asks_teacher(choice, catalogue)
        if choice in others:
            made.append(choice)
            continue
        if not is_teacher and share >= 1:
            continue
        part = _part(choice, sides[is_teacher])
        made.append({**choice, "weight": round(total * (share if is_teacher else 1 - share) * part, 6)})
    return made


def without_labels(methods: Methods, catalogue: Catalogue) -> Methods:
    """Return the methods that need no labels."""
    named = ((choice, catalogue.method(choice["method"])) for choice in methods)
    return [c for c, entry in named if not (entry.needs_labels if entry is not None else c["method"] == LABELS)]


def _shared(methods: Methods, catalogue: Catalogue) -> tuple[Methods, Methods]:
    """Return the methods that share the weight, and those that compare layers beside them."""
    layered = [choice for choice in methods if compares_layers(choice, catalogue)]
    rest = [choice for choice in methods if choice not in layered]
    return (rest, layered) if any(asks_teacher(choice, catalogue) for choice in rest) else (methods, [])


def _weight(choice: dict[str, Any]) -> float:
    weight = choice.get("weight", 1.0)
    return float(weight) if isinstance(weight, int | float) else 0.0


def _part(choice: dict[str, Any], side: Methods) -> float:
    total = sum(_weight(other) for other in side)
    return _weight(choice) / total if total else 1 / len(side)
