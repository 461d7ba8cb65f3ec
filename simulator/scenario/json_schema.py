"""The JSON schema of a scenario file, for editors: that of the models, with the spellings that the reader takes too."""

from typing import Any

from simulator.core.customary import bare_unit, in_words
from simulator.core.results import Plain
from simulator.model import GROUPS, every_graph
from simulator.scenario.quantity_definitions import definition_of
from simulator.scenario.schema import (
    INHERITED,
    AdjustmentRow,
    ConditionRow,
    Dependence,
    Entry,
    Settings,
    Statement,
    Strict,
    as_list,
)


def json_schema() -> dict[str, Plain]:
    """Return the JSON schema (draft 2020-12) of a scenario file: the settings, and every quantity of the model."""
    schema = Settings.model_json_schema()
    graph = every_graph()
    for name, unit in sorted(graph.units.items()):
        if "." in name:
            continue  # of a group item
        description = f"{definition_of(name)} {_describe_unit(unit.text)}"
        schema["properties"][name] = {"$ref": "#/$defs/Entry", "description": description}
    _allow_single_items(schema)
    _allow_text_numbers(schema)
    _allow_inherited(schema)
    _allow_rows(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Scenario of llmcost"}


def _allow_rows(schema: dict[str, Any]) -> None:
    """Allow a list of rows in place of a mapping with `rows`, and the line of an account in place of a list of one."""
    schema["properties"]["actuals"]["anyOf"].append({"type": "array", "items": {"$ref": "#/$defs/ActualRow"}})
    accounts = schema["$defs"]["ActualsRow"]["properties"]["accounts"]
    accounts["additionalProperties"] = {"anyOf": [accounts["additionalProperties"]["items"], accounts["additionalProperties"]]}


def _describe_unit(unit: str) -> str:
    """Say in which unit a number without one is read, or that a number needs a unit."""
    if unit == "1":
        return "A plain number."
    return f"In {unit}, also without unit." if bare_unit(unit) else f"With a unit, such as {in_words(unit)}."


def _allow_inherited(schema: dict[str, Any]) -> None:
    """Allow `inherited` in groups and in `dependence`, and [] for a group without items, as the reader does."""
    text = {"type": "string"}
    for key in (*GROUPS, "adjustments"):
        definition = schema["properties"][key]
        for part in definition.get("anyOf", [definition]):
            if "additionalProperties" in part or "patternProperties" in part:
                part["properties"] = {INHERITED: {"anyOf": [text, {"type": "array", "items": text}]}}
                for pattern in list(part.get("patternProperties", ())):
                    items = part["patternProperties"].pop(pattern)
                    part["patternProperties"][f"^(?!{INHERITED}$){pattern.removeprefix('^')}"] = items
    for key in GROUPS:
        schema["properties"][key]["anyOf"].append({"type": "array", "maxItems": 0})
    rows = schema["properties"]["dependence"]
    rows["items"] = {"anyOf": [rows["items"], {"const": INHERITED}]}


def _allow_single_items(schema: dict[str, Any]) -> None:
    """Allow a single item in place of a list of one, as the reader does (`as_list`)."""
    models: tuple[type[Strict], ...] = (Entry, Dependence, AdjustmentRow, ConditionRow, Statement)
    parts: list[tuple[Any, type[Strict]]] = [
        (schema, Settings),
        *((schema["$defs"][entry_model.__name__], entry_model) for entry_model in models),
    ]
    for definition, model in parts:
        for key, field in model.model_fields.items():
            if any(getattr(validator, "func", None) is as_list for validator in field.metadata):
                key = field.alias or key
                list_schema = definition["properties"][key]
                annotations = {word: list_schema.pop(word) for word in ("default", "description") if word in list_schema}
                definition["properties"][key] = {"anyOf": [list_schema["items"], list_schema], **annotations}


def _allow_text_numbers(schema: Any) -> None:
    """Allow numbers as text, text as numbers, and a plain value as an entry, as the reader does."""
    if isinstance(schema, list):
        for item in schema:
            _allow_text_numbers(item)
    elif isinstance(schema, dict):
        if schema.get("$ref") == "#/$defs/Entry":
            schema["anyOf"] = [{"$ref": schema.pop("$ref")}, {"type": ["string", "number"]}]
            return
        if schema.get("$ref") == "#/$defs/ConditionRow":
            options = {"type": ["string", "number"]}
            schema["anyOf"] = [{"$ref": schema.pop("$ref")}, options, {"type": "array", "items": options}]
            return
        if schema.get("$ref") in ("#/$defs/RiskRow", "#/$defs/PaymentChange", "#/$defs/Statement"):
            schema["anyOf"] = [{"$ref": schema.pop("$ref")}, {"type": "string"}]
            return
        if schema.get("type") in ("number", "string") and "enum" not in schema and "const" not in schema:
            schema["type"] = ["string", "number"]
        for item in schema.values():
            _allow_text_numbers(item)
