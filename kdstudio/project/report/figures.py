"""The report's drawings, as SVG inside the page: colours come from its style sheet by the class of each mark.

Every number that is drawn stands in a `title` too, which a browser shows under the pointer and a reader reads aloud.
"""

from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

import numpy as np

from kdstudio.analysis.butterfly import Butterfly
from kdstudio.analysis.calibration import Reliability
from kdstudio.analysis.sentence import percent
from kdstudio.core.measures import Measure

WIDTH, HEIGHT = 288, 180  # of a chart, in CSS pixels
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 10, 10, 24
_CELL, _NAMES, _BENEATH = 22, 84, 62  # a cell of a matrix, and the room for class names beside and beneath it
_ROW, _GUTTER, _HALF = 20, 96, 108  # of a butterfly: height of a row, room for names, for bars and numbers
_FULL = 0.68  # of that room is a bar of 100 %, the rest is for its number


def lines(series: Mapping[str, tuple[np.ndarray, np.ndarray]], measure: Measure, level: float | None = None) -> str:
    """Draw a measure over the epochs: name of a model → (epoch (n,), value (n,)); `level` is the teacher's own."""
    values = np.concatenate([value for _, value in series.values()] + ([] if level is None else [np.array([level])]))
    epochs = np.concatenate([epoch for epoch, _ in series.values()])
    low, high = float(values.min()), float(values.max())
    low, high = (low - 0.5, high + 0.5) if low == high else (low, high)
    last = max(1.0, float(epochs.max()))
    svg = _svg(WIDTH, HEIGHT, f"{measure.name} over the epochs")

    def place(epoch: float, value: float) -> tuple[float, float]:
        x = _LEFT + (WIDTH - _LEFT - _RIGHT) * epoch / last
        return x, _TOP + (HEIGHT - _TOP - _BOTTOM) * (high - value) / (high - low)

    for value in (low, (low + high) / 2, high):
        y = place(0, value)[1]
        _line(svg, (_LEFT, y), (WIDTH - _RIGHT, y), "grid")
        _text(svg, _LEFT - 6, y + 4, measure.words(value), "end")
    _text(svg, _LEFT, HEIGHT - 6, "0", "middle")
    _text(svg, WIDTH - _RIGHT, HEIGHT - 6, f"epoch {last:g}", "end")
    if level is not None:
        mark = _line(svg, place(0, level), place(last, level), "teacher")
        SubElement(mark, "title").text = f"teacher {measure.words(level)}"
    for name, (at, course) in series.items():
        points = " ".join("{:.1f},{:.1f}".format(*place(*point)) for point in zip(at, course, strict=True))
        line = SubElement(svg, "polyline", {"points": points, "class": f"curve {name}"})
        SubElement(line, "title").text = f"{name}: {measure.words(float(course[-1]))} at epoch {at[-1]:g}"
    return _written(svg)


def matrix(values: np.ndarray, names: Sequence[str], title: str, most: float, *, is_difference: bool = False) -> str:
    """Draw a doubt matrix (C, C), or the difference of two; NaN is left blank. `most` has the full colour."""
    count = len(values)
    svg = _svg(_NAMES + _CELL * count + 2, _CELL * count + _BENEATH, title)
    for i, name in enumerate(names):
        _text(svg, _NAMES - 6, _CELL * i + 15, _short(name), "end")
        beneath = _text(svg, 0, 0, _short(name), "end")
        beneath.set("transform", f"translate({_NAMES + _CELL * i + 15} {_CELL * count + 8}) rotate(-60)")
        for j, other in enumerate(names):
            if not np.isfinite(values[i, j]):
                continue
            value = float(values[i, j])
            kind = ("more" if value > 0 else "less") if is_difference else "doubt"
            cell = {"x": _NAMES + _CELL * j, "y": _CELL * i, "width": _CELL - 1, "height": _CELL - 1}
            box = _shape(svg, "rect", cell, kind)
            box.set("fill-opacity", f"{min(1.0, abs(value) / most):.3f}")
            sign = "+" if is_difference and value > 0 else ""
            SubElement(box, "title").text = f"{name} → {other}: {sign}{value:.1%}"
    return _written(svg)


