"""One answer of an endpoint as a line of a file: prompt, response, and how the teacher weighed the alternatives."""

from collections.abc import Mapping, Sequence
from typing import Any

from kdstudio.core.errors import RunError
from kdstudio.data.text.conversation import USER, Turn
from kdstudio.recipe.asked import Asked


def question(asked: Asked, turns: Sequence[Turn], *, is_chat: bool) -> dict[str, Any]:
    """Return the request for one prompt; raises RunError for messages where texts are continued."""
    body: dict[str, Any] = {"model": asked.model, "temperature": asked.temperature, "max_tokens": asked.max_tokens}
    if not is_chat:
        if len(turns) > 1:
            hint = "Use the …/chat/completions of the server, or prompts that are one text each."
            raise RunError("this endpoint continues a text, and a prompt has several messages", hint=hint)
        return body | {"prompt": turns[0].text} | ({"logprobs": asked.top_logprobs} if asked.top_logprobs else {})
    body["messages"] = messages(turns)
    return body | ({"logprobs": True, "top_logprobs": asked.top_logprobs} if asked.top_logprobs else {})


def messages(turns: Sequence[Turn]) -> list[dict[str, str]]:
    """Return turns as endpoints take them."""
    return [{"role": turn.role, "content": turn.text} for turn in turns]


def line_of(turns: Sequence[Turn], answer: Mapping[str, Any], asked: Asked, *, is_chat: bool) -> dict[str, Any]:
    """Return what is written of an answer; raises RunError where it has no choice of an answer."""
    choices = answer.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else None
    if choice is None:
        hint = "Check that it is an OpenAI-compatible endpoint."
        raise RunError("the endpoint answers without choices", hint=hint)
    message = choice.get("message")
    said = message.get("content") if isinstance(message, dict) else choice.get("text")
    is_one = len(turns) == 1 and turns[0].role == USER
    return {
        "prompt": turns[0].text if is_one else messages(turns),
        "response": said if isinstance(said, str) else "",
        "finish_reason": choice.get("finish_reason"),
        "object": answer.get("object") or ("chat.completion" if is_chat else "text_completion"),
        "model": answer.get("model") or asked.model,
        "asked": asked.model_dump(mode="json"),
        "logprobs": _lean(choice.get("logprobs")),
    }


def _lean(value: Any) -> Any:
    """Leave out the bytes of each token whose letters say the same: they are half of the file."""
    if isinstance(value, list):
        return [_lean(one) for one in value]
    if not isinstance(value, dict):
        return value
    token, spelled = value.get("token"), value.get("bytes")
    is_said = isinstance(token, str) and (spelled is None or spelled == list(token.encode()))
    return {key: _lean(one) for key, one in value.items() if not (key == "bytes" and is_said)}
