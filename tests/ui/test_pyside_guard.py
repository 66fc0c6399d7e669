"""PySide6 6.12.0 on Python <= 3.11 drops a reference to None at each of some calls, until the process aborts."""

import sys

import PySide6
import pytest
from PySide6.QtCore import QObject, Signal


class Sender(QObject):
    sent = Signal(object, bool)


def test_that_signals_and_properties_keep_the_references_to_none_and_true(qapp) -> None:
    sender, seen = Sender(), []
    sender.sent.connect(lambda value, flag: seen.append((value, flag)))
    before = sys.getrefcount(None), sys.getrefcount(True)
    for _ in range(2000):
        sender.sent.emit(None, True)
        sender.setProperty("nothing", None)
        sender.property("nothing")
        sender.objectName()
        sender.blockSignals(True)
        sender.blockSignals(False)
    seen.clear()
    if sys.version_info >= (3, 12):
        assert before == (sys.getrefcount(None), sys.getrefcount(True))  # immortal
    else:
        assert sys.getrefcount(None) > before[0] - 500
        assert sys.getrefcount(True) > before[1] - 500


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="the fault is that of Python 3.11 and older alone")
def test_that_the_version_is_none_of_those_that_lose_references() -> None:
    assert PySide6.__version_info__[:2] < (6, 12)
