"""Names of fields: those of their variables, as far as Python has them."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Iterable, Mapping

__all__ = ["field_names"]

_NAMESPACES = ("model_", "settings_")  #: pydantic wants these for itself


def field_names(
    variables: Iterable[str], taken: Collection[str] = (), reserved: Collection[str] = ()
) -> Mapping[str, str]:
    """Return a name for the field of each variable.

    No two are alike, none is `taken`, none is `reserved` for what the class has besides fields.
    Names are told apart by case, as Linux does it: `http_proxy` and `HTTP_PROXY` are two.
    """
    wanted = sorted(set(variables))
    names = {name: name for name in wanted if _is_good(name, reserved) and name not in taken}
    given = {*taken, *names.values()}
    for variable in wanted:
        if variable in names:
            continue
        base = name = _made_good(variable, reserved)
        number = 2
        while name in given:
            name = f"{base}_{number}"
            number += 1
        given.add(name)
        names[variable] = name
    return names


def _is_good(name: str, reserved: Collection[str]) -> bool:
    return (
        name.isidentifier()
        and name.isascii()
        and not keyword.iskeyword(name)
        and not name.startswith("_")
        and not name.startswith(_NAMESPACES)
        and name not in reserved
    )


def _made_good(variable: str, reserved: Collection[str]) -> str:
    name = re.sub(r"\W", "_", variable, flags=re.ASCII).strip("_") or "VARIABLE"
    if name[0].isdigit():
        name = f"N{name}"
    if name.startswith(_NAMESPACES):
        name = f"variable_{name}"
    return name if _is_good(name, reserved) else f"{name}_"
