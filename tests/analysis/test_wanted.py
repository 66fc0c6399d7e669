"""Work ends between two blocks once its result is not wanted."""

import pytest

from kdstudio.analysis.wanted import Abandoned, go_on, while_wanted


def test_that_work_goes_on_until_its_result_is_not_wanted():
    is_wanted = [True]
    go_on()
    with while_wanted(lambda: is_wanted[0]):
        go_on()
        is_wanted[0] = False
        with pytest.raises(Abandoned):
            go_on()
    go_on()
