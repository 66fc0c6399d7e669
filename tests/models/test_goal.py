"""How much is pruned for a wished size: enough, and a hundredth less would not be."""

import pytest

from kdstudio.core.errors import ModelError
from kdstudio.models.goal import share_for
from kdstudio.models.measure import measure
from kdstudio.models.pruned import pruned


@pytest.mark.parametrize("what", ["parameters", "macs"])
def test_that_the_smallest_share_that_is_enough_is_found(build, what: str) -> None:
    model = build("small_cnn", seed=1)
    wanted = round(getattr(measure(model), what) * 0.4)
    share = share_for(model, **{what: wanted})
    assert getattr(measure(pruned(model, share)), what) <= wanted
    assert getattr(measure(pruned(model, round(share - 0.01, 2))), what) > wanted


def test_that_what_cannot_be_reached_is_told(build) -> None:
    with pytest.raises(ModelError, match="larger than that"):
        share_for(build("small_cnn", seed=1), parameters=2)
