"""Design tokens: the colours of both themes, and the contrast between two of them."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Tokens:
    """Named colours of one theme, as `#RRGGBB`.

    Teacher, student, baseline and truth are identities: a fill for bars and marks, and a `_text` twin wherever the
    colour carries words. Hints, truth, errors and warnings are a shade stronger than in the first design, by as little
    as gives them 4.5 : 1 on every surface, fields and selected rows too. `teacher_edge` outlines teacher bars and
    marks where the fill alone is too faint.
    """

    name: str
    rail: str
    window: str
    surface_1: str
    surface_2: str
    surface_3: str
    line: str
    line_strong: str
    field_hover: str
    text_1: str
    text_2: str
    text_3: str
    disabled: str
    teacher: str
    teacher_text: str
    teacher_edge: str
    student: str
    student_text: str
    baseline: str
    baseline_text: str
    truth: str
    diff_less: str
    diff_more: str
    error: str
    error_fill: str
    error_edge: str
    warning: str
    primary: str
    primary_hover: str
    primary_text: str
    well: str
    segment: str
    track: str

    def as_dict(self) -> dict[str, str]:
        """Name → colour, for the style sheet."""
        return asdict(self)


DARK = Tokens(
    name="dark",
    rail="#0B0C0F",
    window="#0F1114",
    surface_1="#16181D",
    surface_2="#1D2026",
    surface_3="#262A32",
    line="#23272E",
    line_strong="#363C46",
    field_hover="#454C58",
    text_1="#ECEEF1",
    text_2="#A9B0BB",
    text_3="#89919D",
    disabled="#565C67",
    teacher="#E69F00",
    teacher_text="#F2B233",
    teacher_edge="#E69F00",
    student="#56B4E9",
    student_text="#7CC6F0",
    baseline="#98A1AF",
    baseline_text="#98A1AF",
    truth="#2FBF93",
    diff_less="#B48AE0",
    diff_more="#7CC46A",
    error="#FF7A6B",
    error_fill="#1E1718",
    error_edge="#5A302C",
    warning="#E8C468",
    primary="#ECEEF1",
    primary_hover="#FFFFFF",
    primary_text="#111317",
    well="#0F1114",
    segment="#262A32",
    track="#262A32",
)

LIGHT = Tokens(
    name="light",
    rail="#EEF0F3",
    window="#F6F7F9",
    surface_1="#FFFFFF",
    surface_2="#F1F3F6",
    surface_3="#E6E9EE",
    line="#E3E6EB",
    line_strong="#C9CED6",
    field_hover="#A9B0BB",
    text_1="#16191E",
    text_2="#4C5562",
    text_3="#616976",
    disabled="#A7AEB8",
    teacher="#E69F00",
    teacher_text="#8F5F00",
    teacher_edge="#B87F00",
    student="#0072B2",
    student_text="#00659E",
    baseline="#767E8A",
    baseline_text="#636974",
    truth="#007858",
    diff_less="#7B4FB0",
    diff_more="#3F8F3A",
    error="#BE3A2D",
    error_fill="#FDF4F3",
    error_edge="#E7B8B2",
    warning="#8C6100",
    primary="#1B1E24",
    primary_hover="#000000",
    primary_text="#FFFFFF",
    well="#F1F3F6",
    segment="#FFFFFF",
    track="#C9CED6",
)

TOP_OPACITY = 1.0  # a model's first answer
OTHER_OPACITY = 0.72  # its other answers
DOMINATED_OPACITY = 0.45
RAW_OPACITY = 0.16


def contrast(first: str, second: str) -> float:
    """Return the WCAG 2 contrast ratio of two `#RRGGBB` colours, 1 to 21."""
    bright, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def blend(front: str, back: str, opacity: float) -> str:
    """Return `front` at `opacity` over `back`, as an opaque `#RRGGBB`."""
    pairs = zip(_channels(front), _channels(back), strict=True)
    return "#" + "".join(f"{round(a * opacity + b * (1 - opacity)):02X}" for a, b in pairs)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in _channels(colour))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
