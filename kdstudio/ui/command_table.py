"""Every command of the window. Adding one is adding a row."""

from collections.abc import Callable

from kdstudio.core.crash import reports
from kdstudio.ui.commands import Command, Shell
from kdstudio.ui.page_table import PAGES

Run = Callable[[Shell], None]
Enabled = Callable[[Shell], bool]


def _do(verb: str) -> Run:
    return lambda shell: shell.do(verb)


def _of_page(id: str, title: str, menu: str, verb: str, shortcut: str, group: int = 0) -> Command:
    """A method of the page that is shown; a page that has no such method switches the command off."""
    return Command(
        id, title, menu, lambda shell: shell.tell_page(verb), shortcut, group, lambda shell: shell.page_can(verb)
    )


def _state(*states: str) -> Enabled:
    return lambda shell: shell.workspace.run.state in states


def _can_look(shell: Shell) -> bool:
    return shell.current_page() in ("train", "understand") and shell.workspace.run.folder is not None


def _epoch(by: int) -> Run:
    """Go one stored epoch back or on; ±2 means to the first or the last."""

    def step(shell: Shell) -> None:
        kept, view = shell.workspace.run.kept_epochs(), shell.workspace.view
        if kept:
            last = len(kept) - 1
            at = kept.index(view.epoch) if view.epoch in kept else last
            at = (0 if by < 0 else last) if abs(by) == 2 else min(max(at + by, 0), last)
            view.set_epoch("last" if at == last else kept[at])

    return step


def _lens(by: float) -> Run:
    return lambda shell: shell.workspace.view.set_lens(round(shell.workspace.view.lens + by, 1))


def _tie(shell: Shell) -> None:
    shell.workspace.view.tie(not shell.workspace.view.is_tied)


def _step(by: int) -> Run:
    return lambda shell: shell.workspace.view.step(by)


def _pin(pinned: bool) -> Run:
    def act(shell: Shell) -> None:
        row = shell.workspace.view.current
        if row is not None:
            shell.workspace.draft.pin(row, pinned)

    return act


def _has_input(shell: Shell) -> bool:
    view = shell.workspace.view
    return shell.current_page() == "understand" and view.current is not None and view.split == "validation"


def _pause_or_go_on(shell: Shell) -> None:
    trainer = shell.workspace.trainer
    trainer.proceed() if shell.workspace.run.state == "paused" else trainer.pause()


def _show(name: str) -> Run:
    return lambda shell: shell.show_page(name)


def _is_selected(shell: Shell) -> bool:
    return bool(shell.workspace.view.selection)


def _is_quiet(shell: Shell) -> bool:
    return not shell.workspace.run.is_live


_NUMBERS = {"home": 1, "setup": 2, "train": 3, "understand": 4, "compare": 5, "export": 6}

_FILE = (
    Command("file.new", "New project", "File", lambda s: s.workspace.new_project(), "Ctrl+N", 0, _is_quiet),
    Command("file.open", "Open…", "File", _do("open"), "Ctrl+O"),
    Command("file.open_folder", "Open folder…", "File", _do("open_folder"), "Ctrl+Shift+O"),
    Command("file.demo", "Open the demo", "File", lambda s: s.workspace.open_demo(), "", 1, _is_quiet),
    Command("file.save", "Save project", "File", _do("save"), "Ctrl+S", 2),
    Command("file.save_as", "Save project as…", "File", _do("save_as"), "Ctrl+Shift+S", 2),
    Command("file.reveal", "Show project folder", "File", _do("reveal"), "", 3, lambda s: bool(s.workspace.project)),
    Command("file.quit", "Quit", "File", _do("close"), "Ctrl+Q", 4),
)
_EDIT = (
    Command(
        "edit.undo", "Undo", "Edit", lambda s: s.workspace.draft.undo.undo(), "Ctrl+Z", 0,
        lambda s: s.workspace.draft.undo.canUndo(),
    ),
    Command(
        "edit.redo", "Redo", "Edit", lambda s: s.workspace.draft.undo.redo(), "Ctrl+Shift+Z", 0,
        lambda s: s.workspace.draft.undo.canRedo(),
    ),
    Command("edit.paste", "Paste files", "Edit", _do("paste"), "Ctrl+V", 1),
    Command(
        "edit.swap", "Swap teacher and student", "Edit", lambda s: s.workspace.draft.swap(), "", 1,
        lambda s: s.workspace.draft.can_swap(),
    ),
    Command("edit.preferences", "Preferences…", "Edit", _do("preferences"), "Ctrl+,", 2),
)  # fmt: skip
_VIEW = (
    *(
        Command(f"view.{page.name}", page.title, "View", _show(page.name), f"Ctrl+{_NUMBERS[page.name]}")
        for page in PAGES
    ),
    Command("view.problems", "Problems", "View", _do("problems"), "Ctrl+Shift+M", 1),
    Command("view.log", "Log", "View", _do("log"), "Ctrl+`", 1),
    _of_page("view.inspector", "Inspector", "View", "toggle_inspector", "F4", 1),
    _of_page("view.filter", "Filter", "View", "focus_filter", "Ctrl+F", 1),
    Command("view.region", "Next region", "View", _do("next_region"), "F6", 1),
    Command("view.full_screen", "Full screen", "View", _do("full_screen"), "F11", 2),
    Command("view.theme", "Switch between dark and light", "View", _do("switch_theme"), "", 2),
    Command("view.larger", "Larger interface", "View", _do("larger"), "Ctrl++", 2),
    Command("view.smaller", "Smaller interface", "View", _do("smaller"), "Ctrl+-", 2),
    Command("view.palette", "Search or run a command", "View", _do("palette"), "Ctrl+K", 3),
    Command("view.palette_too", "Search or run a command", "View", _do("palette"), "Ctrl+Shift+P", 3, is_hidden=True),
)


