"""What is measured at each place of a language model's passages, and of one passage in words."""

from dataclasses import dataclass

import numpy as np

from kdstudio.core.passages import Passages
from kdstudio.ui.panels.understand.seen import Seen
from kdstudio.ui.widgets.painting import number as figure
from kdstudio.ui.widgets.painting import percent

KINDS = {"kl": "KL", "teacher": "Teacher’s surprise", "student": "Student’s surprise"}


@dataclass(frozen=True, slots=True)
class Facts:
    """One passage in figures: share of places with the same likeliest token, mean KL, perplexities."""

    same: str
    kl: str
    teacher: str
    student: str
    baseline: str


@dataclass(frozen=True, slots=True)
class TokenNumbers:
    """Values by place (T,), in the order of the passages, NaN where nothing is known.

    `surprise` is −log p of the token that follows at temperature 1, by learner; `kl` KL(teacher ‖ student). Where a
    token is that of a prompt nobody was asked: `asked` (T,) is false.
    """

    kl: np.ndarray
    surprise: dict[str, np.ndarray]
    same: np.ndarray
    asked: np.ndarray

    def values(self, kind: str) -> np.ndarray:
        """Return the values of one of `KINDS`."""
        nothing = np.full(len(self.kl), np.nan)
        return self.kl if kind == "kl" else self.surprise.get(kind, nothing)

    def of(self, passages: Passages, number: int, kind: str) -> np.ndarray:
        """Return those of one passage."""
        first = passages.first(number)
        return self.values(kind)[first : first + len(passages.indices(number))]

    def asked_of(self, passages: Passages, number: int) -> np.ndarray:
        """Return at which places of one passage somebody was asked, (L − 1,) bool."""
        first = passages.first(number)
        return self.asked[first : first + len(passages.indices(number))]

    def facts(self, passages: Passages, number: int) -> Facts:
        """Return one passage in figures."""
        first = passages.first(number)
        part = slice(first, first + len(passages.indices(number)))

        def perplexity(who: str) -> str:
            found = self.surprise.get(who)
            known = None if found is None else found[part][np.isfinite(found[part])]
            return "–" if known is None or not len(known) else figure(float(np.exp(known.mean())), 1)

        gap, same = self.kl[part], self.same[part]
        return Facts(
            percent(float(np.nanmean(same)), 0) if np.isfinite(same).any() else "–",
            figure(float(np.nanmean(gap)), 2) if np.isfinite(gap).any() else "–",
            perplexity("teacher"),
            perplexity("student"),
            perplexity("baseline"),
        )


def token_numbers(seen: Seen, passages: Passages) -> TokenNumbers:
    """Bring what was measured of the answers into the order of the passages."""
    wanted = np.concatenate([passages.indices(number) for number in range(len(passages))])
    order = np.argsort(seen.student.index)
    known = seen.student.index[order]
    at = np.clip(np.searchsorted(known, wanted), 0, max(0, len(known) - 1))
    there = known[at] == wanted
    rows = order[at]

    def placed(values: np.ndarray | None) -> np.ndarray:
        return np.full(len(wanted), np.nan) if values is None else np.where(there, values[rows], np.nan)

    labels = seen.labels
    same = (labels["teacher"] == labels["student"]).astype(float) if "teacher" in labels else None
    surprise = {who: placed(one.loss) for who, one in seen.surveyed.items()}
    return TokenNumbers(placed(seen.kl), surprise, placed(same), there)
