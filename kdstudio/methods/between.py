"""What stands between two layers while they are compared, in words."""

from collections.abc import Sequence


def linear_map(ours: int, theirs: int, *, is_map: bool) -> str:
    """Return the words for a linear map from the student's width to the teacher's."""
    return f"{'1×1 convolution' if is_map else 'linear map'} {ours} → {theirs}"


def averaged(student: Sequence[int], teacher: Sequence[int]) -> str:
    """Return the words for how features meet at the same places: maps (c, h, w), tokens (L, d), vectors (d,)."""
    if len(student) != len(teacher) or (len(student) == 2 and student[0] != teacher[0]):
        return flattened(student, teacher)
    if len(student) == 3 and student[1:] != teacher[1:]:
        size = tuple(min(a, b) for a, b in zip(student[1:], teacher[1:], strict=True))
        sides = (("student’s", student), ("teacher’s", teacher))
        larger = [f"{whose} {_size(shape[1:])}" for whose, shape in sides if tuple(shape[1:]) != size]
        return f"{' and '.join(larger)} averaged to {_size(size)}"
    return ""


def flattened(student: Sequence[int], teacher: Sequence[int]) -> str:
    """Return the words for features that are compared by the mean over their places."""
    whose = [name for name, shape in (("student’s", student), ("teacher’s", teacher)) if len(shape) > 1]
    return f"mean over the {' and the '.join(whose)} places" if whose else ""


def _size(sides: Sequence[int]) -> str:
    return "×".join(map(str, sides))
