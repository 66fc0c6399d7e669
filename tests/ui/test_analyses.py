"""Work off the window's thread: superseded work ends, slow work does not hold up the rest."""

from threading import Event

from kdstudio.analysis.wanted import Abandoned, go_on
from kdstudio.ui.analyses import Analyses


def test_that_superseded_work_ends_at_its_next_block(qtbot):
    analyses, begun, ended, found = Analyses(), Event(), Event(), []

    def long() -> str:
        begun.set()
        try:
            while True:
                go_on()
        except Abandoned:
            ended.set()
            raise

    analyses.submit("lens", long, found.append)
    assert begun.wait(10)
    analyses.submit("lens", lambda: "new", found.append)
    qtbot.waitUntil(lambda: found == ["new"])
    assert ended.is_set()
    analyses.close()


def test_that_slow_work_does_not_hold_up_the_rest(qtbot):
    analyses, free, found = Analyses(), Event(), []
    analyses.submit("all", lambda: free.wait(10), found.append, slow=True)
    analyses.submit("lens", lambda: "quick", found.append)
    qtbot.waitUntil(lambda: found == ["quick"])
    free.set()
    qtbot.waitUntil(lambda: found == ["quick", True])
    analyses.close()


def test_that_work_tells_how_far_it_is_until_it_is_superseded(qtbot):
    analyses, free, told, found = Analyses(), Event(), [], []
    analyses.progressed.connect(lambda key, share: told.append((key, share)))

    def long() -> str:
        go_on(0.25)
        free.wait(10)
        go_on(0.75)
        return "map"

    analyses.submit("map", long, found.append, slow=True)
    qtbot.waitUntil(lambda: told == [("map", 0.25)])
    analyses.submit("map", lambda: "new", found.append)
    free.set()
    qtbot.waitUntil(lambda: found == ["new"])
    assert told == [("map", 0.25)]
    analyses.close()
