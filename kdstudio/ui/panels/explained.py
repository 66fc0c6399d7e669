"""Which tab of Understand explains a number of the transfer strip."""

EXPLAINED = {  # metric → the tab that explains it, and how its inputs are sorted
    "accuracy": ("disagreements", ""),
    "agreement": ("disagreements", ""),
    "inherited": ("disagreements", ""),
    "kl": ("input", "kl"),
    "structure": ("input", "telling"),
    "ece": ("input", "confidence"),
    "f1": ("disagreements", ""),
    "r2": ("input", "error"),
    "rmse": ("input", "error"),
    "mae": ("input", "error"),
    "correlation": ("input", "kl"),
    "difference": ("input", "kl"),
}
ACTIVE = {"input": "kl", "disagreements": "inherited", "numbers": "difference"}  # the tile that a tab explains first
NO_DISAGREEMENTS = (
    "Numbers are closer or further off, and not simply right or wrong: there are no disagreements to count. "
    "The largest errors show where the student fails."
)
