"""Long work that stops between two blocks once nobody wants its result any more."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_is_wanted: ContextVar[Callable[[], bool] | None] = ContextVar("is_wanted", default=None)
_told: ContextVar[Callable[[float], None] | None] = ContextVar("told", default=None)


class Abandoned(Exception):
    """Raised out of work whose result is no longer wanted."""


@contextmanager
def while_wanted(is_wanted: Callable[[], bool], told: Callable[[float], None] | None = None) -> Iterator[None]:
    """Let the work inside raise `Abandoned` soon after `is_wanted()` has become False; of this thread alone.

    `told` is called with the share of the work that is done, where the work knows it.
    """
    tokens = _is_wanted.set(is_wanted), _told.set(told)
    try:
        yield
    finally:
        _is_wanted.reset(tokens[0])
        _told.reset(tokens[1])


def go_on(done: float | None = None) -> None:
    """Raise `Abandoned` where the result is no longer wanted, else tell which share of it is `done`, 0 to 1.

    `alignment.blocks` asks before each block.
    """
    is_wanted, told = _is_wanted.get(), _told.get()
    if is_wanted is not None and not is_wanted():
        raise Abandoned
    if told is not None and done is not None:
        told(done)
