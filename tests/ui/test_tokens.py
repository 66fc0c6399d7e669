import pytest

from kdstudio.ui.tokens import DARK, LIGHT, Tokens, blend, contrast

TEXTS = ["text_1", "text_2", "text_3", "teacher_text", "student_text", "baseline_text", "truth", "error", "warning"]
SURFACES = ["rail", "window", "surface_1", "surface_2", "surface_3", "well", "segment", "error_fill"]
GRAPHICS = ["teacher_edge", "student", "baseline", "truth", "warning", "error", "diff_less", "diff_more"]


@pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=lambda tokens: tokens.name)
@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("surface", SURFACES)
def test_that_text_has_a_contrast_of_at_least_4_5(tokens: Tokens, text: str, surface: str):
    assert contrast(getattr(tokens, text), getattr(tokens, surface)) >= 4.5


@pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=lambda tokens: tokens.name)
@pytest.mark.parametrize("graphic", GRAPHICS)
@pytest.mark.parametrize("surface", ["window", "surface_1", "surface_2"])
def test_that_marks_and_lines_have_a_contrast_of_at_least_3(tokens: Tokens, graphic: str, surface: str):
    assert contrast(getattr(tokens, graphic), getattr(tokens, surface)) >= 3.0


@pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=lambda tokens: tokens.name)
def test_that_the_main_button_is_readable_at_rest_and_hovered(tokens: Tokens):
    assert contrast(tokens.primary_text, tokens.primary) >= 4.5
    assert contrast(tokens.primary_text, tokens.primary_hover) >= 4.5


def test_that_black_on_white_has_the_contrast_of_the_standard():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)  # WCAG's well known example


def test_that_blending_meets_both_ends():
    assert blend("#E69F00", "#16181D", 1.0) == "#E69F00"
    assert blend("#E69F00", "#16181D", 0.0) == "#16181D"
