"""Which tab of Understand explains a number of the transfer strip."""

EXPLAINED = {  # metric → the tab that explains it, and how its inputs are sorted
    "accuracy": ("disagreements", ""),
    "agreement": ("disagreements", ""),
    "inherited": ("disagreements", ""),
    "kl": ("input", "kl"),
    "structure": ("classes", ""),
    "ece": ("calibration", ""),
    "f1": ("disagreements", ""),
    "r2": ("input", "error"),
    "rmse": ("input", "error"),
    "mae": ("input", "error"),
    "correlation": ("input", "kl"),
    "difference": ("input", "kl"),
}
