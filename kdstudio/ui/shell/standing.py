"""The left end of the status line in words: where the run stands, or what the draft still needs."""

from kdstudio.ui.panels.run_words import duration, epoch_words
from kdstudio.ui.workspace import Workspace

Standing = tuple[str, str, str, float | None]  # icon, words, the fainter rest, how far a live run is

_ICONS = {"queued": "clock", "running": "play", "paused": "pause", "stopping": "stop"}
_WORDS = {"paused": "   paused", "stopping": "   stopping…"}


def standing(workspace: Workspace) -> Standing:
    """Return what is going on."""
    if workspace.exports.is_busy:
        return "export", "Exporting…", "", None
    if workspace.run.is_live:
        return _live(workspace)
    if workspace.run.state == "none":
        return _draft(workspace)
    title, run = workspace.run_title(), workspace.run
    if run.state == "finished":
        seconds = ((run.summary or {}).get("timing") or {}).get("seconds")
        return (
            "check",
            f"{title} finished",
            (f"{run.stage.stages} stages" if run.stage is not None else f"{run.epochs} epochs")
            + (f"  ·  {duration(seconds)}" if seconds else ""),
            None,
        )
    if run.state == "waiting":
        return "clock", title, workspace.queue.place(run.folder), None
    return "pause", title, f"stopped at {epoch_words(workspace.run)}", None


def _live(workspace: Workspace) -> Standing:
    run = workspace.run
    share = run.advanced.step / run.advanced.total if run.advanced and run.advanced.total else 0.0
    doing = run.doing.doing if run.doing is not None else ""
    wait = f"  ·  {len(workspace.queue.waiting)} in the queue" if workspace.queue.waiting else ""
    title = workspace.run_title() + _WORDS.get(run.state, "")
    if run.state == "queued":
        return _ICONS[run.state], title, doing or "is starting", 0.0
    if run.state == "running" and not doing:
        left = run.seconds_left()
        rest = f"{share:.0%}" + (f"  ·  {duration(left)} left" if left is not None else "")
        return _ICONS[run.state], f"{title}   {epoch_words(workspace.run)}", rest + wait, share
    return _ICONS[run.state], title, doing or f"{epoch_words(workspace.run)}  ·  {share:.0%}{wait}", share


def _draft(workspace: Workspace) -> Standing:
    check = workspace.draft.check
    if workspace.draft.is_checking:
        return "clock", "Checking…", "", None
    if check is None:
        return "check", "Ready", "", None
    return ("alert", "Not ready to train", "", None) if check.errors else ("check", "Ready to train", "", None)
