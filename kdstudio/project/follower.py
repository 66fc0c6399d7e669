"""Reading the events of a run that another process is writing, from where the last look ended."""

import os
from pathlib import Path

from pydantic import ValidationError

from kdstudio.core import events
from kdstudio.core.events import Event
from kdstudio.core.layout import RunFolder

_BYTES = 1 << 20  # read at one look, so that a long history comes in pieces


class Follower:
    """Reads only the new bytes of `events.jsonl`; `history` is the valid history so far.

    A line counts once its newline is there, so that a line that is being written is left for the next look.
    """

    def __init__(self, folder: Path) -> None:
        self.history: list[Event] = []
        self._path = RunFolder(folder).events
        self._offset = 0
        self._inode = 0

    def read(self, limit: int = _BYTES) -> list[Event]:
        """Return the events that are new, oldest first, out of about `limit` bytes; none where the file is missing.

        A `Resumed` among them has already dropped what it makes void from `history`; who keeps curves does the same.
        A file that became shorter or was replaced is read from its beginning, with an empty `history`.
        """
        try:
            content = self._new_bytes(limit)
        except OSError:
            return []
        end = content.rfind(b"\n") + 1
        self._offset += end
        found = []
        for line in content[:end].splitlines():
            try:
                event = events.from_json(line)
            except ValidationError:
                continue  # torn, or of a newer kdstudio
            found.append(event)
            events.append(self.history, event)
        return found

    def _new_bytes(self, limit: int) -> bytes:
        with open(self._path, "rb") as file:
            facts = os.fstat(file.fileno())
            if facts.st_size < self._offset or facts.st_ino != self._inode:
                self._offset, self._inode = 0, facts.st_ino
                self.history.clear()
            file.seek(self._offset)
            content = file.read(limit)
            if b"\n" not in content:  # a line that is longer than the limit
                content += file.readline()
        return content
