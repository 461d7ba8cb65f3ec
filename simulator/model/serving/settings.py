"""What the model of serving is given: a model, chips, a layout, a load, efficiencies and conventions. All may be arrays."""

from dataclasses import MISSING, dataclass, fields

from simulator.core.units import (
    Bytes,
    BytesPerChip,
    BytesPerParameter,
    BytesPerToken,
    Chips,
    Count,
    FlopPerParameterToken,
    Fraction,
    Parameters,
    Ratio,
    Tokens,
    Value,
)
from simulator.model.serving.units import BytesPerChipSecond, FlopPerChipSecond, FlopPerTokenPair, Seconds


@dataclass(frozen=True)
class ServedModel:
    """A language model at the precision at which it is served.

    Attributes
    ----------
    total_parameters, active_parameters, expert_parameters : Parameters
        All, those that a token passes, and those of the routed experts.
    layers, hidden_size : Count
    kv_bytes : BytesPerToken
        Keys and values of the layers that grow, at 16 bits.
    kv_heads : Count
        1 for latent attention.
    attention_flop_prefill, attention_flop_decode : FlopPerTokenPair
    attention_window : Tokens
        Tokens that sparse attention reads; 0 for all.
    experts, active_experts : Count
        0 for a dense model.
    weight_bytes : BytesPerParameter

    """

    total_parameters: Parameters
    active_parameters: Parameters
    expert_parameters: Parameters
    layers: Count
    hidden_size: Count
    kv_bytes: BytesPerToken
    kv_heads: Count
    attention_flop_prefill: FlopPerTokenPair
    attention_flop_decode: FlopPerTokenPair
    attention_window: Tokens
    experts: Count
    active_experts: Count
    weight_bytes: BytesPerParameter


@dataclass(frozen=True)
class ServingChips:
    """Chips of a kind; `peak_flop` is that at the precision of the weights, `link_chips` how many share fast links."""

    memory: BytesPerChip
    memory_bandwidth: BytesPerChipSecond
    peak_flop: FlopPerChipSecond
    peak_flop_bf16: FlopPerChipSecond
    link_bandwidth: BytesPerChipSecond
    link_chips: Chips
    network_bandwidth: BytesPerChipSecond


@dataclass(frozen=True)
class Layout:
    """How an instance is divided over its chips: the attention by both, the experts by `expert_parallel`."""

    tensor_parallel: Count
    data_parallel: Count
    expert_parallel: Count

    @property
    def chips(self) -> Value:
        """Chips of the instance."""
        return self.tensor_parallel * self.data_parallel


@dataclass(frozen=True)
class Requests:
    """Requests that are alike: tokens of prompt and answer, the share of the prompt in the prefix cache, and drafts."""

    input_tokens: Tokens
    output_tokens: Tokens
    cached_share: Fraction = 0.0
    acceptance: Fraction = 0.0
    drafted_tokens: Count = 0.0


@dataclass(frozen=True)
class Efficiency:
    """How well chips are used, and what a step costs besides; the parameters that `calibrate serving` fits.

    Each is described, with its source, in `priors/evidence/serving.yaml`. The last five are factors: of the software on the
    decode step and on the time to first token, and of what neither explains on the time between tokens, on the time to the
    first, and on the part of it that is spent waiting.
    """

    bandwidth_use: Ratio
    mixture_bandwidth_share: Ratio
    four_bit_bandwidth_share: Ratio
    cache_bandwidth_use: Ratio
    cache_bytes_share: Ratio
    decode_flop_use: Ratio
    attention_flop_use: Ratio
    prefill_flop_use: Ratio
    mixture_prefill_share: Ratio
    layer_overhead: Seconds
    mixture_overhead: Ratio
    batch_overhead: Seconds
    reduce_latency: Seconds
    reduce_growth: Ratio
    exchange_latency: Seconds
    network_latency: Ratio
    link_use: Ratio
    network_use: Ratio
    mixing: Ratio
    burst: Ratio
    queue_variability: Ratio
    answer_overhead: Seconds
    prefill_layer_overhead: Seconds
    memory_share: Fraction
    routing_evenness: Ratio
    decode_backend: Ratio = 1.0
    prompt_backend: Ratio = 1.0
    token_residual: Ratio = 1.0
    first_residual: Ratio = 1.0
    wait_residual: Ratio = 1.0


@dataclass(frozen=True)
class Conventions:
    """Constants of the formulas, of rows of `priors/evidence/serving.yaml`."""

    flop_per_parameter: FlopPerParameterToken
    causal_share: Fraction
    index_share: Fraction
    batch_scale: Count
    chunk_tokens: Tokens
    reserved_memory: BytesPerChip
    held_output_share: Fraction
    mean_output_share: Fraction
    sums_per_layer: Count
    transfers_per_layer: Count
    reduced_bytes: Bytes
    exchanges_per_layer: Count
    exchanged_bytes: Bytes
    servers_per_token: Count
    four_bit_bytes: BytesPerParameter
    load_bandwidth: BytesPerChipSecond


PARAMETERS = tuple(each.name for each in fields(Efficiency) if each.default is MISSING)
"""Names of the efficiencies common to all backends, in their order."""
