"""What the inputs of a fleet that have no formula are, in a sentence each."""

ABOUT = {
    "token_demand": "Tokens of prompts and answers on the first day, in place of `requests`.",
    "cached_share": "Share of the tokens of a prompt that are read from the prompt cache.",
    "cache_write_share": "Share of the tokens that are not in the cache (1 - cached_share) that are written to it, at a price.",
    "minimum_replicas": "Instances that are kept ready in each region whatever the demand.",
    "regions": "Regions with a fleet each, among which the demand is divided evenly; none has room for the load of another.",
    "latency_slack": "Latency that is accepted over that of one user, where a target is nearer to it than that, or is missed.",
    "on_demand_price": "Rent of a chip for an hour without a contract, from which contracts and spot capacity are priced.",
    "peak_demand_ratio": "Demand of the busiest hour over the mean of the day.",
    "peak_load_share": "Load of the instances in the busiest hour over what they can bear.",
    "served_weight_bytes": "Memory of a weight in service: `fp4`, `fp8` or `bf16`, or bytes or bits by parameter.",
    "weight_fill_share": "Share of an instance's memory that weights may take, from which its chips follow.",
    "time_to_first_token_target": "Longest mean time from a request to the first token of its answer.",
    "time_per_output_token_target": "Longest mean time between the tokens of an answer.",
    "provider_margin": "List price of a provider over what its chips cost.",
    "written_token_energy": "Energy of a token that an interface writes, whose fleet is not known.",
    "prompt_energy_ratio": "Energy of a token of the prompt over that of a written one.",
    "cached_energy_ratio": "Energy of a token of the prompt from the cache over that of one that is not in it.",
}
