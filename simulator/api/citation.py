"""How to cite the tool and its data."""

from simulator.api.arguments import one_of
from simulator.io.citation import FORMS, Form, citation_text


def cite(form: Form = "text") -> str:
    """Return how to cite this version of llmcost, and the data that its results rest on.

    Parameters
    ----------
    form : {"text", "bibtex", "cff"}
        Plain text, BibTeX entries, or the Citation File Format 1.2.0.

    Returns
    -------
    str

    Raises
    ------
    InvalidValueError
        For another form.

    Notes
    -----
    A result names its own scenario, seed, fingerprint and version in its ``header``.

    Examples
    --------
    >>> import llmcost
    >>> "llmcost" in llmcost.cite()
    True
    >>> llmcost.cite("bibtex")[:10]
    '@software{'

    """
    return citation_text(one_of(form, "form", FORMS))
