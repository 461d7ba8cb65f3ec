"""Energy, emissions and water of serving, from the same chip-hours as its cost, and of the whole life of a model."""

from simulator.core.units import (
    AtLeastOne,
    Count,
    Fraction,
    Kwh,
    KwhPerRequest,
    KwhPerToken,
    KwPerChip,
    Litres,
    LitresPerKwh,
    LitresPerToken,
    Ratio,
    Tokens,
    TokensPerChipHour,
    Tonnes,
    TonnesPerKwh,
    TonnesPerToken,
    Usd,
    UsdPerTonne,
)
from simulator.model.lines import line


def serving_average_power(
    serving_tdp: KwPerChip, serving_server_power_factor: AtLeastOne, serving_power_share: Ratio
) -> KwPerChip:
    """Mean power of a chip of the fleet with its share of the server, busy and idle."""
    return serving_tdp * serving_server_power_factor * serving_power_share


def energy_per_request(
    output_tokens: Tokens,
    serving_speed: TokensPerChipHour,
    serving_utilisation: Fraction,
    serving_average_power: KwPerChip,
    pue: AtLeastOne,
) -> KwhPerRequest:
    """Energy of a request: its chip-hours, idle ones included, at the mean power of the fleet with cooling."""
    return output_tokens / (serving_speed * serving_utilisation) * serving_average_power * pue


def interface_energy(
    output_tokens: Tokens,
    prompt_tokens: Tokens,
    cached_share: Fraction,
    written_token_energy: KwhPerToken,
    prompt_energy_ratio: Ratio,
    cached_energy_ratio: Ratio,
) -> KwhPerRequest:
    """Energy of a request to an interface whose fleet is not known: of its tokens, each relative to a written one."""
    read = prompt_tokens * (1 - cached_share + cached_share * cached_energy_ratio)
    return written_token_energy * (output_tokens + read * prompt_energy_ratio)


def served_energy(served_requests: Count, energy_per_request: KwhPerRequest) -> Kwh:
    """Energy of all requests."""
    return served_requests * energy_per_request


def served_emissions(served_energy: Kwh, grid_intensity: TonnesPerKwh, embodied_share: Ratio) -> Tonnes:
    """Emissions of all requests: those of the energy, and of the manufacture of the hardware by its ratio to them."""
    return served_energy * grid_intensity * (1 + embodied_share)


def served_water(served_energy: Kwh, pue: AtLeastOne, water_per_kwh: LitresPerKwh, electricity_water: LitresPerKwh) -> Litres:
    """Water of all requests, on the site and behind its electricity."""
    return served_energy * (water_per_kwh / pue + electricity_water)


def energy_per_token(energy_per_request: KwhPerRequest, prompt_tokens: Tokens, output_tokens: Tokens) -> KwhPerToken:
    """Energy of a token, of prompts and answers alike."""
    return energy_per_request / (prompt_tokens + output_tokens)


def emissions_per_token(energy_per_token: KwhPerToken, grid_intensity: TonnesPerKwh, embodied_share: Ratio) -> TonnesPerToken:
    """Emissions of a token, of prompts and answers alike."""
    return energy_per_token * grid_intensity * (1 + embodied_share)


def water_per_token(
    energy_per_token: KwhPerToken, pue: AtLeastOne, water_per_kwh: LitresPerKwh, electricity_water: LitresPerKwh
) -> LitresPerToken:
    """Water of a token, of prompts and answers alike."""
    return energy_per_token * (water_per_kwh / pue + electricity_water)


def life_energy(energy: Kwh, served_energy: Kwh) -> Kwh:
    """Energy of development and service."""
    return energy + served_energy


def life_emissions(total_emissions: Tonnes, served_emissions: Tonnes) -> Tonnes:
    """Emissions of development and service, of energy and hardware."""
    return total_emissions + served_emissions


def life_water(water_use: Litres, served_water: Litres) -> Litres:
    """Water of development and service."""
    return water_use + served_water


@line("service")
def serving_carbon_cost(served_energy: Kwh, grid_intensity: TonnesPerKwh, carbon_price: UsdPerTonne, deflator: Ratio) -> Usd:
    """Price of the emissions of serving, if one is charged externally or internally."""
    return served_energy * grid_intensity * carbon_price * deflator
