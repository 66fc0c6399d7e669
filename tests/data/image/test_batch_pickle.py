"""Pickles of arrays are read; pickles that want to do anything else do nothing."""

import functools
import os
import pickle
import struct
import subprocess

import numpy as np
import pytest

from kdstudio.core.errors import DataError
from kdstudio.data.image.batch_pickle import read


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("order", ["C", "F"])
def test_that_arrays_of_every_protocol_are_read(protocol, order):
    data = np.asarray(np.arange(24, dtype=np.uint8).reshape(4, 6), order=order)
    value = {b"data": data, b"labels": [1, 2, 3, 4], "deep": {"a": (1.5, None, True)}, "big": data.astype(">i4")}
    found = read(pickle.dumps(value, protocol=protocol), "x")
    np.testing.assert_array_equal(found["data"], data)
    np.testing.assert_array_equal(found["big"], data)
    assert found["labels"] == [1, 2, 3, 4]


def python2(key, text):
    """Return the opcodes with which Python 2 wrote a key and a string."""
    return b"U" + bytes([len(key)]) + key + b"T" + struct.pack("<I", len(text)) + text


def test_that_arrays_written_by_python_2_are_read():
    pixels = np.arange(12, dtype=np.uint8)
    array = (
        b"U\x04datacnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85U\x01btR"
        b"(K\x01K\x03K\x04\x86cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
        b"\x89T" + struct.pack("<I", 12) + pixels.tobytes() + b"tbs"
    )
    found = read(b"\x80\x02}" + array + python2(b"batch_label", b"training batch 1 of 5") + b"s.", "x")
    np.testing.assert_array_equal(found["data"], pixels.reshape(3, 4))
    assert found["batch_label"] == b"training batch 1 of 5"


class Reduce:
    def __init__(self, call, *arguments):
        self.call, self.arguments = call, arguments

    def __reduce__(self):
        return self.call, self.arguments


class Named:
    pass


def malicious(canary):
    """Return pickles that would each write the canary if they were opened."""
    path = str(canary)
    touch = f"open({path!r}, 'w').write('x')"
    dumps = functools.partial(pickle.dumps, protocol=2)
    yield "system", dumps({"data": Reduce(os.system, f"touch {path}")})
    yield "eval", dumps({"data": Reduce(eval, touch)})
    yield "exec", dumps(Reduce(exec, touch))
    yield "open", dumps({"data": Reduce(open, path, "w")})
    yield "popen", dumps({"data": [Reduce(subprocess.Popen, ["touch", path])]})
    yield "partial", dumps({"data": functools.partial(os.system, f"touch {path}")})
    yield "by name", f"cos\nsystem\n(V touch {path}\ntR.".encode()
    yield "instance", f"(V{touch}\ni__builtin__\neval\n.".encode()
    yield "object", f"(cbuiltins\neval\nV{touch}\no.".encode()
    yield (
        "stack global",
        b"\x80\x04\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c"
        + bytes([len(path) + 6])
        + f"touch {path}".encode()
        + b"\x85R.",
    )
    yield "dotted", b"\x80\x04\x8c\x05numpy\x8c\x07ndarray\x93\x8c\x05numpy\x8c\x10f2py.os.system.x\x93."
    yield "of numpy", f"cnumpy.testing._private.utils\nrunstring\n(V{touch}\n}}tR.".encode()
    yield "main", dumps({"data": Named()})
    yield "key", dumps({Reduce(os.system, f"touch {path}"): 1})
    yield "state of a function", f"c_codecs\nencode\n}}V__doc__\nV{path}\nsb.".encode()
    yield "other codec", dumps({"data": Reduce(__import__("_codecs").encode, "abc", "rot13")})
    yield "outside", b"\x80\x02}U\x04dataU\x01xQs."
    yield "extension", b"\x80\x02\x82\x01."


def test_that_malicious_pickles_run_nothing(tmp_path):
    canary = tmp_path / "canary"
    kinds = 0
    for kind, content in malicious(canary):
        with pytest.raises(DataError, match=r"(not opened|damaged)") as caught:
            read(content, "data_batch_1")
        assert "data_batch_1" in caught.value.message
        assert not canary.exists(), kind
        kinds += 1
    assert kinds == 18
    os.system(f"touch {canary}")
    assert canary.exists()  # the canary would have sung


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x80\x02",
        b"\x80\x02]q\x00.",
        b"\x80\x09}.",
        b"r\xff\xff\xff\xff.",
        b"\x8e\xff\xff\xff\xff\xff\xff\xff\x7f",
        b"\x8b\xff\xff\xff\x7f" + b"1" * 99,
        b"cnumpy\nndarray\n)R(K\x01K\x03tb.",
    ],
)
def test_that_damaged_pickles_are_told(content):
    with pytest.raises(DataError, match="x is"):
        read(content, "x")


@pytest.mark.parametrize("content", [b"\x80\x02}r\xff\xff\xff\xff.", b"\x80\x04\x95" + b"\xff" * 7 + b"\x7f}."])
def test_that_absurd_sizes_take_no_memory(content):
    assert read(content, "x") == {}


def test_that_every_cut_is_told():
    content = pickle.dumps({"data": np.zeros((3, 4), np.uint8), "labels": [1, 2, 3]})
    for end in range(len(content)):
        with pytest.raises(DataError, match="cut off or damaged"):
            read(content[:end], "x")


def test_that_arrays_of_objects_are_not_made():
    with pytest.raises(DataError):
        read(pickle.dumps({"data": np.array([Named()], dtype=object)}), "x")
