from kdstudio.models.measure import measure
from kdstudio.models.source import load


def test_that_multiplications_of_a_linear_model_are_its_weights(build):
    assert measure(build("mlp", hidden=[])).macs == 7840


def test_that_resnet_56_costs_what_papers_say(akamaster):
    costs = measure(load(akamaster / "resnet56-4bfd9763.th"))
    assert costs.parameters == 853_018  # 0.85 M in the paper
    assert round(costs.macs / 1e6, 1) == 125.5
    assert costs.silhouette[0] == (32, 16)
    assert costs.silhouette[-2:] == ((8, 64), (1, 10))
    assert len(costs.silhouette) == 56


def test_that_depthwise_convolutions_count_one_channel_each(build):
    costs = measure(build("mobilenet", width=8, expansion=1, depth=1))
    stem, first = 28 * 28 * 8 * 9, 28 * 28 * 8 * 9
    assert costs.macs > stem + first
    assert costs.silhouette[:2] == ((28, 8), (28, 8))


def test_that_measuring_leaves_the_model_as_it_was(build):
    model = build("small_cnn")
    model.module.train()
    measure(model)
    assert model.module.training
    assert not any(module._forward_hooks for module in model.module.modules())
