"""Evaluation, safety testing and compliance: what is bought so that a model may be released.

The compute of a team's own evaluations is among its experiments, whose factor includes all compute of the development, and the
work of its own people is among the staff. These lines are for what others are paid.
"""

import numpy as np

from simulator.core.units import Count, Flop, Hours, PersonHours, Ratio, Usd, UsdPerHour, UsdPerPersonHour
from simulator.model.lines import line


@line("development", over="post_training")
def evaluation_cost(evaluation_passes: Count, evaluation_price: Usd, deflator: Ratio) -> Usd:
    """Passes over benchmarks that are paid for: models that judge or assist, tools of agents, people who rate."""
    return evaluation_passes * evaluation_price * deflator


@line("development", over="post_training")
def safety_testing_cost(
    red_team_effort: PersonHours,
    red_team_pay: UsdPerPersonHour,
    safety_assessments: Count,
    assessment_price: Usd,
    deflator: Ratio,
) -> Usd:
    """Contractors who attack the model, and assessments of it by other organisations."""
    return (red_team_effort * red_team_pay + safety_assessments * assessment_price) * deflator


def compliance_rate(
    training_flop: Flop, systemic_risk_flop: Flop, base_compliance_rate: UsdPerHour, systemic_risk_rate: UsdPerHour
) -> UsdPerHour:
    """Legal advice and compliance in an hour: that of any model, and more for one with the compute of a systemic risk."""
    is_systemic = training_flop >= systemic_risk_flop
    return base_compliance_rate + np.where(is_systemic, systemic_risk_rate, 0 * systemic_risk_rate)


@line("development", over="duration")
def compliance_cost(compliance_rate: UsdPerHour, duration: Hours, deflator: Ratio) -> Usd:
    """Legal advice, documents and audits up to the release."""
    return compliance_rate * duration * deflator


@line("service")
def service_compliance_cost(compliance_rate: UsdPerHour, service_life: Hours, deflator: Ratio) -> Usd:
    """Legal advice, documents and audits for as long as the model is in service."""
    return compliance_rate * service_life * deflator
