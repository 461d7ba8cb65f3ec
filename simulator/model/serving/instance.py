"""An instance: its decode step, its prefill and its users, from the formulas of each part."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simulator.core.units import Value
from simulator.model.serving import communication, decode, memory, prefill, prefix_cache, speculation
from simulator.model.serving.settings import Conventions, Efficiency, Layout, Requests, ServedModel, ServingChips


@dataclass(frozen=True)
class Instance:
    """Chips that serve one copy of a model.

    What does not depend on the users is computed once: the search for the operator's choice asks for it in every step.
    """

    model: ServedModel
    chips: ServingChips
    layout: Layout
    requests: Requests
    efficiency: Efficiency
    conventions: Conventions

    @cached_property
    def is_mixture(self) -> NDArray[np.bool_]:
        """Whether the model is a mixture of experts."""
        return np.asarray(self.model.expert_parameters > 0)

    @cached_property
    def kv_bytes(self) -> Value:
        """Bytes of keys and values of a token, at the precision at which they are kept."""
        return self.model.kv_bytes * self.efficiency.cache_bytes_share

    @cached_property
    def kv_copies(self) -> Value:
        """Copies of keys and values."""
        return memory.kv_copies(self.layout.tensor_parallel, self.model.kv_heads)

    @cached_property
    def context(self) -> Value:
        """Mean tokens before one that is written."""
        return self.requests.input_tokens + self.conventions.mean_output_share * self.requests.output_tokens

    @cached_property
    def held_weight_bytes(self) -> Value:
        """Memory of the weights."""
        model = self.model
        return memory.held_weight_bytes(
            model.total_parameters, model.expert_parameters, model.weight_bytes, self.layout.data_parallel
        )

    @cached_property
    def users_that_fit(self) -> Value:
        """Users whose keys and values fit."""
        requests, constants = self.requests, self.conventions
        tokens = memory.held_tokens(requests.input_tokens, requests.output_tokens, constants.held_output_share)
        return memory.users_that_fit(
            self.chips.memory, self.efficiency.memory_share, constants.reserved_memory, self.layout.chips,
            self.held_weight_bytes, self.kv_bytes, self.kv_copies, tokens,
        )  # fmt: skip

    @cached_property
    def weight_bandwidth_use(self) -> Value:
        """Share of the bandwidth at which weights are read."""
        each = self.efficiency
        is_four_bit = self.model.weight_bytes <= self.conventions.four_bit_bytes
        return (
            each.bandwidth_use
            * np.where(self.is_mixture, each.mixture_bandwidth_share, 1)
            * np.where(is_four_bit, each.four_bit_bandwidth_share, 1)
        )

    @cached_property
    def crosses_network(self) -> NDArray[np.bool_]:
        """Whether the instance has more chips than fast links join."""
        return np.asarray(self.layout.chips > self.chips.link_chips)

    @cached_property
    def sums_cross_network(self) -> NDArray[np.bool_]:
        """Whether a tensor-parallel group has more chips than fast links join; ranks of the attention sum each on their own."""
        return np.asarray(self.layout.tensor_parallel > self.chips.link_chips)

    def _bandwidth(self, crosses_network: NDArray[np.bool_]) -> Value:
        """Bandwidth between chips that is attained: of links, or of the network."""
        chips, each = self.chips, self.efficiency
        links, network = chips.link_bandwidth * each.link_use, chips.network_bandwidth * each.network_use
        return np.where(crosses_network, network, links)

    @cached_property
    def exchanges_tokens(self) -> NDArray[np.bool_]:
        """Whether tokens travel to experts on other chips: with tensor parallelism alone, every chip has all tokens."""
        layout = self.layout
        return np.asarray(self.is_mixture & (layout.expert_parallel > 1) & (layout.data_parallel > 1))

    def step_seconds(self, users: Value) -> Value:
        """Time of a decode step over some users, with their drafts if there are any."""
        model, chips, layout, each, constants = self.model, self.chips, self.layout, self.efficiency, self.conventions
        checked = users * speculation.checked_tokens(self.requests.drafted_tokens)
        expert_share = model.active_experts / np.maximum(model.experts, 1)
        touched = np.where(self.is_mixture, decode.touched_share(expert_share, checked, each.routing_evenness), 0)
        weight_bytes = decode.step_weight_bytes(
            model.total_parameters, model.expert_parameters, model.weight_bytes, layout.data_parallel, touched
        )
        read = decode.read_seconds(weight_bytes, chips.memory_bandwidth, layout.chips, self.weight_bandwidth_use)
        flop = decode.weight_flop_seconds(
            checked, model.active_parameters, constants.flop_per_parameter, chips.peak_flop, layout.chips, each.decode_flop_use
        )
        context = decode.read_context(self.context, model.attention_window, constants.index_share)
        cache = decode.cache_read_seconds(
            users, self.kv_bytes, self.kv_copies, context, chips.memory_bandwidth, layout.chips, each.cache_bandwidth_use
        )
        attention = decode.attention_flop_seconds(
            checked, model.attention_flop_decode, context, chips.peak_flop_bf16, layout.chips, each.attention_flop_use
        )
        layer_overhead = each.layer_overhead * np.where(self.is_mixture, each.mixture_overhead, 1)
        launch = decode.launch_seconds(model.layers, layer_overhead, each.batch_overhead, users, constants.batch_scale)
        latency = communication.exchange_latency(
            model.layers, constants.exchanges_per_layer, layout.expert_parallel, each.exchange_latency
        )
        work = decode.overlapped_seconds(read, flop) + cache + attention + launch + self._sum_latency
        exchanged = latency + self._exchange_seconds(checked, model.active_experts)
        return each.decode_backend * self._with_exchange(work + self._sum_seconds(checked), exchanged)

    def _with_exchange(self, work: Value, exchanged: Value) -> Value:
        """Time of a pass with its exchange of tokens: after the rest, or between servers at the same time as the rest.

        Between servers two halves of the batch take turns, so that the longer of both counts.
        """
        together = np.where(self.crosses_network, np.maximum(work, exchanged), work + exchanged)
        return np.where(self.exchanges_tokens, together, work)

    @cached_property
    def _sum_latency(self) -> Value:
        """Latency of the sums of a step."""
        each = self.efficiency
        latency = communication.reduce_latency(
            self.model.layers, self.conventions.sums_per_layer, self.layout.tensor_parallel, each.reduce_latency,
            each.reduce_growth,
        )  # fmt: skip
        return latency * np.where(self.sums_cross_network, each.network_latency, 1)

    def time_per_token(self, users: Value) -> Value:
        """Time between tokens of a user, without prompts in between."""
        accepted = speculation.accepted_tokens(self.requests.acceptance, self.requests.drafted_tokens)
        return decode.time_per_token(self.step_seconds(users), accepted)

    def _sum_seconds(self, tokens: Value) -> Value:
        """Time to send the values of the sums in a pass over some tokens of the instance."""
        model, layout, constants = self.model, self.layout, self.conventions
        return communication.reduce_seconds(
            model.layers, constants.transfers_per_layer, tokens / layout.data_parallel, model.hidden_size,
            constants.reduced_bytes, layout.tensor_parallel, self._bandwidth(self.sums_cross_network),
        )  # fmt: skip

    def _exchange_seconds(self, tokens: Value, copies: Value) -> Value:
        """Time to send some tokens of the instance to their experts and back."""
        model, layout = self.model, self.layout
        return communication.exchange_seconds(
            model.layers, tokens / layout.chips, copies, layout.expert_parallel, model.hidden_size,
            self.conventions.exchanged_bytes, self._bandwidth(self.crosses_network),
        )  # fmt: skip

    @cached_property
    def prompt_copies(self) -> Value:
        """Copies of a token of a prompt that are sent: to each expert, or between servers once to each of a few servers."""
        most = np.where(self.crosses_network, self.conventions.servers_per_token, self.model.active_experts)
        return np.minimum(most, self.model.active_experts)

    @cached_property
    def uncached_tokens(self) -> Value:
        """Tokens of a prompt that are computed."""
        return prefix_cache.uncached_tokens(self.requests.input_tokens, self.requests.cached_share)

    @cached_property
    def prompt_chip_seconds(self) -> Value:
        """Chip time of the products of a prompt, and of loading what is cached."""
        model, chips, each, constants = self.model, self.chips, self.efficiency, self.conventions
        earlier = prefill.mean_context(self.requests.input_tokens, self.uncached_tokens, constants.causal_share)
        context = decode.read_context(earlier, model.attention_window, constants.index_share)
        use = each.prefill_flop_use * np.where(self.is_mixture, each.mixture_prefill_share, 1)
        computed = prefill.prefill_chip_seconds(
            self.uncached_tokens, context, model.active_parameters, constants.flop_per_parameter,
            model.attention_flop_prefill, chips.peak_flop, use, chips.peak_flop_bf16, each.attention_flop_use,
        )  # fmt: skip
        return computed + prefix_cache.cache_load_seconds(
            self.requests.input_tokens, self.requests.cached_share, self.kv_bytes, constants.load_bandwidth
        )

    @cached_property
    def weight_pass_seconds(self) -> Value:
        """Time to read all weights once."""
        bandwidth_use = self.efficiency.bandwidth_use
        return decode.read_seconds(self.held_weight_bytes, self.chips.memory_bandwidth, self.layout.chips, bandwidth_use)

    @cached_property
    def shared_prefill_seconds(self) -> Value:
        """Time of the instance for a prompt among many."""
        tokens = self.uncached_tokens
        work = prefill.shared_prefill_seconds(
            self.prompt_chip_seconds, self.layout.chips, self._sum_seconds(tokens), self.weight_pass_seconds, tokens,
            self.conventions.chunk_tokens,
        )  # fmt: skip
        return self._with_exchange(work, self._exchange_seconds(tokens, self.prompt_copies))

    @cached_property
    def lone_prefill_seconds(self) -> Value:
        """Time of a prompt from its start to its end: one tensor-parallel group reads it."""
        layout, each = self.layout, self.efficiency
        tokens = self.uncached_tokens * layout.data_parallel
        overhead = each.prefill_layer_overhead * np.where(self.is_mixture, each.mixture_overhead, 1)
        work = prefill.lone_prefill_seconds(
            self.prompt_chip_seconds, layout.tensor_parallel, self._sum_seconds(tokens), self.weight_pass_seconds,
            self.uncached_tokens, self.conventions.chunk_tokens, self.model.layers, overhead,
        )  # fmt: skip
        return self._with_exchange(work, self._exchange_seconds(tokens, self.prompt_copies))
