"""How fast graphs answer by batch size and number of threads, and what memory they take: in a process of their own."""

import multiprocessing
import os
import time
from collections.abc import Callable, Mapping
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

BATCHES = (1, 8, 32)
SECONDS, FEWEST, MOST, WARM = 0.06, 5, 200, 2  # of calls that are timed for each batch size and number of threads
WITHIN = 120.0  # seconds, afterwards nothing is told
GRAPHS = (".onnx", ".ort")

SHARES = (50, 95, 99)  # of the calls, which take no longer than that

Speeds = list[dict[str, float]]
"""`threads`, `batch`, and the `p50`, `p95` and `p99` of one answer to the whole batch in milliseconds."""


def measured(files: Mapping[str, Path], fed: Mapping[str, np.ndarray]) -> dict[str, tuple[Speeds, int]]:
    """Return for each graph by name its speeds, and the bytes by which the process grew while it answered one input.

    `fed` is one input. Memory is that of one thread, which ONNX Runtime keeps once it needed it. A graph that fails, or
    takes too long, is left out, because its check tells what is wrong with it.
    """
    graphs = {name: str(path) for name, path in files.items() if path.suffix in GRAPHS}
    if not graphs:
        return {}
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(
        target=_measure, args=(there, graphs, dict(fed), threads()), daemon=True
    )
    process.start()
    there.close()
    found: dict[str, tuple[Speeds, int]] = {}
    try:
        while here.poll(WITHIN):
            name, speeds, memory = here.recv()
            found[name] = speeds, memory
    except EOFError:
        pass  # that was all
    finally:
        process.kill()
        process.join()
        here.close()
    return found


def threads() -> tuple[int, ...]:
    """Return the numbers of threads that are tried: one, and all cores."""
    return tuple(
        dict.fromkeys((1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1))
    )


def _measure(pipe: Connection, graphs: dict[str, str], fed: dict[str, np.ndarray], threads: tuple[int, ...]) -> None:
    import onnxruntime
    import psutil

    process = psutil.Process()
    for name, path in graphs.items():
        speeds: Speeds = []
        before, memory = process.memory_info().rss, 0
        try:
            for count in threads:
                options = onnxruntime.SessionOptions()
                options.intra_op_num_threads, options.inter_op_num_threads = count, 1
                options.log_severity_level = 3
                session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
                for batch in BATCHES:
                    given = {key: np.repeat(value, batch, axis=0) for key, value in fed.items()}
                    times = _times(partial(session.run, None, given))
                    shares = {f"p{share}": round(float(np.percentile(times, share)), 4) for share in SHARES}
                    speeds.append({"threads": count, "batch": batch} | shares)
                    memory = memory or max(0, process.memory_info().rss - before)
        except Exception:  # ONNX Runtime's errors have no base of their own; the check tells of them
            continue
        pipe.send((name, speeds, memory))
    pipe.close()


def _times(answer: Callable[[], object]) -> list[float]:
    """Return the milliseconds of calls after those that warm up."""
    for _ in range(WARM):
        answer()
    found: list[float] = []
    end = time.perf_counter() + SECONDS
    while len(found) < FEWEST or (len(found) < MOST and time.perf_counter() < end):
        began = time.perf_counter()
        answer()
        found.append(1000 * (time.perf_counter() - began))
    return found
