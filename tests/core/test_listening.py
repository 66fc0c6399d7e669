import threading

import pytest

from kdstudio.core.events import Progress
from kdstudio.core.listening import Cancelled, heard_by, tell


def test_that_what_is_told_is_heard_in_this_thread_and_until_the_end() -> None:
    heard: list[Progress] = []
    tell("Nobody listens", 1)
    with heard_by(heard.append):
        tell("Listing files", 1000)
        tell("Checking images", 3, 10)
        other = threading.Thread(target=tell, args=("Elsewhere", 1))
        other.start()
        other.join()
    tell("Nobody listens any more", 1)
    assert [(one.doing, one.done, one.total) for one in heard] == [
        ("Listing files", 1000, 0),
        ("Checking images", 3, 10),
    ]


def test_that_a_listener_that_raises_ends_the_work() -> None:
    def stop(_: Progress) -> None:
        raise Cancelled("no more")

    with pytest.raises(Cancelled), heard_by(stop):
        tell("Listing files", 1)
