"""Terms of payment: when an amount that accrues becomes cash."""

from dataclasses import dataclass, field
from typing import Literal

from simulator.engine.inputs import Source

Due = Literal["use", "start", "never"]


@dataclass(frozen=True, slots=True)
class PaymentTerms:
    """Terms under which a cost is paid; times are in hours.

    Attributes
    ----------
    name : str
        The terms of the library that they start from.
    due : str
        `use`: as the cost accrues; `start`: in one sum when what is paid for begins or is delivered; `never`: the cost is no
        cash, as depreciation is none.
    lag : float
        Time from the due date to the payment.
    deposit : float
        Share that is paid before the start; the rest is paid when it is due.
    lead : float
        Time between the deposit and the start.
    tax : float
        Tax that is paid in addition and recovered later, as a share of each payment.
    recovery : float
        Time between the payment of the tax and its recovery.
    has_changes : bool
        Whether the scenario changes the terms of the library.
    about, grade, date : str
        Description, evidence grade and date.
    sources : tuple of Source

    """

    name: str
    due: Due = "use"
    lag: float = 0.0
    deposit: float = 0.0
    lead: float = 0.0
    tax: float = 0.0
    recovery: float = 0.0
    has_changes: bool = False
    about: str = ""
    grade: str = ""
    date: str = ""
    sources: tuple[Source, ...] = field(default=(), compare=False)

    @property
    def is_cash(self) -> bool:
        """Whether a cost under these terms is paid at all."""
        return self.due != "never"
