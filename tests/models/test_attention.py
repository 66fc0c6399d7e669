"""What blocks attend with, against the attention that the library itself writes out."""

import pytest
import torch

from kdstudio.models.attention import ATTENTION
from kdstudio.models.model import Model
from kdstudio.models.source import load
from kdstudio.models.taps import EMBEDDED, shapes, tapped
from tests.models.text_networks import TEXTS, write

FAMILIES = ["Bert", "Roberta", "DistilBert", "ModernBert", "Albert"]


def attending(model: Model) -> list[str]:
    return [name for name in shapes(model) if name.endswith(ATTENTION)]


@pytest.mark.parametrize("family", FAMILIES)
def test_that_queries_and_keys_make_the_attention_that_the_library_writes_out(family: str, tmp_path) -> None:
    model = load(write(tmp_path / "net", family))
    tokens = model.preprocessing.apply(TEXTS)
    names = attending(model)
    with torch.no_grad():
        plain = model.module(tokens)
        with tapped(model, names) as seen:
            assert torch.equal(model.module(tokens), plain)  # listening changes no bit
    network, is_token = model.module.network, tokens >= 0
    network.set_attn_implementation("eager")
    given = {"input_ids": tokens.clamp(min=0), "attention_mask": is_token.long()}
    with torch.no_grad():
        told = network(**given, output_attentions=True).attentions
    assert len(told) == 4
    assert len(names) == (1 if family == "Albert" else 4)  # its one block is used four times: the first time is heard
    for name, expected in zip(names, told, strict=False):
        query, key, _ = seen[name].unbind(1)
        scores = query @ key.transpose(2, 3) / query.shape[3] ** 0.5
        attention = scores.masked_fill(~is_token[:, None, None], -1e30).softmax(-1)
        from_tokens = is_token[:, None].expand(-1, 2, -1)
        assert torch.allclose(attention[from_tokens], expected[from_tokens], atol=1e-6)


def test_that_the_values_are_those_of_the_projection_and_the_embedded_tokens_those_of_the_embeddings(tmp_path) -> None:
    model = load(write(tmp_path / "net"))
    tokens = model.preprocessing.apply(TEXTS)
    bert = model.module.network.bert
    first = "network.bert.encoder.layer.0"
    with torch.no_grad(), tapped(model, (EMBEDDED, first + ATTENTION)) as seen:
        model.module(tokens)
        embedded = bert.embeddings(input_ids=tokens.clamp(min=0))
        values = bert.encoder.layer[0].attention.self.value(embedded)
    assert torch.allclose(seen[EMBEDDED], embedded)
    assert torch.allclose(seen[first + ATTENTION][:, 2].transpose(1, 2).flatten(2), values, atol=1e-6)


def test_that_gradients_go_through_what_is_heard(tmp_path) -> None:
    model = load(write(tmp_path / "net"))
    name = attending(model)[0]
    with tapped(model, (name,)) as seen:
        model.module(model.preprocessing.apply(TEXTS))
    seen[name].square().sum().backward()
    projection = model.module.network.bert.encoder.layer[0].attention.self.key
    assert projection.weight.grad is not None
    assert projection.weight.grad.abs().sum() > 0


@pytest.mark.parametrize("family", ["GPT2", "Llama"])
def test_that_networks_that_look_to_the_left_alone_do_not_show_it(family: str, tmp_path) -> None:
    assert attending(load(write(tmp_path / "net", family))) == []


def test_that_nothing_is_heard_once_a_tap_is_off(tmp_path) -> None:
    from kdstudio.models.attention import _LISTENERS

    model = load(write(tmp_path / "net"))
    with tapped(model, attending(model)):
        assert any(module in _LISTENERS for module in model.module.modules())
    assert not any(module in _LISTENERS for module in model.module.modules())
