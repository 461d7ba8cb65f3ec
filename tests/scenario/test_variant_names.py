"""Names that users give to scenarios on the command line, before the reference."""

import pytest

from simulator.scenario.variants import split_name, split_names, unique_titles


class Run:
    """A scenario with a name and a title."""

    def __init__(self, name, title):
        self.name, self.title = name, title


@pytest.mark.parametrize(
    ("text", "name", "reference"),
    [
        ("Rent=a.yaml", "Rent", "a.yaml"),
        ("Own=b.yaml:basis=owned", "Own", "b.yaml:basis=owned"),
        ("Own cluster (2027) = b.yaml", "Own cluster (2027)", "b.yaml"),
        ("gpt-4:basis=rented", None, "gpt-4:basis=rented"),
        ("ours.yaml:chips=8192:mfu=0.4", None, "ours.yaml:chips=8192:mfu=0.4"),
        ("folder/a=b.yaml", None, "folder/a=b.yaml"),
        ("gpt-4", None, "gpt-4"),
        ("Rent=", None, "Rent="),
    ],
)
def test_a_name_stands_before_the_reference(text, name, reference):
    assert split_name(text) == (name, reference)


def test_an_existing_file_has_no_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a=b.yaml").write_text("")
    assert split_name("a=b.yaml") == (None, "a=b.yaml")


def test_names_are_those_of_the_user_or_the_numbered_references():
    assert split_names(["gpt-4", "Own=gpt-4", "gpt-4"]) == (["gpt-4 (1)", "Own", "gpt-4 (2)"], ["gpt-4"] * 3, {"Own"})
    with pytest.raises(ValueError, match="'A' names two scenarios; give each another name"):
        split_names(["A=gpt-4", "A=gpt-3"])


def test_a_name_of_the_user_is_its_own_label_and_others_differ_from_it():
    runs = [Run("gpt-4", "GPT-4"), Run("GPT-4", "GPT-4"), Run("large (1)", "large"), Run("large (2)", "large")]
    labels = unique_titles(runs, {"GPT-4"})
    assert labels == {"gpt-4": "GPT-4 (gpt-4)", "GPT-4": "GPT-4", "large (1)": "large (1)", "large (2)": "large (2)"}
