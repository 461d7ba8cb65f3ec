"""Sizes, letters, greys and colours of figures for page, phone and print."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest
from figure_cases import sensitivity_of, swing, table_of
from test_figure_style import BLINDNESS, contrast, lightness, linear

from simulator.core.suggestions import InvalidValueError
from simulator.figures import FigureFormat, draw, save, svg
from simulator.figures.categories import CATEGORIES, OTHER, by_category, category_of, has_category
from simulator.figures.colours import COLOUR_NAMES, page_colours
from simulator.figures.format import figure_format, parse_length
from simulator.model import LINES


@pytest.mark.parametrize(
    ("text", "inches"), [("25.4mm", 1), ("8.9 cm", 8.9 / 2.54), ("3.5in", 3.5), ("375px", 375 / 96), (4, 4), (3.5, 3.5)]
)
def test_lengths_have_units(text, inches):
    assert parse_length(text, "width") == pytest.approx(inches)


@pytest.mark.parametrize("text", ["89", "89 ell", "", "-3 in", True, None, "1e3in"])
def test_length_without_a_unit_is_refused(text):
    with pytest.raises(InvalidValueError, match="width is a length with its unit, mm, cm, in, px"):
        parse_length(text, "width")


@pytest.mark.parametrize(
    "options", [{"width": 1}, {"width": 99}, {"height": 0.2}, {"font_size": 2}, {"font_size": 40}, {"dpi": 5}]
)
def test_format_that_nothing_fits_is_refused(options):
    with pytest.raises(InvalidValueError, match=r"of a figure must be .* to .*, not"):
        figure_format(**options)


def test_figure_has_the_size_and_letters_that_are_asked_for(folder, tmp_path):
    figure = draw("breakdown", table_of(folder, "plan", "breakdown"), page=FigureFormat(width=3.5, height=3.0, font_size=6))
    assert figure.get_size_inches().tolist() == [3.5, 3.0]
    assert figure.axes[1].get_yticklabels()[0].get_fontsize() == pytest.approx(6 * 8 / 8.5)
    assert figure.texts[0].get_fontsize() == pytest.approx(6 * 11 / 8.5)
    path = tmp_path / "x.png"
    save(draw("breakdown", table_of(folder, "plan", "breakdown"), page=FigureFormat(width=3, height=4, resolution=100)), path)
    from matplotlib.image import imread

    assert imread(path).shape[:2] == (400, 300)


def test_height_without_room_is_refused_with_what_is_needed(folder):
    table = table_of(folder, "plan", "breakdown")
    with pytest.raises(InvalidValueError, match=r"give at least (\d+\.\d) inches") as error:
        draw("breakdown", table, page=FigureFormat(width=3, height=1.2))
    needed = float(re.search(r"at least (\d+\.\d)", str(error.value))[1])
    assert draw("breakdown", table, page=FigureFormat(width=3, height=needed + 0.1)).get_figheight() == pytest.approx(
        needed + 0.1
    )


def colours_of(path: Path) -> set[tuple[float, ...]]:
    from matplotlib.image import imread

    pixels = imread(path)[..., :3].reshape(-1, 3)
    return {tuple(pixel) for pixel in np.unique(pixels.round(3), axis=0).tolist()}


@pytest.mark.parametrize("kind", ["breakdown", "joint", "cashflow", "correlation"])
def test_grey_figures_have_no_other_colour(folder, tmp_path, kind):
    path = tmp_path / "x.png"
    save(draw(kind, table_of(folder, "plan", kind), page=FigureFormat(grey=True, resolution=60)), path)
    assert max(max(pixel) - min(pixel) for pixel in colours_of(path)) < 0.02
    save(draw(kind, table_of(folder, "plan", kind), page=FigureFormat(resolution=60)), path)
    assert max(max(pixel) - min(pixel) for pixel in colours_of(path)) > 0.2


def test_letters_are_text_and_pdf_embeds_their_font(folder, tmp_path):
    figure = draw("breakdown", table_of(folder, "plan", "breakdown"))
    save(figure, tmp_path / "x.svg")
    text = (tmp_path / "x.svg").read_text()
    assert re.search(r"<text[^>]*>chip cost</text>", text)
    assert "'DejaVu Sans', Verdana" in text
    save(figure, tmp_path / "x.pdf")
    data = (tmp_path / "x.pdf").read_bytes()
    assert b"/FontFile2" in data  # TrueType
    assert b"/Type3" not in data


def test_inline_figures_are_small_and_name_their_colours(folder):
    for kind in ("histogram", "breakdown", "contingency", "tornado", "cashflow"):
        element = svg(draw(kind, table_of(folder, "plan", kind)), kind)
        assert len(element) < 60_000, kind
        assert "var(--figure-ink, #1a1a1a)" in element
        assert "var(--figure-paper, #ffffff)" in element
        unnamed = re.sub(r"var\(--figure-[a-z0-9-]+, #[0-9a-f]{6}\)", "", element)
        assert not set(COLOUR_NAMES) & set(re.findall(r"#[0-9a-f]{6}\b", unnamed)), kind


def test_colours_of_dark_pages_stand_out():
    light, dark = page_colours(dark=False), page_colours(dark=True)
    assert set(light) == set(dark) == set(COLOUR_NAMES.values())
    paper = dark["--figure-paper"]
    assert all(contrast(dark[f"--figure-{name}"], paper) >= 7 for name in ("ink", "muted"))
    assert all(contrast(dark[f"--figure-colour-{number}"], paper) >= 3 for number in range(1, 6))


@pytest.mark.parametrize("vision", ["grey", *BLINDNESS])
def test_categories_differ_for_every_eye(vision):
    matrix = np.array(BLINDNESS[vision]) if vision in BLINDNESS else np.eye(3)
    for one, other in itertools.combinations(CATEGORIES, 2):
        distance = abs(lightness(matrix @ linear(one.colour)) - lightness(matrix @ linear(other.colour)))
        assert distance > 12 or one.hatch != other.hatch, (one.name, other.name)
        assert one.colour != other.colour


def test_every_line_of_the_model_has_a_category():
    assert [line for line in LINES if not has_category(line)] == []
    assert category_of("a_line_of_mine") is OTHER
    groups = by_category(["chip_cost", "staff_cost", "energy_cost", "rental_cost"])
    assert [(category.name, lines) for category, lines in groups.items()] == [
        ("compute", ["chip_cost", "rental_cost"]), ("staff", ["staff_cost"]), ("energy and site", ["energy_cost"]),
    ]  # fmt: skip


def test_what_a_cloud_bills_beside_its_chips_is_no_software():
    names = ("software_cost", "tool_cost", "other_cloud_cost", "support_cost", "platform_cost")
    assert [category_of(name).name for name in names] == ["software"] * 2 + ["cloud services"] * 3


def test_a_category_has_one_colour_in_every_figure(folder):
    """Whatever its rank: chips are the largest line of the plan, and energy of the other one."""
    from matplotlib.colors import to_hex

    for kind, name in itertools.product(("breakdown", "cashflow", "contingency"), ("plan", "known")):
        found = {to_hex(patch.get_facecolor()) for patch in draw(kind, table_of(folder, name, kind)).axes[0].patches}
        assert {category_of("chip_cost").colour, category_of("energy_cost").colour} <= found, (kind, name)


def test_long_legends_stay_on_the_page():
    table = sensitivity_of(swing(80, 120, conditional=(70, 95)), swing(90, 110, "a_long_name_of_an_input"))
    for page in (FigureFormat(), FigureFormat(width=3.0), FigureFormat(width=4, font_size=12)):
        figure = draw("tornado", table, page=page)
        legend = figure.axes[0].get_legend().get_window_extent().transformed(figure.dpi_scale_trans.inverted())
        assert legend.x0 > -0.02
        assert legend.x1 < page.width + 0.02
