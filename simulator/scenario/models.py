"""Language models of the library: their architecture by name, and an approximation for a model that has no row."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from simulator.core.suggestions import InvalidValueError, similar_name_remedies
from simulator.model.serving import parameters
from simulator.model.serving.architecture import Architecture
from simulator.scenario import library
from simulator.scenario.schema import Date, Grade, Line, Number, Sources, Strict, Text

Size = Annotated[Number, Field(ge=0)]
Positive = Annotated[Number, Field(gt=0)]
Flag = Annotated[bool, BeforeValidator(lambda text: {"true": True, "false": False}.get(str(text).lower(), text))]
_UNITS = {"T": 1e12, "B": 1e9, "M": 1e6}
FULL_BITS = 16.0
"""Bits of a weight of a model whose row states no other: those of BF16 and FP16."""


class Published(Strict):
    """Parameters as the publisher prints them, such as 671B."""

    total: Annotated[str, Field(pattern=r"^\d+(\.\d+)?[TBM]$")]
    active: Annotated[str, Field(pattern=r"^\d+(\.\d+)?[TBM]$")] | None = None


class Description(Strict):
    """The architecture of a model, as the library or a user describes it; the head of `models.yaml` describes the keys."""

    layers: Positive
    hidden_size: Positive
    vocabulary: Positive
    shared_table: Flag = False
    """Whether the output head is the table of embeddings."""
    attention: Literal["full", "gqa", "mla", "sliding", "hybrid"]
    heads: Positive
    kv_heads: Positive
    head_dim: Positive
    value_dim: Size | None = None
    """Size of a value by head; that of a key unless stated."""
    latent_rank: Size | None = None
    rope_dim: Size = 0.0
    query_rank: Size = 0.0
    """Rank through which latent attention projects queries; 0 if it projects them directly."""
    output_gate: Flag = False
    """Whether the output of attention is gated by head."""
    window: Size = 0.0
    full_attention_layers: Size | None = None
    selected_tokens: Size = 0.0
    index_heads: Size = 0.0
    index_dim: Size = 0.0
    linear_key_heads: Size = 0.0
    linear_value_heads: Size = 0.0
    linear_head_dim: Size = 0.0
    convolution: Size = 0.0
    feedforward_size: Size = 0.0
    gated: Flag = True
    """Whether feed-forward blocks have three matrices, a gate among them, or two."""
    dense_layers: Size | None = None
    experts: Size = 0.0
    active_experts: Size = 0.0
    shared_experts: Size = 0.0
    expert_size: Size = 0.0
    weight_bits: Positive = FULL_BITS
    dense_weight_bits: Positive | None = None
    max_context: Positive

    @model_validator(mode="after")
    def _check(self) -> "Description":
        if (self.attention == "mla") != (self.latent_rank is not None):
            raise ValueError("attention mla, and no other, has a latent_rank")
        if (self.attention == "sliding") != (self.window > 0):
            raise ValueError("attention sliding, and no other, has a window")
        if (self.attention == "hybrid") != (self.linear_value_heads > 0):
            raise ValueError("attention hybrid, and no other, has linear layers")
        if self.attention == "full" and self.heads != self.kv_heads:
            raise ValueError("with attention full, kv_heads is heads")
        if not 0 < self.grown_layers <= self.layers or self.active_experts > self.experts:
            raise ValueError("full_attention_layers is at most layers, and active_experts at most experts")
        return self

    @property
    def grown_layers(self) -> float:
        """Layers whose keys and values grow with every token."""
        return self.layers if self.full_attention_layers is None else self.full_attention_layers

    @property
    def expert_layers(self) -> float:
        """Layers with experts."""
        return self.layers - (self.dense_layers or 0.0) if self.experts else 0.0


class ModelRow(Description):
    """A row of `models.yaml`."""

    about: Line
    aliases: tuple[Text, ...] = ()
    released: Date
    sources: Annotated[Sources, Field(min_length=1)]
    grade: Grade
    note: Line = ""
    published: Published


@cache
def rows() -> Mapping[str, ModelRow]:
    """Return the rows of the library by name."""
    return {name: ModelRow.model_validate(node.plain()) for name, node in library.language_models().items()}


def printed_parameters(text: str) -> float:
    """Return a number of parameters as printed, such as 671B."""
    return float(text[:-1]) * _UNITS[text[-1]]


def _key(text: str) -> str:
    return re.sub(r"[\s_]+", "-", text.strip().casefold())


@cache
def _names() -> Mapping[str, str]:
    """Return the row of each name and alias."""
    return {_key(alias): name for name, row in rows().items() for alias in (name, *row.aliases)}


def find_model(text: str) -> str:
    """Return the row of the model that a text names, or an empty string. Case, and spaces for hyphens, do not matter."""
    return _names().get(_key(text[:200]), "")


@cache
def architecture(name: str) -> Architecture:
    """Return the architecture of a model of the library.

    Parameters
    ----------
    name : str
        Name of a row or an alias, such as DeepSeek-R1 or meta-llama/Llama-3.3-70B-Instruct.

    Raises
    ------
    InvalidValueError
        If no row has this name.

    """
    found = find_model(name)
    if not found:
        available = ", ".join(list(rows())[:8])
        raise InvalidValueError(
            f"the library has no language model {name[:200]!r}; it has {available} and {len(rows()) - 8} more (`llmcost list "
            "models`)",
            *similar_name_remedies(_key(name[:200]), _names()),
        )
    row = rows()[found]
    sources = tuple(f"{source.title}, {source.place}" if source.place else source.title for source in row.sources)
    return replace(_architecture(row), name=found, sources=sources, grade=row.grade, note=row.note)


def described_architecture(description: Mapping[str, Any]) -> Architecture:
    """Return the architecture of a model that a user describes by the keys of `models.yaml`, such as layers and kv_heads.

    Raises
    ------
    InvalidValueError
        If a key is missing, unknown or invalid, or the keys contradict each other.

    """
    try:
        return _architecture(Description.model_validate(dict(description)))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InvalidValueError(f"the language model: {where + ': ' if where else ''}{first['msg']}") from None


def _architecture(row: Description) -> Architecture:
    total, active, experts = parameter_counts(row)
    value_dim = row.head_dim if row.value_dim is None else row.value_dim
    linear_layers = row.layers - row.grown_layers if row.attention == "hybrid" else 0.0
    state = row.linear_value_heads * row.linear_head_dim**2 + (row.convolution - 1) * _convolved(row)
    return Architecture(
        name="",
        layers=row.layers,
        hidden_size=row.hidden_size,
        heads=row.heads,
        kv_heads=row.kv_heads,
        head_dim=row.head_dim,
        value_dim=value_dim,
        latent_rank=row.latent_rank,
        rope_dim=row.rope_dim,
        experts=row.experts,
        active_experts=row.active_experts,
        shared_experts=row.shared_experts,
        expert_layers=row.expert_layers,
        total_parameters=total,
        active_parameters=active,
        expert_parameters=experts,
        vocabulary=row.vocabulary,
        attention=row.attention,
        window=row.window,
        full_attention_layers=row.grown_layers,
        selected_tokens=row.selected_tokens,
        index_values=row.index_dim,
        state_values=linear_layers * state,
        weight_bits=row.weight_bits,
        dense_weight_bits=row.weight_bits if row.dense_weight_bits is None else row.dense_weight_bits,
        max_context=row.max_context,
    )


def _convolved(row: Description) -> float:
    """Values of a token that the convolution of a linear layer keeps for the tokens before: keys, queries and values."""
    return row.linear_head_dim * (2 * row.linear_key_heads + row.linear_value_heads)


def parameter_counts(row: Description) -> tuple[float, float, float]:
    """Return total parameters, those that a token passes, and those of the routed experts, counted part by part.

    A token passes neither the experts that are not chosen nor the input table, which is looked up; where the output head is the
    same table, it passes that.
    """
    table = float(parameters.embedding_parameters(row.vocabulary, row.hidden_size))
    matrices = 3.0 if row.gated else 2.0
    expert_layers = row.expert_layers
    expert = float(parameters.feedforward_parameters(row.hidden_size, row.expert_size, matrices))
    dense_block = float(parameters.feedforward_parameters(row.hidden_size, row.feedforward_size, matrices))
    router = float(parameters.router_parameters(row.hidden_size, row.experts))
    experts = expert_layers * row.experts * expert
    blocks = (row.layers - expert_layers) * dense_block + expert_layers * (row.shared_experts * expert + router)
    other = _attention_parameters(row) + blocks + table
    total = experts + other + (0.0 if row.shared_table else table)
    active = other + (experts * row.active_experts / row.experts if row.experts else 0.0)
    return total, active, experts


def _attention_parameters(row: Description) -> float:
    """Return the parameters of all layers of attention, linear ones included."""
    value_dim = row.head_dim if row.value_dim is None else row.value_dim
    if row.latent_rank is not None:
        latent = (row.latent_rank, row.rope_dim)
        of_heads = (row.hidden_size, row.heads, row.head_dim, value_dim)
        if row.query_rank:
            layer = parameters.latent_attention_parameters(*of_heads, row.query_rank, *latent)
        else:
            layer = parameters.direct_latent_attention_parameters(*of_heads, *latent)
        layer += parameters.index_parameters(row.hidden_size, row.query_rank, row.index_heads, row.index_dim)
        return float(row.layers * layer)
    gate = value_dim if row.output_gate else 0.0
    layer = parameters.attention_parameters(row.hidden_size, row.heads, row.kv_heads, row.head_dim, value_dim, gate)
    if row.attention != "hybrid":
        return float(row.layers * layer)
    linear = parameters.linear_attention_parameters(
        row.hidden_size, row.linear_key_heads, row.linear_value_heads, row.linear_head_dim, row.convolution
    )
    return float(row.grown_layers * layer + (row.layers - row.grown_layers) * linear)
