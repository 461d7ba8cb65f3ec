"""What the library can serve and price: language models by architecture, and list prices of interfaces, as typed entries."""

from dataclasses import dataclass

from simulator.engine.inputs import Source
from simulator.scenario import list_prices, models
from simulator.scenario.entries import sources_of


@dataclass(frozen=True, slots=True)
class ModelItem:
    """A language model whose architecture the library has, for `served_model`.

    Attributes
    ----------
    name, about : str
    released : str
        Date of its release; empty if unknown.
    total_parameters, active_parameters : float
        All parameters, and those that a token passes.
    max_context : float
        Longest prompt with its answer, in tokens.
    grade : str
        Grade of the evidence, A to D.
    aliases : tuple of str
        Other names of it.
    sources : tuple of Source

    """

    name: str
    about: str
    released: str
    total_parameters: float
    active_parameters: float
    max_context: float
    grade: str
    aliases: tuple[str, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class ListPriceItem:
    """The list price of an interface that is in force, for `api_model`; prices in USD for a million tokens.

    Attributes
    ----------
    name, provider : str
    since : str
        First day in force; empty for a list without a date.
    input_price, output_price : float
    cached_input_price, cache_write_price : float or None
        None where the list has none.
    tier : str
        The tier for long prompts, in words; empty without one.
    about : str
        Other lists of the model, and dearer hours.

    """

    name: str
    provider: str
    since: str
    input_price: float
    cached_input_price: float | None
    cache_write_price: float | None
    output_price: float
    tier: str
    about: str


def list_models() -> list[ModelItem]:
    """Return the language models of the library, by name."""
    items = []
    for name, row in models.rows().items():
        shape = models.architecture(name)
        items.append(
            ModelItem(
                name=name,
                about=row.about,
                released=row.released,
                total_parameters=shape.total_parameters,
                active_parameters=shape.active_parameters,
                max_context=row.max_context,
                grade=row.grade,
                aliases=tuple(row.aliases),
                sources=sources_of(row.sources),
            )
        )
    return items


def list_price_items() -> list[ListPriceItem]:
    """Return the list price of each model that is in force, by provider."""
    return [_price_item(name, lists) for name, lists in list_prices.list_prices().items()]


def _price_item(name: str, lists: tuple[list_prices.ListPrice, ...]) -> ListPriceItem:
    price = list_prices.price_in_force(name)
    others = [_since(each) or "base" for each in lists if each is not price]
    hours = list_prices.peak_hours(price)
    notes = [f"other lists from {', '.join(others)}"] if others else []
    notes += [f"{hours.factor:g} times the price in {hours.share:.0%} of the hours of a week"] if hours else []
    tier = f"input x{price.long_input_factor:g} above {price.long_context_from:,.0f} tokens" if price.long_context_from else ""
    return ListPriceItem(
        name=name,
        provider=price.provider,
        since=_since(price),
        input_price=price.prices["input_price"],
        cached_input_price=price.prices.get("cached_input_price"),
        cache_write_price=price.prices.get("cache_write_price"),
        output_price=price.prices["output_price"],
        tier=tier,
        about="; ".join(notes),
    )


def _since(price: list_prices.ListPrice) -> str:
    return price.since.isoformat() if price.since else ""
