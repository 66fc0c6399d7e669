"""Long work that stops between two blocks once nobody wants its result any more."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_is_wanted: ContextVar[Callable[[], bool] | None] = ContextVar("is_wanted", default=None)


class Abandoned(Exception):
    """Raised out of work whose result is no longer wanted."""


@contextmanager
def while_wanted(is_wanted: Callable[[], bool]) -> Iterator[None]:
    """Let the work inside raise `Abandoned` soon after `is_wanted()` has become False; of this thread alone."""
    token = _is_wanted.set(is_wanted)
    try:
        yield
    finally:
        _is_wanted.reset(token)


def go_on() -> None:
    """Raise `Abandoned` where the result is no longer wanted; `alignment.blocks` asks before each block."""
    is_wanted = _is_wanted.get()
    if is_wanted is not None and not is_wanted():
        raise Abandoned
