"""What a JSON schema says about one knob: how to draw it, how to read typed text, what to ask for when it is wrong."""

import math
import re
from typing import Any, Literal

Kind = Literal["switch", "choice", "pairs", "text"]
_WORDS = {"auto": "Automatic", "sgd": "SGD", "adamw": "AdamW", "tf32": "TF32", True: "Yes", False: "No"}
_BOUNDS = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")
_UNTOLD = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}


def alternatives(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the forms that a value may have, `anyOf` taken apart; objects are left to those who write recipes.

    pydantic leaves bounds of a union beside it under their own names (`gt`); they are put where they belong.
    """
    if "anyOf" not in schema:
        return [schema]
    outer = {_UNTOLD[key]: schema[key] for key in _UNTOLD if key in schema}
    return [{**outer, **form} for part in schema["anyOf"] if "$ref" not in part for form in alternatives(part)]


def kind(schema: dict[str, Any]) -> Kind:
    """Return whether a knob is a switch, a choice among a few, a list of pairs of layers, or text to be typed."""
    forms = alternatives(schema)
    if any("prefixItems" in form.get("items", {}) for form in forms):
        return "pairs"
    if [form.get("type") for form in forms] == ["boolean"]:
        return "switch"
    return "choice" if choices(schema) else "text"


def choices(schema: dict[str, Any]) -> list[Any]:
    """Return all values that are possible, or nothing where they cannot be listed."""
    found: list[Any] = []
    for form in alternatives(schema):
        if "enum" in form:
            found += form["enum"]
        elif "const" in form:
            found.append(form["const"])
        elif form.get("type") == "boolean":
            found += [True, False]
        else:
            return []
    return found


def choice_words(value: Any) -> str:
    """Return a choice as people read it: `sgd` as SGD, `standardized` as Standardized."""
    if isinstance(value, bool | str) and value in _WORDS:
        return _WORDS[value]
    if isinstance(value, dict):  # written by hand in a recipe
        return ", ".join(f"{key} {said}" for key, said in value.items() if said not in (None, "auto"))
    words = str(value).replace("_", " ")
    return words if ":" in words else words[:1].upper() + words[1:]


def words(value: Any) -> str:
    """Return a value as it is typed: `0.0005`, `32, 64`, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(words(item) for item in value)
    if isinstance(value, float):
        import numpy as np

        return str(np.format_float_positional(value, trim="-"))
    return str(value)


def parse_text(text: str, schema: dict[str, Any]) -> Any:
    """Return the value that the typed text means, or the text itself where it means none."""
    text = text.strip()
    forms = alternatives(schema)
    types = [form.get("type") for form in forms]
    for form in forms:
        constant = form.get("const")
        if isinstance(constant, str) and text.casefold() in (constant, choice_words(constant).casefold()):
            return constant
    if "array" in types:
        return _items(text, forms[types.index("array")].get("items", {}))
    if not text and "null" in types:
        return None
    return _number(text, is_whole="number" not in types) if {"integer", "number"} & set(types) else text


def problem(value: Any, schema: dict[str, Any]) -> str:
    """Return what to do about a value ("Use a number above 0"), or nothing where it is right."""
    from jsonschema import Draft202012Validator

    forms = alternatives(schema)
    if any(Draft202012Validator(form).is_valid(value) for form in forms):
        return ""
    asked = list(dict.fromkeys(filter(None, map(_expected, forms))))
    return f"Use {' or '.join(asked)}"


def _expected(form: dict[str, Any]) -> str:
    if "const" in form:
        return str(form["const"])
    kinds = {"integer": "a whole number", "number": "a number", "boolean": "yes or no", "null": "nothing at all"}
    if form.get("type") == "array":
        items = form.get("items", {})
        each = {"integer": "whole numbers", "number": "numbers"}.get(items.get("type"), "words")
        least, most = form.get("minItems", 0), form.get("maxItems")
        count = f"{least} to {most} " if least and most else f"up to {most} " if most else ""
        return f"{count}{each}{_bounds(items)}, with commas between them"
    if "multipleOf" in form:
        return f"a multiple of {form['multipleOf']}{_bounds(form)}"
    return kinds.get(str(form.get("type")), "a word") + _bounds(form)


def _bounds(form: dict[str, Any]) -> str:
    least, above, most, below = (None if form.get(key) is None else words(form[key]) for key in _BOUNDS)
    upper = f"up to {most}" if most is not None else f"below {below}" if below is not None else ""
    if least is not None and most is not None:
        return f" from {least} to {most}"
    if least is not None:
        return f" from {least}, {upper}" if upper else f" of at least {least}"
    if above is not None:
        return f" above {above}" + (f", {upper}" if upper else "")
    return f" {upper}" if upper else ""


def _items(text: str, items: dict[str, Any]) -> list[Any]:
    parts = [part for part in re.split(r"\s*[,;]\s*", text.strip(" [](),;")) if part]
    if items.get("type") not in ("integer", "number"):
        return parts
    return [_number(part, is_whole=items.get("type") == "integer") for part in parts]


def _number(text: str, *, is_whole: bool) -> Any:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        value = float(text)
    except ValueError:
        return text
    if not math.isfinite(value):
        return text
    return int(value) if is_whole and value.is_integer() else value
