"""The definition of a printed figure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Definition:
    """What a figure of an output means, so that a reader can compute it again from the draws.

    Attributes
    ----------
    output : str
        The command that prints it, such as `budget`.
    path : str
        Its place in the JSON of the command: `contingency[].amount`, where `[]` is any item of a list and `{}` any key of an
        object, as in `quantities{}.median`. Empty for a figure that is in the tables alone.
    label : str
        Header of its column or name of its row in the tables, where `{}` is a number and `{name}` a name; ` | ` joins texts
        that are all needed to find it. Empty for a figure that is in the JSON alone.
    definition : str
        Formula over the draws.
    unit : str
        `USD`, `1` for a number without unit, or another canonical unit.

    """

    output: str
    path: str
    label: str
    definition: str
    unit: str
