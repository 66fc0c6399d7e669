"""Who hears how far something long has come that is no generator: listing a folder, reading many small files.

The one that asks for the work listens (`heard_by`), the one that does it tells; between them nothing is handed on. A
listener that raises ends the work.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from kdstudio.core.errors import KdStudioError
from kdstudio.core.events import Progress

Listener = Callable[[Progress], None]
_LISTENER: ContextVar[Listener | None] = ContextVar("listener", default=None)


class Cancelled(KdStudioError):
    """The person does not want it any more; nothing is wrong."""


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """Let `listener` hear what is told in this thread until the block ends."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def tell(doing: str, done: int, total: int = 0) -> None:
    """Say that `done` of `total` are done; a total of 0 is one that is not known yet. May raise to end the work."""
    listener = _LISTENER.get()
    if listener is not None:
        listener(Progress(done=done, total=total, doing=doing))
