"""Figures as bytes: safe as markup, the same each time, whole or absent."""

import re
import xml.etree.ElementTree as ET

import pytest
from figure_cases import HOSTILE, table_of

from simulator.figures import SUFFIXES, alt_text, draw, save, svg


def test_a_dollar_is_a_dollar_and_markup_is_text(folder):
    table = table_of(folder, "hostile", "histogram")
    figure = draw("histogram", table)
    assert figure.texts[1].get_text().startswith("$x_1$ </script>")  # the subtitle has the name of the scenario
    assert not any(text.get_parse_math() for text in figure.texts)
    element = svg(figure, "one", title=HOSTILE, description=alt_text("histogram", table))
    assert "<script" not in element
    assert "<!--" not in element
    root = ET.fromstring(element)
    assert root[0].text.startswith("$x_1$ </script><script>")


def test_inline_figures_do_not_clash_and_refer_only_to_themselves(folder):
    elements = [
        svg(draw(kind, table_of(folder, "plan", kind)), kind, title="T", description="A") for kind in ("breakdown", "s-curve")
    ]
    ids = [identity for text in elements for identity in re.findall(r'\bid="([^"]+)"', text)]
    assert len(ids) == len(set(ids))
    for text in elements:
        assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', text)) <= set(ids)
        assert 'role="img" aria-labelledby="' in text
        assert not re.search(r"https?://(?!www\.w3\.org/)", text)


@pytest.mark.parametrize("kind", ["breakdown", "joint"])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_bytes_repeat_and_hold_no_clock(folder, tmp_path, kind, suffix):
    table = table_of(folder, "plan", kind)
    paths = [tmp_path / f"{number}{suffix}" for number in range(3)]
    figures = [draw(kind, table, "2026-11-21") for _ in range(2)]
    for path, figure in zip(paths, [*figures, figures[0]], strict=True):
        save(figure, path)
    first, *others = (path.read_bytes() for path in paths)
    assert others == [first, first]
    assert not re.search(rb"CreationDate|dc:date|Creation Time", first)


def test_a_failed_write_leaves_the_old_file(folder, tmp_path, monkeypatch):
    path = tmp_path / "x.png"
    path.write_text("old")
    figure = draw("histogram", table_of(folder, "plan", "histogram"))
    monkeypatch.setattr(type(figure), "draw", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        save(figure, path)
    assert [each.name for each in tmp_path.iterdir()] == ["x.png"]
    assert path.read_text() == "old"