def _train(shell: Shell) -> None:
    """Start the draft. Setup settles what is still being typed first, and refuses while a field is wrong."""
    if shell.page_can("train"):
        shell.tell_page("train")
    else:
        shell.workspace.train()


_RUN = (
    Command("run.train", "Start training, or add to the queue", "Run", _train, "F5"),
    Command("run.queue", "Start the queue", "Run", lambda s: s.workspace.queue.start(), "", 0,
            lambda s: bool(s.workspace.queue.waiting) and not s.workspace.queue.goes_on),
    Command("run.resume", "Go on with this run", "Run", lambda s: s.workspace.resume(), "Ctrl+F5", 0,
            lambda s: s.workspace.run.can_resume),
    Command("run.pause", "Pause or go on", "Run", _pause_or_go_on, "Space", 0,
            lambda s: s.current_page() == "train" and s.workspace.run.state in ("running", "paused")),
    Command("run.stop", "Stop and keep best", "Run", lambda s: s.workspace.trainer.stop("best"), "Shift+F5", 1,
            _state("queued", "running", "paused")),
    Command("run.discard", "Stop and discard", "Run", _do("discard"), "", 1, _state("queued", "running", "paused")),
    Command("run.check", "Check the recipe again", "Run", lambda s: s.workspace.draft.check_now(), "", 2,
            lambda s: s.workspace.draft.is_complete),
    Command("run.export", "Export…", "Run", _show("export"), "Ctrl+E", 3),
    Command("run.report", "Save a report…", "Run", _do("report"), "", 3, lambda s: s.workspace.run.folder is not None),
)  # fmt: skip
_ANALYSE = (
    Command("lens.softer", "Raise the lens temperature", "Analyse", _lens(0.5), "Ctrl+Up", 0, _can_look),
    Command("lens.sharper", "Lower the lens temperature", "Analyse", _lens(-0.5), "Ctrl+Down", 0, _can_look),
    Command("lens.focus", "Type a lens temperature", "Analyse", _do("focus_lens"), "T", 0, _can_look),
    Command("lens.tie", "Tie the lens to training", "Analyse", _tie, "Shift+T", 0, _can_look),
    Command("epoch.back", "Previous epoch", "Analyse", _epoch(-1), "[", 1, _can_look),
    Command("epoch.on", "Next epoch", "Analyse", _epoch(1), "]", 1, _can_look),
    Command("epoch.first", "First epoch", "Analyse", _epoch(-2), "{", 1, _can_look),
    Command("epoch.last", "Last epoch", "Analyse", _epoch(2), "}", 1, _can_look),
    Command("input.back", "Previous input", "Analyse", _step(-1), "Left", 2, _is_selected),
    Command("input.on", "Next input", "Analyse", _step(1), "Right", 2, _is_selected),
    _of_page("input.disagreement", "Next disagreement", "Analyse", "next_disagreement", "D", 2),
    _of_page("input.inherited", "Next inherited mistake", "Analyse", "next_inherited", "I", 2),
    _of_page("input.blind_spot", "Next blind spot", "Analyse", "next_blind_spot", "B", 2),
    Command("input.pin", "Pin as probe", "Analyse", _pin(True), "P", 3, _has_input),
    Command("input.unpin", "Unpin probe", "Analyse", _pin(False), "Shift+P", 3, _has_input),
    _of_page("selection.pin", "Pin selection as probes", "Analyse", "pin_selection", "", 3),
    _of_page("selection.save", "Save selection as slice", "Analyse", "save_slice", "S", 3),
    _of_page("selection.slices", "Slices", "Analyse", "list_slices", "", 3),
    Command("selection.clear", "Clear selection", "Analyse", lambda s: s.workspace.view.clear(), "Esc", 3,
            _is_selected),
)  # fmt: skip
_HELP = (
    Command("help.shortcuts", "Keyboard shortcuts", "Help", _do("shortcuts"), "F1"),
    Command("help.shortcuts_too", "Keyboard shortcuts", "Help", _do("shortcuts"), "?", is_hidden=True),
    Command("help.crashes", "Show crash reports", "Help", _do("crash_reports"), "", 1, lambda _: bool(reports())),
    Command("help.licences", "Licences", "Help", _do("licences"), "", 1),
    Command("help.about", "About kdstudio", "Help", _do("about"), "", 1),
)
COMMANDS: tuple[Command, ...] = (*_FILE, *_EDIT, *_VIEW, *_RUN, *_ANALYSE, *_HELP)
