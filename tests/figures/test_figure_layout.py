"""Every text of a figure stands on the page and hides no other."""

import itertools
from functools import cache

import pytest
from figure_cases import sensitivity_of, swing, table_of

from simulator.figures import KINDS, FigureFormat, build_table, draw, style
from simulator.figures import text as text_module
from simulator.figures.data import FigureRequest
from simulator.figures.format import PHONE_WIDTH, format_of_figures
from simulator.figures.output import format_of

APART = ("backtest", "rent-or-buy", "risks")
"""Kinds that need a scenario of their own."""
OF_SCENARIOS = [kind for kind, about in KINDS.items() if about.max_scenarios and kind not in (*APART, "epoch-components")]
WITHOUT = {
    "known": ("tornado", "spider", "variance", "shapley", "prior", "reverse"),  # nothing drives it: refused
    "tiny": ("reverse",),  # no draw is such
}
FORMATS = {
    "page": FigureFormat(),
    "phone": FigureFormat(width=PHONE_WIDTH),
    "column": FigureFormat(width=3.5, font_size=7, grey=True),
    "slide": FigureFormat(width=9, font_size=14),
}
each_format = pytest.mark.parametrize("page", FORMATS.values(), ids=FORMATS)


def texts_of(figure):
    """All upright texts that are seen, with their boxes in pixels."""
    import matplotlib.text

    hidden_labels = set()  # ticks beyond the ends of an axis keep their labels and are not drawn
    for axes in figure.axes:
        for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
            hidden_labels |= {tick.label1 for tick in ticks if not min(limits) <= tick.get_loc() <= max(limits)}
    texts = [text for text in figure.findobj(matplotlib.text.Text) if text.get_visible() and text.get_text().strip()]
    with text_module.without_glyph_warnings():
        return [
            (text.get_text(), text.get_window_extent())
            for text in texts
            if text not in hidden_labels and text.get_rotation() != 35
        ]


def check_texts(figure):
    """Every text stands on the page, and none on another, also at another resolution than that of the layout."""
    figure.set_dpi(72)
    with format_of_figures(format_of(figure)), style.figure_style(), text_module.without_glyph_warnings():
        figure.draw_without_rendering()
    texts = [(text, box.transformed(figure.dpi_scale_trans.inverted())) for text, box in texts_of(figure)]
    for text, box in texts:
        assert min(box.x0, box.y0) >= -0.02, text
        assert box.x1 <= figure.get_figwidth() + 0.02, text
        assert box.y1 <= figure.get_figheight() + 0.02, text
    for (one, a), (other, b) in itertools.combinations(texts, 2):
        wide, tall = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        assert min(wide, tall) < 0.02, (one, other)
    assert sum("2026-11-21" in text for text, _ in texts) == 1


@each_format
@pytest.mark.parametrize("name", ["plan", "known", "hostile", "tiny"])
def test_no_text_of_any_kind_leaves_the_page_or_hides_another(folder, name, page):
    for kind in OF_SCENARIOS:
        if kind not in WITHOUT.get(name, ()):
            check_texts(draw(kind, table_of(folder, name, kind), "2026-11-21", page))


@each_format
def test_texts_of_the_register_stand_by_themselves(folder, page):
    check_texts(draw("risks", table_of(folder, "risks", "risks"), "2026-11-21", page))


@cache
def evidence(kind, path):
    return build_table(kind, FigureRequest(reference=path, draws=1000))


@each_format
@pytest.mark.parametrize("kind", [kind for kind, about in KINDS.items() if about.min_scenarios == 0] + ["backtest"])
def test_texts_of_evidence_stand_by_themselves(folder, kind, page):
    check_texts(draw(kind, evidence(kind, str(folder / "backtest.json")), "2026-11-21", page))


def test_long_names_are_broken_and_many_rows_cut():
    names = [f"a_rather_long_name_of_a_quantity_that_somebody_gave_to_row_{number}" for number in range(20)]
    table = sensitivity_of(*(swing(100 - number, 1e6, name, "USD/chip/hour") for number, name in enumerate(names)))
    figure = draw("tornado", table, date="2026-11-21")
    check_texts(figure)
    assert len(figure.axes[0].get_yticklabels()) == 12
    assert any("8 more inputs are not shown" in " ".join(text.get_text().split()) for text in figure.texts)
