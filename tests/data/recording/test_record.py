"""Recording from a real server: each prompt once, whatever is killed, busy or wrong on the way."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kdstudio.core.errors import DataError, RunError
from kdstudio.core.events import Noticed, Progress
from kdstudio.data.read import read
from kdstudio.data.recording.endpoint import endpoint
from kdstudio.data.recording.record import record
from kdstudio.recipe.asked import Asked
from tests.served import Teller, served
from tests.small_language import write_teller
from tests.small_task import finish

ASKED = Asked(model="teller", max_tokens=6, top_logprobs=4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_teller(tmp_path_factory.mktemp("teller") / "model")


@pytest.fixture
def teller(folder: Path) -> Iterator[Teller]:
    with served(folder) as found:
        yield found


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    path = tmp_path / "prompts.txt"
    path.write_text("a good movie\n\na long film\na good movie\na warm heart\n", encoding="utf-8")
    return path


def recorded(teller: Teller, prompts: Path, to: Path, asked: Asked = ASKED, path: str = "") -> tuple[list[Any], Any]:
    return finish(record(endpoint(teller.url + path, teller.key), prompts, to, asked, patience=0.01))


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_that_each_prompt_has_a_line_with_its_answer_and_the_alternatives(
    teller: Teller, prompts: Path, tmp_path: Path
):
    events, counts = recorded(teller, prompts, tmp_path / "answers.jsonl")
    assert counts == {"answers": 4, "recorded_now": 4, "refused": 0}
    assert [event.done for event in events if isinstance(event, Progress)] == [0, 1, 2, 3, 4]
    found = rows(tmp_path / "answers.jsonl")
    assert [row["prompt"] for row in found] == ["a good movie", "a long film", "a good movie", "a warm heart"]
    for row in found:
        content = row["logprobs"]["content"]
        assert "".join(one["token"] for one in content) == row["response"]
        assert all(len(one["top_logprobs"]) == 4 for one in content)
        assert "bytes" not in content[0]
    dataset = read(tmp_path / "answers.jsonl")
    assert (dataset.format, len(dataset.parts["train"])) == ("conversations", 4)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 0.99, 1.0])
def test_that_a_file_torn_anywhere_is_gone_on_with_to_the_same_bytes(
    share: float, teller: Teller, prompts: Path, tmp_path: Path
):
    recorded(teller, prompts, tmp_path / "whole.jsonl")
    whole = (tmp_path / "whole.jsonl").read_bytes()
    (tmp_path / "torn.jsonl").write_bytes(whole[: int(len(whole) * share)])
    _, counts = recorded(teller, prompts, tmp_path / "torn.jsonl")
    assert counts["answers"] == 4
    assert (tmp_path / "torn.jsonl").read_bytes() == whole


def test_that_a_completion_continues_its_prompt(teller: Teller, prompts: Path, tmp_path: Path):
    recorded(teller, prompts, tmp_path / "answers.jsonl", path="/completions")
    assert next(set(body) for _, body in teller.seen) == {"model", "prompt", "max_tokens", "temperature", "logprobs"}
    row = rows(tmp_path / "answers.jsonl")[0]
    assert "".join(row["logprobs"]["tokens"]) == row["response"]
    (text, *_) = read(tmp_path / "answers.jsonl").parts["train"].inputs.texts  # type: ignore[attr-defined]
    assert text == row["prompt"] + row["response"]


def test_that_messages_are_asked_without_their_last_answer(teller: Teller, tmp_path: Path):
    said = [{"role": "system", "content": "be brief"}, {"role": "user", "content": "a film"}]
    more = [*said, {"role": "assistant", "content": "long"}]
    (tmp_path / "prompts.jsonl").write_text(json.dumps({"messages": more}) + "\n" + json.dumps({"prompt": said}))
    recorded(teller, tmp_path / "prompts.jsonl", tmp_path / "answers.jsonl")
    assert [body["messages"] for _, body in teller.seen] == [said, said]


def test_that_a_busy_endpoint_is_asked_again(teller: Teller, prompts: Path, tmp_path: Path):
    teller.faults = [429, 500, 503]
    events, counts = recorded(teller, prompts, tmp_path / "answers.jsonl")
    assert counts["answers"] == 4
    waits = [event.doing for event in events if isinstance(event, Progress) and event.doing.startswith("Waiting")]
    assert any("429: not now" in wait for wait in waits)


def test_that_it_gives_up_at_last_and_keeps_what_it_has(teller: Teller, prompts: Path, tmp_path: Path):
    recorded(teller, prompts, tmp_path / "answers.jsonl")
    kept = rows(tmp_path / "answers.jsonl")[:2]
    (tmp_path / "answers.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in kept))
    teller.faults = [500] * 20
    with pytest.raises(RunError, match="500: not now; after 8 tries"):
        recorded(teller, prompts, tmp_path / "answers.jsonl")
    assert rows(tmp_path / "answers.jsonl") == kept


def test_that_a_prompt_that_is_refused_is_noted_and_the_others_go_on(teller: Teller, prompts: Path, tmp_path: Path):
    teller.faults = [400]
    with pytest.raises(RunError, match=r"refuses \(400\): not now"):
        recorded(teller, prompts, tmp_path / "none.jsonl")
    recorded(teller, prompts, tmp_path / "answers.jsonl")
    one = rows(tmp_path / "answers.jsonl")[0]
    (tmp_path / "answers.jsonl").write_text(json.dumps(one) + "\n")
    teller.faults = [400]
    _, counts = recorded(teller, prompts, tmp_path / "answers.jsonl")
    assert (counts["answers"], counts["refused"]) == (4, 1)
    dataset = read(tmp_path / "answers.jsonl")
    assert len(dataset.parts["train"]) == 3


def test_that_the_key_is_sent_and_written_nowhere(teller: Teller, prompts: Path, tmp_path: Path):
    teller.key = "very secret"
    recorded(teller, prompts, tmp_path / "answers.jsonl")
    assert "secret" not in (tmp_path / "answers.jsonl").read_text()
    assert "secret" not in repr(endpoint(teller.url, "very secret"))
    with pytest.raises(RunError, match="does not let you in \\(401\\): no such key"):
        finish(record(endpoint(teller.url, "wrong"), prompts, tmp_path / "more.jsonl", ASKED))


def test_that_no_redirect_is_followed_and_no_proxy_used(
    teller: Teller, prompts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path
):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    recorded(teller, prompts, tmp_path / "answers.jsonl")
    with served(folder) as other:
        teller.to = f"{other.url}/chat/completions"
        with pytest.raises(RunError, match="sends the request on to 127") as caught:
            recorded(teller, prompts, tmp_path / "more.jsonl")
        assert other.url in caught.value.hint
        assert not other.seen


def test_that_an_endpoint_without_alternatives_is_told_of_once(teller: Teller, prompts: Path, tmp_path: Path):
    teller.tells = False
    events, _ = recorded(teller, prompts, tmp_path / "answers.jsonl")
    assert sum(isinstance(event, Noticed) for event in events) == 1


def test_that_other_settings_are_not_mixed_into_one_file(teller: Teller, prompts: Path, tmp_path: Path):
    recorded(teller, prompts, tmp_path / "answers.jsonl")
    with pytest.raises(RunError, match=r"recorded with other settings: temperature 1\.0"):
        recorded(teller, prompts, tmp_path / "answers.jsonl", ASKED.model_copy(update={"temperature": 0.5}))
    (tmp_path / "prompts.jsonl").write_text('{"prompt": "a film"}\n')
    with pytest.raises(RunError, match=r"line 1 of prompts\.jsonl was not recorded by kdstudio"):
        recorded(teller, prompts, tmp_path / "prompts.jsonl")


@pytest.mark.parametrize("address", ["", "localhost:80", "ftp://host/v1", "http://", "http://host:x"])
def test_that_what_is_no_address_is_refused(address: str):
    with pytest.raises(RunError, match="no address of a server"):
        endpoint(address)


def test_that_an_address_is_completed_and_has_no_key_in_it():
    assert endpoint("http://host:8000").url == "http://host:8000/v1/chat/completions"
    assert endpoint("https://host/api/v1/").url == "https://host/api/v1/chat/completions"
    assert endpoint("https://host/v1/completions").url == "https://host/v1/completions"
    assert endpoint("http://host/v1", "key").is_overheard
    assert not endpoint("http://127.0.0.1/v1", "key").is_overheard
    assert not endpoint("https://host/v1", "key").is_overheard
    with pytest.raises(RunError, match="seen by others"):
        endpoint("https://me:secret@host/v1")


def test_that_a_server_that_is_not_there_is_told(prompts: Path, tmp_path: Path):
    with pytest.raises(RunError, match=r"127\.0\.0\.1:9 cannot be reached"):
        finish(record(endpoint("http://127.0.0.1:9"), prompts, tmp_path / "answers.jsonl", ASKED, patience=0.001))


def test_that_a_file_without_prompts_is_refused(tmp_path: Path, teller: Teller):
    (tmp_path / "empty.txt").write_text("\n\n")
    with pytest.raises(DataError, match="holds no prompts"):
        recorded(teller, tmp_path / "empty.txt", tmp_path / "answers.jsonl")
