"""What a method needs that a draft does not give, in words; and the layers that it may compare."""

from collections.abc import Sequence

from kdstudio.core.targets import WORDS
from kdstudio.recipe.problems import Entry
from kdstudio.ui.draft import Draft

EMBEDDING = "embedding"  # what goes into the classifier, whatever that is called
NO_TEACHER = "Needs a teacher: choose one first."


def unmet(entry: Entry, draft: Draft) -> str:
    """Return why a method cannot be used with what the draft has, or nothing."""
    if entry.needs_teacher and not draft.value["teachers"]:
        return NO_TEACHER
    return unmet_by_files(entry, draft)


def unmet_by_files(entry: Entry, draft: Draft) -> str:
    """Return the same where a teacher may still be chosen."""
    if reason := other_task(entry, draft):
        return reason
    if entry.needs_labels and not has_labels(draft):
        return "Needs labels, and there are none."
    return _unseen(draft) if entry.needs_layers and entry.needs_teacher else ""


def other_task(entry: Entry, draft: Draft) -> str:
    """Return why a method does not fit what there is to answer, or nothing."""
    if draft.task in entry.tasks:
        return ""
    return f"Made for {' or '.join(WORDS[task] for task in entry.tasks)}: this data has {WORDS[draft.task]}."


def _unseen(draft: Draft) -> str:
    """Return why the layers of the teacher cannot be compared with, or nothing."""
    teacher = draft.item("teacher")
    if draft.teacher_is_answers:
        return "Compares layers: stored answers have none."
    if sum(bool(one.get("path")) for one in draft.value["teachers"]) > 1:
        return "Compares layers: those of several teachers are not one."
    if teacher is not None and teacher.parameters and not teacher.layers:
        return "Compares layers, and this teacher’s cannot be seen."
    return ""


def has_labels(draft: Draft) -> bool:
    """Whether the student may see labels, as far as is known."""
    item = draft.item("data")
    return not (item is not None and item.is_unlabelled) and draft.value["data"].get("labelled") != 0


def known_layers(draft: Draft) -> tuple[Sequence[str], Sequence[str]]:
    """Return the layers of student and teacher by name, front to back; empty for one that is not known yet."""
    built = draft.check.student if draft.check is not None else None
    item, teacher = draft.item("student"), draft.item("teacher")
    ours = list(built["layers"]) if built is not None else list(item.layers) if item is not None else []
    theirs = list(teacher.layers) if teacher is not None else []
    if not theirs and any(not choice.get("path") for choice in draft.value["teachers"]):
        theirs = ours  # a peer, the student's own average or its past self
    return [*ours, EMBEDDING] if ours else [], [*theirs, EMBEDDING] if theirs else []
