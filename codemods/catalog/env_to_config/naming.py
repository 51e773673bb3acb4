"""Names of fields: those of their variables, as far as Python has them."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Iterable, Mapping

__all__ = ["field_names"]

_RESERVED = frozenset({"validate", "override", "reload", "require"})


def field_names(variables: Iterable[str], taken: Collection[str] = ()) -> Mapping[str, str]:
    """Return a name for the field of each variable, no two alike and none that is `taken`.

    Names are told apart by case, as Linux does it: `http_proxy` and `HTTP_PROXY` are two.
    """
    wanted = sorted(set(variables))
    names = {name: name for name in wanted if _is_good(name) and name not in taken}
    given = {*taken, *names.values()}
    for variable in wanted:
        if variable in names:
            continue
        base = name = _made_good(variable)
        number = 2
        while name in given:
            name = f"{base}_{number}"
            number += 1
        given.add(name)
        names[variable] = name
    return names


def _is_good(name: str) -> bool:
    return (
        name.isidentifier()
        and name.isascii()
        and not keyword.iskeyword(name)
        and not name.startswith("_")
        and name not in _RESERVED
    )


def _made_good(variable: str) -> str:
    name = re.sub(r"\W", "_", variable, flags=re.ASCII).strip("_") or "VARIABLE"
    if name[0].isdigit():
        name = f"N{name}"
    return name if _is_good(name) else f"{name}_"
