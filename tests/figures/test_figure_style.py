"""Colours differ for every eye; texts fit their width, and axes hold their values."""

import itertools

import numpy as np
import pytest
from figure_cases import HOSTILE

from simulator.figures import axes as axes_module
from simulator.figures import style
from simulator.figures import text as text_module


def linear(colour):
    """Linear red, green and blue of a colour (IEC 61966-2-1)."""
    parts = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


LUMINANCE = np.array([0.2126, 0.7152, 0.0722])

# Machado, Oliveira and Fernandes 2009, severity 1.
BLINDNESS = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def lightness(rgb):
    """CIE L* of linear red, green and blue."""
    y = float(np.clip(rgb, 0, 1) @ LUMINANCE)
    return 116 * y ** (1 / 3) - 16 if y > 216 / 24389 else y * 24389 / 27


@pytest.mark.parametrize("vision", ["grey", *BLINDNESS])
def test_colours_differ_in_lightness_for_every_eye(vision):
    matrix = np.array(BLINDNESS[vision]) if vision in BLINDNESS else np.eye(3)
    values = [lightness(matrix @ linear(colour)) for colour in style.COLOURS]
    assert min(abs(a - b) for a, b in itertools.combinations(values, 2)) > 12


def contrast(a, b):
    """Contrast of two colours as WCAG 2 has it."""
    high, low = sorted((float(linear(each) @ LUMINANCE) for each in (a, b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_text_and_lines_stand_out_from_paper():
    assert contrast(style.INK, "#ffffff") > 15
    assert contrast(style.MUTED, "#ffffff") >= 7  # AAA, for the small print
    assert all(contrast(colour, "#ffffff") >= 3 for colour in style.COLOURS[:3])  # graphics, WCAG 1.4.11
    assert contrast(style.FILL, style.PALE) > 1.25  # inside an interval and outside


@pytest.mark.parametrize("text", ["", "word", HOSTILE, "W" * 400, "i " * 400, "界" * 200, "tab\tnew\nline \x00\x1b[31m"])
def test_wrapped_text_fits_its_width_and_number_of_lines(text):
    with style.figure_style():
        wrapped = text_module.wrap_text(text, 11, 6.1, 2, bold=True)
        assert len(wrapped) <= 2
        assert all(text_module.width_of(line, 11, bold=True) <= 6.1 for line in wrapped)
        assert all(line.isprintable() for line in wrapped)
    if len(wrapped) == 2 and not text.startswith("i"):
        assert wrapped[-1].endswith("…") == (text_module.width_of(text_module.to_plain(text), 11, bold=True) > 2 * 6.1)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "0"), (1.5e6, "1.5M"), (2e9, "2B"), (-2e4, "−20K"), (999_999.9, "1M"), (0.25, "0.25"), (1e15, "1.00e15"), (12, "12")],
)
def test_amounts_on_axes(value, expected):
    assert axes_module.format_amount(value) == expected


@pytest.mark.parametrize("values", [[5], [0], [-3, 8], [1e-9, 1e-9], [1, 1e9], [0, 1e9]])
def test_axes_hold_their_values_with_room(values):
    limits = axes_module.axis_range(values)
    assert limits.low < min(values) <= max(values) < limits.high
    assert limits.log == (min(values) > 0 and max(values) / min(values) > axes_module.LOG_SCALE_RATIO)
