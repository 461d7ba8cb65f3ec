"""The category of each cost line, and the one colour that a category has in every figure."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Category(NamedTuple):
    """A group of cost lines, with its colour and hatch."""

    name: str
    colour: str
    hatch: str = ""


COMPUTE = Category("compute", "#0c2747")
STAFF = Category("staff", "#e3a72f", "////")
DATA = Category("data", "#2f9e86")
ENERGY = Category("energy and site", "#7cc4f0", "\\\\\\\\")
SOFTWARE = Category("software", "#8a6fb5", "||||")
CLOUD = Category("cloud services", "#c4623a", "...")
ASSURANCE = Category("assurance", "#6f7d2c", "---")
SERVICE = Category("service", "#5d7085", "xxxx")
RISK = Category("risk", "#e9b7c4", "+++")
OTHER = Category("other", "#fbf1b5")

CATEGORIES = (COMPUTE, STAFF, DATA, ENERGY, SOFTWARE, CLOUD, ASSURANCE, SERVICE, RISK, OTHER)
"""All categories. Two that are close in grey differ in their hatch."""

_LINES: Mapping[Category, tuple[str, ...]] = {
    COMPUTE: (
        "chip_cost", "server_cost", "network_cost", "chip_purchase", "server_purchase", "network_purchase", "rental_cost",
        "idle_cost", "granted_cost", "capital_cost", "resale_credit", "spares_cost", "import_duty_cost", "cpu_node_cost",
        "hardware_maintenance_cost", "insurance_cost", "compute",
    ),
    STAFF: ("staff_cost", "staff_burn"),
    DATA: (
        "data_processing_cost", "storage_cost", "egress_cost", "synthetic_data_cost", "licence_cost", "labelling_cost",
    ),
    ENERGY: ("energy_cost", "carbon_cost", "serving_carbon_cost", "facility_cost", "operations_cost"),
    SOFTWARE: ("software_cost", "chip_licence_cost", "tool_cost"),
    CLOUD: ("other_cloud_cost", "platform_cost", "support_cost"),
    ASSURANCE: ("evaluation_cost", "safety_testing_cost", "compliance_cost"),
    SERVICE: ("serving_cost", "service_compliance_cost", "refresh_cost", "retrain_cost", "maintenance_cost"),
    RISK: ("risk_cost",),
    OTHER: ("adoption_cost",),
}  # fmt: skip

_BY_LINE = {line: category for category, lines in _LINES.items() for line in lines}


def category_of(line: str) -> Category:
    """Return the category of a cost line; a line that a user wrote is `other`."""
    return _BY_LINE.get(line, OTHER)


def has_category(line: str) -> bool:
    """Whether a line of the library has a category of its own."""
    return line in _BY_LINE


def by_category(lines: Iterable[str]) -> dict[Category, list[str]]:
    """Return lines by category, both in the order in which they are given."""
    found: dict[Category, list[str]] = {}
    for line in lines:
        found.setdefault(category_of(line), []).append(line)
    return found
