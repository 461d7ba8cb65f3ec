"""Parameters of a transformer by its parts. Norms, biases and the vectors of routers' corrections are left out: below 0.1%."""

from simulator.core.units import Count, Parameters


def embedding_parameters(vocabulary: Count, hidden_size: Count) -> Parameters:
    """Parameters of one table of embeddings: the input table, or the output head."""
    return vocabulary * hidden_size


def attention_parameters(
    hidden_size: Count, query_heads: Count, kv_heads: Count, head_size: Count, value_size: Count, gate_size: Count
) -> Parameters:
    """Parameters of one layer of attention with keys and values by head; the gate is that of the output, 0 if it has none."""
    queries_and_output = query_heads * (head_size + value_size + gate_size)
    return hidden_size * (queries_and_output + kv_heads * (head_size + value_size))


def latent_attention_parameters(
    hidden_size: Count,
    query_heads: Count,
    head_size: Count,
    value_size: Count,
    query_rank: Count,
    latent_rank: Count,
    rope_size: Count,
) -> Parameters:
    """Parameters of one layer of latent attention, with queries projected through a rank."""
    query_size = query_heads * (head_size + rope_size)
    queries = query_rank * (hidden_size + query_size)
    keys_and_values = hidden_size * (latent_rank + rope_size) + latent_rank * query_heads * (head_size + value_size)
    return queries + keys_and_values + query_heads * value_size * hidden_size


def direct_latent_attention_parameters(
    hidden_size: Count, query_heads: Count, head_size: Count, value_size: Count, latent_rank: Count, rope_size: Count
) -> Parameters:
    """Parameters of one layer of latent attention, with queries projected directly."""
    queries = hidden_size * query_heads * (head_size + rope_size)
    keys_and_values = hidden_size * (latent_rank + rope_size) + latent_rank * query_heads * (head_size + value_size)
    return queries + keys_and_values + query_heads * value_size * hidden_size


def index_parameters(hidden_size: Count, query_rank: Count, index_heads: Count, index_size: Count) -> Parameters:
    """Parameters of the index of one layer of sparse attention: its queries, its key, and the weights of its heads."""
    return query_rank * index_heads * index_size + hidden_size * (index_size + index_heads)


def linear_attention_parameters(
    hidden_size: Count, key_heads: Count, value_heads: Count, head_size: Count, convolution: Count
) -> Parameters:
    """Parameters of one layer of linear attention with a gated delta rule: projections, two gates, convolution and output."""
    keys_and_queries = head_size * (key_heads + key_heads)
    values = head_size * value_heads
    inputs = hidden_size * (keys_and_queries + values + values + value_heads + value_heads)
    return inputs + convolution * (keys_and_queries + values) + values * hidden_size


def feedforward_parameters(hidden_size: Count, feedforward_size: Count, matrices: Count) -> Parameters:
    """Parameters of a feed-forward block or of one expert: 3 matrices where it is gated, otherwise 2."""
    return matrices * hidden_size * feedforward_size


def router_parameters(hidden_size: Count, experts: Count) -> Parameters:
    """Parameters of the router of one layer of experts."""
    return hidden_size * experts
