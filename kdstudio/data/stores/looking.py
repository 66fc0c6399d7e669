"""Looking at every file of a store from several threads, telling meanwhile how far it is."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event

from kdstudio.core.listening import tell
from kdstudio.data.stores import Access, Store

_THREADS = 4
_TICK = 0.1  # seconds between two times that progress is told


def look_at_each(store: Store, step: int, look: Callable[[Access, int], None], doing: str) -> None:
    """Call `look` for every `step`-th file of a store, and tell what is being done and how far it is.

    Raises what `look` raises, and what a listener raises that wants no more.
    """
    count = len(store.names)
    has_ended, done = Event(), [0] * _THREADS

    def run(number: int) -> None:
        with store.access() as access:
            for at in range(number * step, count, step * _THREADS):
                if has_ended.is_set():
                    return
                look(access, at)
                done[number] += 1

    total = len(range(0, count, step))
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="check") as pool:
        working = [pool.submit(run, number) for number in range(_THREADS)]
        try:
            while wait(working, timeout=_TICK).not_done:
                tell(doing, sum(done), total)
            for one in working:
                one.result()
        finally:
            has_ended.set()
