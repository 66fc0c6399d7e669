"""How much must be pruned for a student to be no larger, or to compute no more, than is wished."""

from bisect import bisect_left

from kdstudio.core.errors import ModelError
from kdstudio.models.measure import measure
from kdstudio.models.model import Model
from kdstudio.models.pruned import pruned

_SHARES = tuple(percent / 100 for percent in range(1, 100))


def share_for(model: Model, *, parameters: int | None = None, macs: int | None = None) -> float:
    """Return the smallest share of channels, in hundredths, without which the model keeps within both limits.

    `macs` counts multiply–adds for one input. Raises ModelError where no share is enough, or the model cannot be
    pruned.
    """

    def fits(share: float) -> bool:
        costs = measure(pruned(model, share))
        within = parameters is None or costs.parameters <= parameters
        return within and (macs is None or (costs.macs is not None and costs.macs <= macs))

    found = bisect_left(_SHARES, True, key=fits)
    if found == len(_SHARES):
        message = "even with 99 % of its channels taken out the student is larger than that"
        raise ModelError(message, hint="Wish for more, or train a student of another architecture.")
    return _SHARES[found]
