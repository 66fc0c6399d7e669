"""Texts of one batch are as long as the longest: what stands behind a shorter one is no token, and counts nowhere."""

import pytest
import torch

from kdstudio.methods.base import Exchange, Method, Setting
from kdstudio.methods.catalogue import METHODS
from kdstudio.methods.hidden_states import HiddenStates
from kdstudio.methods.layer_method import LayerMethod
from kdstudio.methods.relational import Relational
from kdstudio.models.source import load
from kdstudio.models.taps import tapped
from kdstudio.models.values import Batch, Outputs
from tests.methods.two_layers import PAIR, feature
from tests.models.text_networks import TEXTS, write

N, L, C = 4, 6, 3
LENGTHS = (6, 3, 1, 5)
TOKENS = torch.tensor([[7] * length + [-1] * (L - length) for length in LENGTHS])
OF_TOKENS = sorted(
    name
    for name, kind in METHODS.items()
    if issubclass(kind, LayerMethod) and 2 in kind.ranks and not kind.needs.attention
)


def padded(values: torch.Tensor, more: int) -> torch.Tensor:
    """Return features (N, L, d) with other numbers where there is no token, also in `more` places behind."""
    noise = feature(N, L + more, values.shape[2], seed=9) * 100
    return torch.where((longer(more) >= 0)[..., None], torch.cat([values, noise[:, L:]], dim=1), noise)


def longer(more: int) -> torch.Tensor:
    return torch.cat([TOKENS, torch.full((N, more), -1)], dim=1)


def loss(method: Method, ours: Outputs, theirs: Outputs) -> float:
    batch = Batch(None, torch.tensor([0, 1, 2, 0]), torch.arange(N))
    shapes = {"ours": (L, 4), "embedding": (4,)}, {"theirs": (L, 5)}
    with torch.random.fork_rng():
        torch.manual_seed(5)
        setting = Setting(classes=C, inputs=10, student=shapes[0], teacher=shapes[1])
        terms = method.build(setting).double()(Exchange(batch, ours, theirs))
    return float(torch.stack(list(terms.values())).sum().detach())


def outputs(layer: str, values: torch.Tensor, tokens: torch.Tensor | None) -> Outputs:
    embedding = feature(N, 4, seed=3)
    return Outputs(feature(N, C, seed=4), {layer: values, "embedding": embedding}, tokens)


@pytest.mark.parametrize("name", OF_TOKENS)
def test_that_padding_changes_no_loss(name: str) -> None:
    method = METHODS[name](pairs=PAIR)
    ours, theirs = feature(N, L, 4, seed=1), feature(N, L, 5, seed=2)
    plain = loss(method, outputs("ours", ours, TOKENS), outputs("theirs", theirs, TOKENS))
    more = [outputs("ours", padded(ours, 3), longer(3)), outputs("theirs", padded(theirs, 3), longer(3))]
    assert loss(method, *more) == pytest.approx(plain, rel=1e-10)
    everything = loss(method, *(outputs(*pair, None) for pair in (("ours", ours), ("theirs", theirs))))
    assert everything != pytest.approx(plain, rel=1e-6)


def test_that_padding_changes_no_exit_of_the_student_alone() -> None:
    method, theirs = METHODS["own_exits"](layers=("ours",)), outputs("theirs", feature(N, L, 5, seed=2), TOKENS)
    ours = feature(N, L, 4, seed=1)
    plain = loss(method, outputs("ours", ours, TOKENS), theirs)
    assert loss(method, outputs("ours", padded(ours, 2), longer(2)), theirs) == pytest.approx(plain, rel=1e-10)


def test_that_hidden_states_are_averaged_over_tokens_and_not_over_texts() -> None:
    ours, theirs = feature(N, L, 4, seed=1), feature(N, L, 4, seed=2)
    gaps = [(ours[n, i] - theirs[n, i]).square().mean() for n, length in enumerate(LENGTHS) for i in range(length)]
    method = HiddenStates(pairs=PAIR, distance="squared")
    batch = Batch(None, torch.zeros(N, dtype=torch.int64), torch.arange(N))
    pair = Outputs(ours, {"ours": ours}, TOKENS), Outputs(theirs, {"theirs": theirs}, TOKENS.clone())
    found = method.terms(Exchange(batch, *pair))["distance"]
    assert float(found) == pytest.approx(float(sum(gaps)) / len(gaps), rel=1e-12)


def test_that_texts_of_two_tokenizers_meet_in_their_means() -> None:
    ours, theirs = feature(N, L, 4, seed=1), feature(N, L, 4, seed=2)
    other = torch.where(TOKENS >= 0, TOKENS + 1, -1)
    means = [torch.stack([one[n, :length].mean(0) for n, length in enumerate(LENGTHS)]) for one in (ours, theirs)]
    batch = Batch(None, torch.zeros(N, dtype=torch.int64), torch.arange(N))
    pair = Outputs(ours, {"ours": ours}, TOKENS), Outputs(theirs, {"theirs": theirs}, other)
    found = HiddenStates(pairs=PAIR, distance="squared").terms(Exchange(batch, *pair))["distance"]
    assert float(found) == pytest.approx(float((means[0] - means[1]).square().mean()), rel=1e-12)


@pytest.mark.parametrize("method", [HiddenStates, Relational])
def test_that_a_real_network_of_text_gives_the_same_loss_in_a_longer_batch(method, tmp_path) -> None:
    model = load(write(tmp_path / "bert"))
    model.module.double()  # random networks hardly change their inputs: the losses are small
    layers = model.layers[0], model.layers[1]
    made = method(pairs=(layers,))
    tokens = model.preprocessing.apply(TEXTS)
    found = []
    for more in (0, 5):
        given = torch.cat([tokens, torch.full((len(TEXTS), more), -1)], dim=1)
        with torch.no_grad(), tapped(model, layers) as seen:
            both = Outputs(model.module(given), dict(seen), model.preprocessing.tokens(given))
        batch = Batch(None, torch.zeros(len(TEXTS), dtype=torch.int64), torch.arange(len(TEXTS)))
        found.append(float(sum(made.terms(Exchange(batch, both, both)).values())))
    assert found[1] == pytest.approx(found[0], rel=1e-6)
    assert found[0] > 1e-6
