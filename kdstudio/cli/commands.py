"""The subcommands. torch is imported by those that need it, so that help comes at once."""

import shutil
from pathlib import Path
from typing import Annotated, Any

import typer

from kdstudio.cli import tables
from kdstudio.cli.devices import DEVICES, NODES, STRATEGY, SYNC, Connect, joined
from kdstudio.core.errors import InvalidRecipe, KdStudioError, Problem
from kdstudio.core.layout import RunFolder
from kdstudio.core.paths import new_run_folder, resource
from kdstudio.recipe.change import assign, split
from kdstudio.recipe.choices import Change, DataChoice, Said
from kdstudio.recipe.recipe import Recipe, load, parse, read_json, resolve_paths
from kdstudio.training.group import ALONE

app = typer.Typer(
    name="kdstudio",
    help="Distil a big model into a small one, and see what it inherits. Without a command the window opens.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else there.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Trusted = Annotated[
    list[str] | None, typer.Option("--trust", metavar="DIGEST", help="Let the file with this digest run code.")
]
Folder = Annotated[Path | None, typer.Option("--run", help="The run folder; by default ./runs/<time>-<student>.")]


@app.command()
def demo(
    headless: Annotated[bool, typer.Option("--headless", help="Run in the terminal, without the window.")] = False,
    run: Folder = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Distil the embedded example: fashion pictures, a trained teacher, a small student, and one without a teacher."""
    from kdstudio.cli.session import finished, session

    with session(as_json=as_json, debug=debug) as answer:
        summary = finished(_train(load(resource("recipes", "demo.json")), run))
        answer(summary, tables.summary(summary))


@app.command()
def inspect(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders.")],
    target: Annotated[
        str, typer.Option("--target", metavar="COLUMN", help="The column of a table that holds the classes of data.")
    ] = "auto",
    task: Annotated[
        str, typer.Option("--task", help="Take data for this: classification, multi_label or regression.")
    ] = "auto",
    arch: Annotated[
        str, typer.Option("--arch", metavar="NAME", help="Read weights as this architecture, or with a config.json.")
    ] = "",
    knobs: Annotated[
        list[str] | None, typer.Option("--knob", metavar="NAME=VALUE", help="A knob of that architecture.")
    ] = None,
    trusted: Trusted = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Say what each file or folder is: role, format, architecture, layers, classes, problems."""
    from kdstudio.cli.session import progress_shown, session
    from kdstudio.training.inspect import inspect as inspect_path

    with session(as_json=as_json, debug=debug, trusted=trusted) as answer:
        said = Said.model_validate(_assigned({"arch": arch}, [f"knobs.{one}" for one in knobs or []]))
        with progress_shown(as_json=as_json):
            found = [inspect_path(path, target, task=task, said=said, timed=True) for path in paths]
        answer({"items": [item.model_dump(mode="json") for item in found]}, tables.items(found))
        if any(problem.severity == "error" for item in found for problem in item.problems):
            raise typer.Exit(1)


@app.command()
def methods(
    name: Annotated[str | None, typer.Argument(help="One method, with all its knobs.")] = None, as_json: Json = False
) -> None:
    """List every distillation method: family, paper, knobs with default, bounds and help."""
    from kdstudio.cli.session import session
    from kdstudio.methods.catalogue import entries

    with session(as_json=as_json, debug=False) as answer:
        found = [entry for entry in entries() if name in (None, entry.name)]
        if not found:
            known = ", ".join(entry.name for entry in entries())
            raise KdStudioError(f"There is no method called {name!r}.", hint=f"Use one of: {known}.")
        value = {"methods": [_contract(entry.model_dump(mode="json", by_alias=True)) for entry in found]}
        answer(value, tables.entries(found, detailed=name is not None))


@app.command()
def students(as_json: Json = False) -> None:
    """List every student architecture that can be built, with its knobs."""
    from kdstudio.cli.session import session
    from kdstudio.models.catalogue import students as known

    with session(as_json=as_json, debug=False) as answer:
        value = {"students": [_contract(entry.model_dump(mode="json", by_alias=True)) for entry in known()]}
        answer(value, tables.entries(known(), detailed=True))


@app.command()
def train(  # noqa: PLR0913, PLR0917  each is a flag
    recipe: Annotated[Path | None, typer.Argument(help="The recipe, a JSON file.")] = None,
    run: Folder = None,
    change: Annotated[list[str] | None, typer.Option("--set", help="Change a value: KEY.PATH=VALUE.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run folder's own recipe.")] = False,
    onward: Annotated[
        list[str] | None,
        typer.Option("--change", help="With --resume: KEY.PATH=VALUE from there on, kept in the run's history."),
    ] = None,
    devices: Annotated[int | None, DEVICES] = None,
    nodes: Annotated[int | None, NODES] = None,
    strategy: Annotated[str, STRATEGY] = "ddp",
    sync_batch_norm: Annotated[bool, SYNC] = False,
    trusted: Trusted = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Train a student after a recipe, or go on with a run that was interrupted."""
    from kdstudio.cli.session import session

    with session(as_json=as_json, debug=debug, trusted=trusted) as answer:
        if onward and not resume:
            hint = "A run that begins takes --set; --change is for one that goes on."
            raise InvalidRecipe([Problem(message="--change needs --resume", hint=hint)])
        with joined(devices, nodes, strategy, syncs_norms=sync_batch_norm) as connect:
            if resume:
                summary = _resume(recipe, run, change or [], onward or [], connect)
            elif recipe is None:
                raise InvalidRecipe([Problem(message="no recipe was given", hint="kdstudio train RECIPE.json")])
            else:
                summary = _train(_changed(recipe, change or []), run, connect)
        if summary is not None:
            answer(summary, tables.summary(summary))


@app.command()
def evaluate(
    model: Annotated[Path, typer.Argument(help="A run folder (its best student) or a model file.")],
    data: Annotated[Path, typer.Option("--data", help="The data set.")],
    target: Annotated[
        str, typer.Option("--target", metavar="COLUMN", help="The column of a table that holds the answers.")
    ] = "auto",
    split: Annotated[str, typer.Option("--split", help="train, validation or test.")] = "test",
    trusted: Trusted = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Score a model on one part of a data set."""
    from kdstudio.cli.session import finished, session, steps
    from kdstudio.training.control import Control, controlled
    from kdstudio.training.scoring import score_file

    with session(as_json=as_json, debug=debug, trusted=trusted) as answer:
        choice = DataChoice(path=str(data.absolute()), target=target)
        folder, seed = RunFolder(model), 0
        if folder.recipe.exists():
            recipe = parse(read_json(folder.recipe))
            target = recipe.data.target if target == "auto" else target
            choice, seed = recipe.data.model_copy(update={"path": choice.path, "target": target}), recipe.seed
            model = folder.best_student
        control = Control()
        value = finished(steps(controlled(score_file(model, choice, split, seed), control), control))
        answer(value, tables.learner(value))


@app.command()
def export(  # noqa: PLR0913, PLR0917  each is a flag
    run: Annotated[Path, typer.Argument(help="The run folder.")],
    to: Annotated[Path, typer.Option("--to", help="The folder to write into.")],
    formats: Annotated[
        list[str] | None,
        typer.Option("--format", help="onnx, safetensors, pt2, torchscript, ort, huggingface or web; may be repeated."),
    ] = None,
    quantize: Annotated[
        str | None, typer.Option("--quantize", metavar="TYPE", help="Write ONNX of fewer bits too: int8 or fp16.")
    ] = None,
    checkpoint: Annotated[str, typer.Option("--checkpoint", help="best or last.")] = "best",
    probabilities: Annotated[
        bool, typer.Option("--probabilities", help="Let ONNX files answer probabilities, too, after the logits.")
    ] = False,
    shifted: Annotated[
        bool,
        typer.Option("--shift", help="Let it expect each class as often as its teacher does, by shifted biases."),
    ] = False,
    zipped: Annotated[bool, typer.Option("--zip", help="Put all of it into one file beside the folder, too.")] = False,
    trusted: Trusted = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Export the student alone, verified through the runtime it is for."""
    from kdstudio.cli.session import finished, session, steps
    from kdstudio.export.export import export as exporting
    from kdstudio.training.control import Control, controlled

    with session(as_json=as_json, debug=debug, trusted=trusted) as answer:
        control, wanted = Control(), formats or ["onnx", "safetensors"]
        if quantize is not None:
            wanted = [*wanted, f"onnx_{quantize}"]
        export_ = exporting(run, to, wanted, checkpoint, probabilities=probabilities, zipped=zipped, shifted=shifted)
        found = finished(steps(controlled(export_, control), control))
        answer({"files": [report.model_dump(mode="json") for report in found]}, tables.reports(found))
        if not all(report.passed for report in found):
            raise typer.Exit(1)


@app.command()
def watch(run: Annotated[Path, typer.Argument(help="A run folder that something else is writing.")]) -> None:
    """Open the window on a run folder that something else is writing."""
    raise typer.Exit(2)  # `kdstudio.__main__` hands this command to the window; only --help gets here


def _train(recipe: Recipe, run: Path | None, connect: Connect = lambda _: ALONE) -> dict[str, Any] | None:
    from kdstudio.cli.session import err, stepped
    from kdstudio.training.run import train as training

    group = connect(recipe)
    folder = group.tell(run or new_run_folder(Path("runs"), recipe.student.architecture or "student"))
    if group.is_first:
        err().print(f"Run folder: {folder}", markup=False, soft_wrap=True)
    is_new = not folder.exists()
    try:
        return stepped(folder, training(recipe, folder, group), group)
    except InvalidRecipe:
        if is_new and group.is_first:  # it holds nothing but the record of this refusal
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _resume(
    recipe: Path | None, run: Path | None, changes: list[str], onward: list[str], connect: Connect
) -> dict[str, Any] | None:
    from kdstudio.cli.session import stepped
    from kdstudio.training.run import is_finished, resume

    if run is None:
        raise InvalidRecipe([Problem(message="--resume needs --run DIR", hint="Name the run folder to go on with.")])
    kept = RunFolder(run).recipe
    same_as = _changed(recipe, changes) if recipe else _changed(kept, changes) if changes else None
    made = [Change(step=0, key=key, value=value) for key, value in map(split, onward)]
    is_done = is_finished(run)
    group = ALONE if is_done or not kept.exists() else connect(parse(read_json(kept)))
    return stepped(run, resume(run, same_as=same_as, changes=made, group=group), group, records=not is_done)


def _changed(path: Path, changes: list[str]) -> Recipe:
    """Read a recipe with `--set` carried out; all problems of all changes come at once."""
    return resolve_paths(parse(_assigned(read_json(path), changes)), path.parent)


def _assigned(value: Any, changes: list[str]) -> Any:
    for change in changes:
        value = assign(value, change)
    return value


def _contract(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry with the keys that the contract promises."""
    return {key: entry[key] for key in ("name", "family", "title", "paper", "help", "schema")}
