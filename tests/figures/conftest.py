"""What the tests of figures share."""

import pytest
from figure_cases import write_cases


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Scenario files of every kind of trouble."""
    folder = tmp_path_factory.mktemp("figures")
    write_cases(folder)
    return folder
