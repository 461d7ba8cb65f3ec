"""Architecture of a language model, as far as serving depends on it: what is stored, read and computed for each token."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from simulator.core.units import Bytes, BytesPerParameter, BytesPerToken, Count, Fraction, Parameters, Tokens


@dataclass(frozen=True)
class Architecture:
    """A language model as serving sees it.

    Attributes
    ----------
    name : str
        Its name in the library; empty for a model without a row.
    layers : float
        Layers of the transformer, those that predict further tokens left out.
    hidden_size : float
        Size of the vector of a token between layers.
    heads : float
        Heads of queries.
    kv_heads : float
        Heads of keys and values; 1 for latent attention, which keeps one vector for all heads.
    head_dim : float
        Size of a key by head, the part with rotary positions of latent attention left out.
    value_dim : float
        Size of a value by head.
    latent_rank : float or None
        Size of the vector that latent attention keeps of a token; None for other attention.
    rope_dim : float
        Size of the key with rotary positions that latent attention keeps beside it; 0 for other attention.
    experts, active_experts, shared_experts : float
        Experts of a layer that are routed, those of them that a token passes, and those that every token passes; 0 if dense.
    expert_layers : float
        Layers with experts.
    total_parameters : float
        All parameters, further-token layers and encoders of images left out.
    active_parameters : float
        Parameters that a token passes: without the experts not chosen and without the input table, which is looked up.
    expert_parameters : float
        Parameters of all routed experts.
    vocabulary : float
        Rows of the table of embeddings.
    attention : str
        `full`: each head has its own keys; `gqa`: heads share them; `mla`: latent; `sliding`: some layers see a window;
        `hybrid`: some layers are linear.
    window : float
        Tokens that the layers with a window see; 0 without such layers.
    full_attention_layers : float
        Layers whose keys and values grow with every token.
    selected_tokens : float
        Tokens that sparse attention reads of those it keeps; 0 if it reads all.
    index_values : float
        Values that the index of sparse attention keeps of a token in a layer; 0 without an index.
    state_values : float
        Values that all linear layers keep of a user, whatever the context; 0 without such layers.
    weight_bits : float
        Bits of a weight as published; of an expert's weight in a mixture. Scales of blocks are inside.
    dense_weight_bits : float
        Bits of the other weights of a mixture; equal to `weight_bits` where all are alike.
    max_context : float
        Tokens of the longest context that its publisher states.
    sources : tuple of str
        Where the facts are from.
    grade : str
        Grade of the evidence, A to D.
    spread : mapping of str to float
        Standard deviation of the logarithm of quantities of a model that was approximated, by name; empty for a row.
    note : str
        What a reader should know, such as that the model was approximated.

    """

    name: str
    layers: float
    hidden_size: float
    heads: float
    kv_heads: float
    head_dim: float
    value_dim: float
    latent_rank: float | None
    rope_dim: float
    experts: float
    active_experts: float
    shared_experts: float
    expert_layers: float
    total_parameters: float
    active_parameters: float
    expert_parameters: float
    vocabulary: float
    attention: str
    window: float
    full_attention_layers: float
    selected_tokens: float
    index_values: float
    state_values: float
    weight_bits: float
    dense_weight_bits: float
    max_context: float
    sources: tuple[str, ...] = ()
    grade: str = ""
    spread: Mapping[str, float] = field(default_factory=dict)
    note: str = ""

    @property
    def windowed_layers(self) -> float:
        """Layers that see a window."""
        return self.layers - self.full_attention_layers if self.window > 0 else 0

    @property
    def kv_values_per_layer(self) -> float:
        """Values that a layer of attention keeps of a token: keys and values of all heads, or the latent vector and its key."""
        if self.latent_rank is not None:
            return self.latent_rank + self.rope_dim + self.index_values
        return self.kv_heads * (self.head_dim + self.value_dim)

    def kv_bytes_per_token(self, bytes_per_value: Count) -> BytesPerToken:
        """Memory that grows with every token of the context."""
        return self.full_attention_layers * self.kv_values_per_layer * bytes_per_value

    def kv_bytes(self, context: Tokens, bytes_per_value: Count) -> Bytes:
        """Memory of a user: growing layers, layers with a window once it is full, and the state of linear layers."""
        windowed = self.windowed_layers * self.kv_values_per_layer * np.minimum(context, self.window)
        return self.kv_bytes_per_token(bytes_per_value) * context + (windowed + self.state_values) * bytes_per_value

    def kv_copies(self, tensor_parallel: Count) -> Count:
        """Copies of the keys and values that the chips of a tensor-parallel group hold together."""
        return np.maximum(1, tensor_parallel / self.kv_heads)

    @property
    def attention_flop_prefill(self) -> float:
        """FLOP of the growing layers for a pair of tokens in a prompt: a product with the key and one with the value."""
        multiplications = self.full_attention_layers * self.heads * (self.head_dim + self.rope_dim + self.value_dim)
        return multiplications + multiplications

    @property
    def attention_flop_decode(self) -> float:
        """FLOP of the growing layers for a pair of tokens while writing: latent attention works on the latent vector itself."""
        if self.latent_rank is None:
            return self.attention_flop_prefill
        multiplications = self.full_attention_layers * self.heads * (self.latent_rank + self.rope_dim + self.latent_rank)
        return multiplications + multiplications

    @property
    def expert_share(self) -> float:
        """Share of the routed experts that a token passes; 1 for a dense model."""
        return self.active_experts / self.experts if self.experts else 1.0

    @property
    def other_parameters(self) -> float:
        """Parameters outside the routed experts."""
        return self.total_parameters - self.expert_parameters

    @property
    def read_parameters(self) -> float:
        """Parameters outside the routed experts that every step reads: without the input table."""
        return self.active_parameters - self.expert_parameters * self.expert_share

    def touched_share(self, tokens: Tokens) -> Fraction:
        """Share of the routed experts that a step over some tokens reads, if experts are chosen independently."""
        return 1 - (1 - self.expert_share) ** tokens

    def weight_bytes(self, bytes_per_expert_weight: BytesPerParameter, bytes_per_weight: BytesPerParameter) -> Bytes:
        """Memory of all weights."""
        return stored_weight_bytes(self.expert_parameters, bytes_per_expert_weight, self.other_parameters, bytes_per_weight)

    def step_weight_bytes(
        self, tokens: Tokens, bytes_per_expert_weight: BytesPerParameter, bytes_per_weight: BytesPerParameter
    ) -> Bytes:
        """Weights that a step over some tokens reads."""
        touched = self.expert_parameters * self.touched_share(tokens)
        return stored_weight_bytes(touched, bytes_per_expert_weight, self.read_parameters, bytes_per_weight)


def stored_weight_bytes(
    expert_parameters: Parameters,
    bytes_per_expert_weight: BytesPerParameter,
    other_parameters: Parameters,
    bytes_per_weight: BytesPerParameter,
) -> Bytes:
    """Bytes of experts and of other weights, each at its precision."""
    return expert_parameters * bytes_per_expert_weight + other_parameters * bytes_per_weight
