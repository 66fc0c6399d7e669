"""The web page: a folder whose own code, in a real browser, gives the answers that Python gives."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import psutil
import pytest
from PIL import Image

from kdstudio.core.errors import ExportError
from kdstudio.core.types import softmax
from kdstudio.export.browser import InBrowser, browser
from kdstudio.export.export import export
from kdstudio.export.exporters.web import EXPORTER as Web
from kdstudio.export.exporters.web import _Untried
from kdstudio.export.opening import open_student
from kdstudio.models.preprocessing.text import WORD, WordPreprocessing
from kdstudio.models.preprocessing.tokens import TokenPreprocessing
from kdstudio.recipe.report import ExportReport
from tests.models.text_networks import write as write_teacher

PROGRAM = browser()
in_browser = pytest.mark.skipif(PROGRAM is None, reason="no Chromium, Chrome or Edge is installed")

PICTURES = """
import { pixelsOf } from "/image.mjs";
import { openNetwork } from "/network.mjs";
const about = await (await fetch("/about.json")).json();
const network = await openNetwork();
const post = (path, body) => fetch(path, { method: "POST", body });
await post("/check/opened", "");
for (const name of await (await fetch("/pictures.json")).json()) {
  const image = await pixelsOf(await (await fetch(`/${name}`)).blob(), about.input.shape);
  await post("/check/pixels", image.data);
  await post("/check/answer", (await network.ask({ image })).data);
}
"""

TEXTS = """
import { tokenReader, wordReader } from "/text.mjs";
const { how, texts } = await (await fetch("/texts.json")).json();
const read = how.tokenizer ? await tokenReader(how) : wordReader(how);
const found = texts.map((text) => Object.values(read(text)).map((one) => Array.from(one.data, Number)));
await fetch("/check/found", { method: "POST", body: JSON.stringify(found) });
"""

SIZES = [(8, 8), (28, 28), (5, 3), (40, 17), (7, 60)]  # width and height of pictures for a network of 8 × 8


@pytest.fixture(scope="module")
def written(run: Path, finish: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ExportReport]:
    """The folder of an exported page, and the report on it."""
    folder = tmp_path_factory.mktemp("web")
    [report] = finish(export(run, folder, ["web"]))
    return folder / "web", report


def asked(folder: Path, script: str) -> InBrowser:
    """Open a page with this script in the browser."""
    assert PROGRAM is not None
    (folder / "probe.html").write_text(
        f"<!doctype html><script type=module>try {{{_awaited(script)}}}"
        "catch (error) { await fetch('/check/failed', { method: 'POST', body: String(error) }); }</script>",
        encoding="utf-8",
    )
    return InBrowser(folder, PROGRAM, "probe.html")


def _awaited(script: str) -> str:
    """Static imports may not stand in a block."""
    return script.replace("import {", "const {").replace("} from ", "} = await import(").replace('.mjs";', '.mjs");')


def test_that_a_page_stands_alone_and_says_whether_a_browser_tried_it(written: tuple[Path, ExportReport]) -> None:
    folder, report = written
    assert report.passed
    assert report.path == str(folder)
    assert report.bytes == sum(file.stat().st_size for file in folder.iterdir()) > 10_000_000
    about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
    assert about["labels"] == [str(digit) for digit in range(10)]
    assert (about["kind"], about["task"], about["input"]) == ("image", "classification", {"shape": [1, 8, 8]})
    assert any("not tried in a browser" in one.message for one in report.problems) == (PROGRAM is None)


@pytest.mark.slow
def test_that_a_page_is_exported_again_over_the_old_one(run: Path, finish: Any, tmp_path: Path) -> None:
    for _ in range(2):
        [report] = finish(export(run, tmp_path, ["web"]))
    assert report.passed
    assert not list(tmp_path.glob(".export-*"))


def test_that_without_a_browser_the_graph_of_the_page_is_checked(written: tuple[Path, ExportReport], run: Path) -> None:
    folder, _ = written
    student = open_student(run, "best")
    fed = student.model.preprocessing.feed(student.splits.test.read(np.arange(5)))
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
    answers = _Untried(lambda fed: np.asarray(session.run(None, fed)[0]))
    np.testing.assert_array_equal(answers(fed), session.run(None, fed)[0])
    assert answers.note.severity == "note"


@in_browser
def test_that_pictures_give_in_the_browser_what_they_give_in_python(written: tuple[Path, ExportReport]) -> None:
    folder, _ = written
    rng = np.random.default_rng(0)
    names = []
    for at in range(120):
        wide, high = SIZES[at % len(SIZES)]
        pixels = rng.integers(0, 256, (high, wide, 3), np.uint8)
        names.append(f"{at}.png")
        Image.fromarray(pixels if at % 3 else pixels[..., 0]).save(folder / names[-1])
    (folder / "pictures.json").write_text(json.dumps(names))
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
    page = asked(folder, PICTURES)
    try:
        for name in names:
            picture = Image.open(folder / name).convert("L")
            pixels = np.asarray(picture.resize((8, 8), Image.Resampling.BILINEAR))[None, None]
            seen = np.frombuffer(page.take(60), np.uint8).astype(int)
            # Newer versions of Pillow may shrink the height first, which rounds otherwise.
            assert np.abs(seen - pixels.ravel()).max() <= (picture.height > picture.width)
            theirs = np.frombuffer(page.take(60), np.float32)
            ours = session.run(None, {"image": pixels})[0][0]
            assert theirs.argmax() == ours.argmax()
            assert np.abs(softmax(theirs) - softmax(ours)).max() <= 1e-3
    finally:
        page.close()


SENTENCES = [
    "",
    "It's a GOOD one, isn't it?",
    "Ça alors: 12,345!",
    "don’t  stop",
    "日本語とカナ",
    "naïve\ncafé_au lait",
    "a " * 50,
]


def texts_in_browser(how: dict[str, Any], folder: Path) -> list[list[list[int]]]:
    for name in ("text.mjs", "tokenizers.min.mjs"):
        place = "page" if name == "text.mjs" else "runtime"
        (folder / name).write_bytes((Path(__file__).parents[3] / "resources/web" / place / name).read_bytes())
    (folder / "texts.json").write_text(json.dumps({"how": how, "texts": SENTENCES}), encoding="utf-8")
    script = TEXTS.replace("const found", 'await fetch("/check/opened", { method: "POST", body: "" });\nconst found')
    page = asked(folder, script)
    try:
        return list(json.loads(page.take(60)))
    finally:
        page.close()


@in_browser
def test_that_words_get_the_numbers_that_python_gives_them(tmp_path: Path) -> None:
    from kdstudio.export.exporters.web import _SPLIT
    from kdstudio.export.inputs import word_numbers

    words = tuple(dict.fromkeys(word for text in SENTENCES[:-2] for word in WORD.findall(text.lower())))
    how = WordPreprocessing(words=words, length=12)
    found = texts_in_browser(word_numbers(how) | {"split": _SPLIT}, tmp_path)
    for text, (numbers, mask) in zip(SENTENCES, found, strict=True):
        fed = how.feed(np.array([text], dtype=object))
        assert numbers == fed["input_ids"][0, : len(numbers)].tolist(), text
        assert mask == fed["attention_mask"][0, : len(numbers)].tolist()
        assert not fed["attention_mask"][0, len(numbers) :].any()


@in_browser
def test_that_a_tokenizer_gives_the_tokens_that_python_gives(tmp_path: Path) -> None:
    teacher = write_teacher(tmp_path / "teacher", "DistilBert")
    how = TokenPreprocessing(tokenizer=(teacher / "tokenizer.json").read_text(encoding="utf-8"), length=16)
    found = texts_in_browser({"tokenizer": how.description, "length": how.length, "padding": how.pad}, tmp_path)
    for text, (numbers, mask) in zip(SENTENCES, found, strict=True):
        assert numbers == how.apply(np.array([text], dtype=object))[0].tolist(), text
        assert mask == [1] * len(numbers)


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A page without a network."""
    (tmp_path / "network.mjs").write_text("export function openNetwork() { throw new Error('no such file'); }")
    return tmp_path


@in_browser
def test_that_a_page_that_fails_is_told_and_no_browser_is_left(broken: Path) -> None:
    before = {one.pid for one in psutil.Process().children(recursive=True)}
    assert PROGRAM is not None
    with pytest.raises(ExportError, match="no such file"):
        InBrowser(broken, PROGRAM)
    assert {one.pid for one in psutil.Process().children(recursive=True)} <= before


def test_that_inputs_that_a_page_cannot_prepare_are_refused(run: Path) -> None:
    model = open_student(run, "best").model
    with pytest.raises(ExportError, match="cannot prepare"):
        Web.write(model, (4, 8, 8), Path("never"))
