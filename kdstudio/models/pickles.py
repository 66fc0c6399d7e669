"""What a pickle would run if it were opened, found by reading its opcodes and never by opening it."""

import io
import pickletools
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from kdstudio.core.errors import ModelError

_HARMLESS = re.compile(
    r"collections\.(OrderedDict|Counter|defaultdict)$|torch\.(Size|device|dtype|Tensor|\w+Storage|\w*float\w*|u?int\w+|bool)$"
    r"|torch\._utils\._rebuild_\w+$|torch\._tensor\._rebuild_from_type_v2$|torch\.nn\.parameter\.\w+$"
    r"|torch\.serialization\._get_layout$|torch\.storage\.\w*Storage$|torch\._C\._\w*Generator$|_codecs\.encode$"
)
_LARGEST = 64 * 1024**2  # bytes of a pickle inside a zip file: the numbers lie beside it, and a zip bomb is larger
_LEGACY_PICKLES = 5  # magic number, protocol, machine, the object, names of storages; then come the numbers

Operation = tuple[str, object]  # opcode and its argument


def wanted(path: Path) -> list[str]:
    """Return the functions and classes outside torch's weights that the file names, in its order.

    Raises ModelError where the file is damaged.
    """
    names = [name for operations in _pickles(path) for name in _globals(operations)]
    return list(dict.fromkeys(name for name in names if not _HARMLESS.match(name)))


def protocol(path: Path) -> int:
    """Return the newest pickle protocol in the file; torch's weights-only reader knows 2 and 3."""
    found = [argument for operations in _pickles(path) for name, argument in operations if name == "PROTO"]
    return max((number for number in found if isinstance(number, int)), default=2)


def _pickles(path: Path) -> Iterator[list[Operation]]:
    with open(path, "rb") as file:
        if file.read(2) != b"PK":
            file.seek(0)
            for _ in range(_LEGACY_PICKLES):
                yield _operations(file)
            return
    try:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.endswith(".pkl"):
                    with archive.open(name) as member:
                        yield _operations(io.BytesIO(member.read(_LARGEST)))
    except (zipfile.BadZipFile, zlib.error, ValueError, RuntimeError, EOFError) as error:
        raise ModelError("the file is cut short or damaged", hint="Download or save it again.") from error


def _operations(file: IO[bytes]) -> list[Operation]:
    """Read one pickle's opcodes; of a damaged one those that can be read."""
    found: list[Operation] = []
    try:
        for opcode, argument, _ in pickletools.genops(file):
            found.append((opcode.name, argument))
    except (ValueError, EOFError, OverflowError, MemoryError, IndexError):
        pass
    return found


def _globals(operations: list[Operation]) -> Iterator[str]:
    strings: list[str] = []  # those that may be the names that the next STACK_GLOBAL takes from the stack
    memory: dict[object, str] = {}
    for name, argument in operations:
        if name in ("GLOBAL", "INST"):
            yield ".".join(str(argument).split(" ", 1))
        elif name == "STACK_GLOBAL":
            yield ".".join(strings[-2:])
        elif name == "MEMOIZE":
            memory[len(memory)] = strings[-1] if strings else ""
        elif name in ("BINPUT", "LONG_BINPUT"):
            memory[argument] = strings[-1] if strings else ""
        elif name in ("BINGET", "LONG_BINGET"):
            strings.append(memory.get(argument, ""))
        elif isinstance(argument, str):
            strings.append(argument)
