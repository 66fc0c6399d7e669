"""Make the picture on the Home page from a finished run of the demo: real answers to one real input.

kdstudio demo --headless --run RUN
python packaging/make_home.py RUN resources/samples/home.json
"""

import json
import sys
from pathlib import Path

import numpy as np

from kdstudio.analysis.butterfly import butterfly
from kdstudio.analysis.sentence import plain, sentence
from kdstudio.analysis.telling import most_telling
from kdstudio.data.read import read
from kdstudio.data.splits import divide
from kdstudio.project.run import Run

TEMPERATURE = 4.0


def main(folder: Path, to: Path) -> None:
    """Write the answers of teacher, student and baseline to the most telling test input."""
    run = Run(folder)
    assert run.recipe is not None
    answers = {name: run.predictions(name, "test", "last" if name == "teacher" else "best") for name in run.learners}
    teacher, student, baseline = answers["teacher"], answers["student"], answers["baseline"]
    position = int(most_telling(teacher, student, baseline, TEMPERATURE)[0])
    test = divide(read(Path(run.recipe.data.path)), run.recipe.data, run.recipe.seed).test
    wings = butterfly(
        teacher.logits[position],
        student.logits[position],
        baseline.logits[position],
        class_names=student.class_names,
        target=int(student.targets[position]),
        temperature=TEMPERATURE,
    )
    value = {
        "class_names": list(student.class_names),
        "target": int(student.targets[position]),
        "temperature": TEMPERATURE,
        **{name: [round(float(v), 4) for v in answers[name].logits[position]] for name in answers},
        "sentence": plain(sentence(wings)),
        "picture": np.asarray(test.read(np.array([position]))[0, 0]).tolist(),
    }
    to.write_text(json.dumps(value, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
