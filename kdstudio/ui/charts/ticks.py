"""Where the labelled lines of an axis lie: few, round, and never crowded."""

import math

MINUS = "\N{MINUS SIGN}"
Tick = tuple[float, str]


def linear_ticks(low: float, high: float, most: int = 4) -> list[Tick]:
    """Return up to `most` + 1 round values within the range, with their words."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return []
    step = _round_step((high - low) / most)
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [(k * step, number(k * step, digits)) for k in range(first, last + 1)]


def log_ticks(low: float, high: float) -> list[Tick]:
    """Return 1, 3, 10, 30 … within the range of log10 values, placed at their log10; whole decades where too many."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return []
    decades = range(math.floor(low), math.ceil(high) + 1)
    factors: tuple[int, ...] = (1, 3) if high - low <= 2.5 else (1,)
    if high - low < 0.75:
        factors = (1, 2, 3, 5, 7)
    places = [(d + math.log10(f), f * 10.0**d) for d in decades for f in factors]
    shown = [(at, plain(value)) for at, value in places if low - 1e-9 <= at <= high + 1e-9]
    return shown[:: max(1, -(-len(shown) // 6))]


def number(value: float, digits: int) -> str:
    """Return a fixed number of digits with a real minus, and no minus on zero."""
    words = f"{value:.{digits}f}"
    return words.lstrip("-") if float(words) == 0 else words.replace("-", MINUS)


def plain(value: float) -> str:
    """Return `0.03`, `1`, `300`, `10k`, `2M`: as short as it stays exact."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if value >= size:
            return f"{value / (1e3 if letter == 'k' else size):g}{letter}"
    return f"{value:g}" if value >= 1e-4 else f"{value:.0e}".replace("e-0", "e-").replace("-", MINUS)


def _round_step(raw: float) -> float:
    power = 10.0 ** math.floor(math.log10(raw))
    return next(power * f for f in (1, 2, 5, 10) if power * f >= raw * 0.999)
