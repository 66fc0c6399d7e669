"""Ask the exported student about the rows of CSV files: python predict.py TABLE.csv ...

The first line has the names of the columns (preprocessing.json lists them), unless the training data had none.
"""

import csv
import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime

from kdstudio.export.scripts.words import words

session = onnxruntime.InferenceSession(str(Path(__file__).with_name("model.onnx")), providers=["CPUExecutionProvider"])
labels = json.loads(Path(__file__).with_name("labels.json").read_text(encoding="utf-8"))
how = json.loads(Path(__file__).with_name("preprocessing.json").read_text(encoding="utf-8"))
columns, missing = how["columns"], set(how["missing"])
codes = [{word: code for code, word in enumerate(column.get("categories", ()))} for column in columns]


def rows(path: str) -> tuple[list[list[str]], list[int]]:
    """Return the rows of cells in a file, and where each of the columns stands in them."""
    text = Path(path).read_text(encoding="utf-8-sig")
    delimiter = max(",;\t|", key=text.partition("\n")[0].count)
    lines = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, skipinitialspace=True)
    cells = [[cell.strip() for cell in line] for line in lines if line]
    names = [column["name"] for column in columns]
    if not cells:
        return [], []
    if set(names) <= set(cells[0]):
        return cells[1:], [cells[0].index(name) for name in names]
    counted = [int(name[7:]) - 1 for name in names if name.startswith("column ")]
    if len(counted) < len(names) or max(counted) >= len(cells[0]):
        sys.exit(f"{path}: its first line must name these columns: {', '.join(names)}")
    return cells, counted


def number(cell: str, known: dict[str, int]) -> float:
    """Return the number of a cell, or the code of its category; NaN where it is missing or not known."""
    if cell.lower() in missing or (known and cell not in known):
        return float("nan")
    return known[cell] if known else float(cell.replace(",", "."))


for path in sys.argv[1:] or sys.exit(__doc__):
    cells, places = rows(path)
    for line, row in enumerate(cells, 1):
        values = [number(row[place], known) for place, known in zip(places, codes, strict=True)]
        given = {"row": np.array([values], np.float32)}
        sys.stdout.write(f"{path} row {line}: {words(session, given, labels)}\n")