def diagram(found: Mapping[str, Reliability]) -> str:
    """Draw how often models are right against how sure they are: on the diagonal a model is as right as it says."""
    size = HEIGHT + 60
    svg = _svg(size + _LEFT, size + _BOTTOM, "share right over confidence")

    def place(confidence: float, right: float) -> tuple[float, float]:
        return _LEFT + confidence * (size - _RIGHT), _TOP + (1 - right) * (size - _TOP)

    for value in (0.0, 0.5, 1.0):
        _line(svg, place(0, value), place(1, value), "grid")
        _text(svg, _LEFT - 6, place(0, value)[1] + 4, f"{value:.0%}", "end")
        _text(svg, place(value, 0)[0], size + 16, f"{value:.0%}", "middle")
    _line(svg, place(0, 0), place(1, 1), "ideal")
    for name, bins in found.items():
        marks = [place(*point) for point in zip(bins.confidence, bins.accuracy, strict=True)]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in marks)
        SubElement(svg, "polyline", {"points": points, "class": f"curve {name}"})
        for (x, y), confidence, right, count in zip(marks, bins.confidence, bins.accuracy, bins.count, strict=True):
            dot = _shape(svg, "circle", {"cx": x, "cy": y, "r": 3}, f"dot {name}")
            SubElement(dot, "title").text = f"{name}: {confidence:.1%} sure, {right:.1%} right, {count:,} inputs"
    return _written(svg)


def bars(seen: Butterfly) -> str:
    """Draw one input's answers: the teacher's to the left, the student's to the right, without a teacher as a tick."""
    rows = [(row.name, row.teacher, row.student, row.baseline, row.is_true) for row in seen.rows]
    if seen.others is not None:
        other = seen.others
        rows.append((f"{other.count} others", other.teacher, other.student, other.baseline, False))
    width = 2 * _HALF + _GUTTER
    svg = _svg(width, _ROW * len(rows), "soft probabilities of teacher and student")
    for i, (name, teacher, student, baseline, is_true) in enumerate(rows):
        y = _ROW * i
        for kind, value, sign, edge in (("teacher", teacher, -1, _HALF), ("student", student, 1, _HALF + _GUTTER)):
            length = _HALF * (value or 0.0) * _FULL
            place = {"x": edge - length if sign < 0 else edge, "y": y + 3, "width": length, "height": _ROW - 6}
            box = _shape(svg, "rect", place, f"bar {kind}")
            if value is None:
                continue
            SubElement(box, "title").text = f"{kind}: {name} {value:.2%}"
            beyond = max(length, _HALF * baseline * _FULL + 2) if baseline is not None and sign > 0 else length
            _text(svg, edge + sign * (beyond + 4), y + 14, percent(value), "end" if sign < 0 else "start")
        if baseline is not None:
            x = _HALF + _GUTTER + _HALF * baseline * _FULL
            tick = _line(svg, (x, y + 2), (x, y + _ROW - 2), "tick")
            SubElement(tick, "title").text = f"without teacher: {name} {baseline:.2%}"
        _text(svg, _HALF + _GUTTER / 2, y + 14, _short(name, 16), "middle").set("class", "truth" if is_true else "name")
    return _written(svg)


def _svg(width: float, height: float, title: str) -> Element:
    sizes = {"viewBox": f"0 0 {width:g} {height:g}", "width": f"{width:g}", "height": f"{height:g}"}
    return Element("svg", {**sizes, "role": "img", "aria-label": title})


def _shape(parent: Element, tag: str, numbers: Mapping[str, float], kind: str) -> Element:
    return SubElement(parent, tag, {**{key: f"{value:.1f}" for key, value in numbers.items()}, "class": kind})


def _line(parent: Element, start: tuple[float, float], end: tuple[float, float], kind: str) -> Element:
    return _shape(parent, "line", {"x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]}, kind)


def _text(parent: Element, x: float, y: float, words: str, anchor: str) -> Element:
    text = _shape(parent, "text", {"x": x, "y": y}, "label")
    text.set("text-anchor", anchor)
    text.text = words
    return text


def _short(name: str, most: int = 12) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _written(svg: Element) -> str:
    return tostring(svg, encoding="unicode")
