"""Random `print` calls, as source text."""

from __future__ import annotations

from hypothesis import strategies as st

__all__ = ["calls"]

_NAMES = ("n", "x", "d", "t", "one", "none", "empty", "pi", "error", "xs", "nothing")
_VALUES = (*_NAMES, "d['k']", "n + 1", "(n, x)", "{'a': n}", "len(xs)", "x if n else t", "str(n)")
_TEXT = st.lists(
    st.sampled_from(
        [*"ab %{}\"'\\\n\té✓", "%s", "%%", "{}", "{x}", "100%", "%(a)s", "{{", "# no comment"]
    ),
    max_size=6,
).map("".join)


@st.composite
def _literals(draw: st.DrawFn, text: st.SearchStrategy[str] = _TEXT) -> str:
    value = draw(text)
    spelling = draw(st.integers(0, 4))
    if spelling == 0:
        return repr(value)
    if spelling == 1:
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'
    if spelling == 2 and "\\" not in value and not value.endswith('"') and '"""' not in value:
        return f'"""{value}"""'
    if spelling == 3 and not set(value) & {"'", "\\", "\n"}:
        return f"r'{value}'"
    return ascii(value)


@st.composite
def _fstrings(draw: st.DrawFn) -> str:
    pieces = []
    for _ in range(draw(st.integers(1, 3))):
        text = draw(_TEXT).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        pieces.append(text.replace("{", "{{").replace("}", "}}"))
        value = draw(st.sampled_from([v for v in _VALUES if not v.startswith("{")]))
        conversion = draw(st.sampled_from(["", "", "!r", "!s", "!a"]))
        equal = draw(st.sampled_from(["", "", "=", " = "]))
        if conversion and draw(st.booleans()):
            pieces.append(f"{{{value}{equal}{conversion}:>12}}")
        elif draw(st.integers(0, 4)) == 0:
            pieces.append(draw(st.sampled_from(["{pi:.2f}", "{n:{n}d}", "{pi:,}", "{n=:>5}"])))
        else:
            pieces.append(f"{{{value}{equal}{conversion}}}")
    return 'f"' + "".join(pieces) + '"'


@st.composite
def _percents(draw: st.DrawFn) -> str:
    fields = draw(st.lists(st.sampled_from(["%s", "%r", "%5s", "%a"]), min_size=1, max_size=3))
    text = "".join(field + draw(st.sampled_from(["", " ", "%%", "{}", "é"])) for field in fields)
    values = [draw(st.sampled_from(_VALUES)) for _ in fields]
    return draw(_literals(st.just(text))) + " % (" + ", ".join(values) + ",)"


@st.composite
def _formats(draw: st.DrawFn) -> str:
    fields = draw(
        st.sampled_from(
            [["{}", "{}"], ["{1}", "{0}"], ["{0}", "{0}"], ["{!r}", "{}"], ["{!s:>9}", "{!a}"]]
        )
    )
    text = draw(st.sampled_from(["", "%", "{{", "}} "])).join(fields)
    values = [draw(st.sampled_from(_VALUES)) for _ in fields]
    return draw(_literals(st.just(text))) + ".format(" + ", ".join(values) + ")"


@st.composite
def _concatenations(draw: st.DrawFn) -> str:
    others = st.one_of(_literals(), _fstrings(), st.sampled_from(["x", "str(t)"]))
    pieces = [draw(_literals()), *draw(st.lists(others, min_size=1, max_size=3))]
    return " + ".join(pieces)


_ADJACENT = st.lists(st.one_of(_literals(), _fstrings()), min_size=2, max_size=3).map("\n  ".join)
_BANNERS = st.sampled_from(['"-" * 9', '"\\n" + "=" * 5', '"\\n" * 2 + x'])
_OPERANDS = st.one_of(
    _literals(),
    _fstrings(),
    st.sampled_from(_VALUES),
    _percents(),
    _formats(),
    _concatenations(),
    _ADJACENT,
    _BANNERS,
    st.sampled_from(["*xs", "*nothing", "*t", "x % one", "'%s' % n", "'%s' % len(xs)"]),
)
_KEYWORDS = st.fixed_dictionaries(
    {},
    optional={
        "sep": st.sampled_from(["None", "''", "', '", "'%'", "'{}'", "'\\n'", '"\\t"']),
        "end": st.sampled_from(["None", "'\\n'", "'!\\n'", "'%s\\n'", "'\\n\\n'"]),
        "flush": st.sampled_from(["True", "False"]),
        "file": st.sampled_from(["None", "sys.stdout"]),
    },
)


@st.composite
def calls(draw: st.DrawFn) -> str:
    """Return the source text of a call of `print` in some layout."""
    arguments = draw(st.lists(_OPERANDS, min_size=1, max_size=4))
    arguments += [f"{name}={value}" for name, value in draw(_KEYWORDS).items()]
    layout = draw(st.integers(0, 3))
    if layout == 0:
        return f"print({', '.join(arguments)})"
    if layout == 1:
        return "print(" + ",\n      ".join(arguments) + ")"
    if layout == 2:
        return "print(\n    " + ",\n    ".join(arguments) + ",\n)"
    lines = (f"    {argument},  # {number}" for number, argument in enumerate(arguments))
    return "print (  # first\n" + "\n".join(lines) + "\n    # last\n)"
