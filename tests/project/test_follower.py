import threading

from kdstudio.core.events import Losses, Resumed, Started, to_json
from kdstudio.project.follower import Follower
from kdstudio.project.store import recorded


def losses(step):
    return Losses(step=step, epoch=step / 10, terms={"total": 1.0}, learning_rate=0.1)


def steps(events):
    return [getattr(event, "step", None) for event in events]


def test_that_only_what_is_new_is_read(tmp_path) -> None:
    follower = Follower(tmp_path)
    assert follower.read() == []
    with open(tmp_path / "events.jsonl", "a") as file:
        for step in (1, 2):
            file.write(to_json(losses(step)) + "\n")
            file.flush()
            assert steps(follower.read()) == [step]
    assert follower.read() == []
    assert steps(follower.history) == [1, 2]


def test_that_a_line_counts_once_it_is_whole(tmp_path) -> None:
    follower = Follower(tmp_path)
    line = (to_json(losses(1)) + "\n").encode()
    with open(tmp_path / "events.jsonl", "ab", buffering=0) as file:
        file.write(line[:20])
        assert follower.read() == []
        file.write(line[20:-1])
        assert follower.read() == []
        file.write(b"\n" + line[:10])
        assert steps(follower.read()) == [1]


def test_that_a_torn_line_that_was_ended_is_skipped(tmp_path) -> None:
    follower = Follower(tmp_path)
    (tmp_path / "events.jsonl").write_text(to_json(losses(1)) + "\n" + to_json(losses(2))[:25])
    assert steps(follower.read()) == [1]
    list(recorded(tmp_path, (event for event in [Started(task="train"), losses(2)])))
    assert steps(follower.read()) == [None, 2]


def test_that_a_resumed_run_drops_what_is_void(tmp_path) -> None:
    follower = Follower(tmp_path)
    list(recorded(tmp_path, (losses(step) for step in range(1, 6))))
    follower.read()
    list(recorded(tmp_path, (event for event in [Resumed(step=3), losses(4)])))
    assert [event.event for event in follower.read()] == ["resumed", "losses"]
    assert steps(follower.history) == [1, 2, 3, 3, 4]


def test_that_a_replaced_file_is_read_from_its_beginning(tmp_path) -> None:
    follower = Follower(tmp_path)
    list(recorded(tmp_path, (losses(step) for step in range(1, 6))))
    follower.read()
    (tmp_path / "events.jsonl").write_text(to_json(losses(9)) + "\n")
    assert steps(follower.read()) == [9]
    assert steps(follower.history) == [9]


def test_that_a_long_history_comes_in_pieces(tmp_path) -> None:
    list(recorded(tmp_path, (losses(step) for step in range(1, 51))))
    follower, pieces = Follower(tmp_path), []
    while piece := follower.read(limit=500):
        pieces.append(piece)
    assert len(pieces) > 5
    assert steps(follower.history) == list(range(1, 51))
    assert steps(Follower(tmp_path).read(limit=1)) == [1]


def test_that_nothing_is_lost_while_another_thread_writes(tmp_path) -> None:
    follower = Follower(tmp_path)
    writer = threading.Thread(target=lambda: list(recorded(tmp_path, (losses(step) for step in range(1, 1001)))))
    writer.start()
    found = []
    while writer.is_alive():
        found += follower.read()
    writer.join()
    found += follower.read()
    assert steps(found) == list(range(1, 1001))
