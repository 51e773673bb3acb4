"""Which form a site gets: a pure function of what is known of it."""

from __future__ import annotations

from typing import NamedTuple

from codemods.catalog.utcnow.facts import Facts, Form, Shape, Use
from codemods.catalog.utcnow.options import Style

__all__ = ["Judgement", "judge"]


class Judgement(NamedTuple):
    """A form and why."""

    form: Form
    reason: str  #: a code of `reasons.py`
    message: str
    note: str = ""


_AWARE = {
    Use.PARTS: ("utcnow/parts-only", "only parts that do not depend on the zone are used"),
    Use.ZONED: ("utcnow/zone-given", "`.replace(tzinfo=…)` gives the value its zone"),
    Use.REDUNDANT: ("utcnow/zone-given", "the call now gives the zone that `.replace` gave"),
    Use.STRIPPED: ("utcnow/zone-stripped", "`.replace(tzinfo=None)` is there already"),
    Use.ZULU: ("utcnow/zulu-text", 'the text still ends in "Z", not in "+00:00Z"'),
    Use.LOCAL: ("utcnow/local-time-error", "the naive value was taken for local time"),
}
_EXACT = {
    Use.MKTIME: ("utcnow/time-tuple", "the DST flag of a time tuple depends on awareness"),
    Use.TEXT: ("utcnow/becomes-text", "the text would gain +00:00"),
    Use.MEETS: ("utcnow/meets-another", "it is compared with or subtracted from another value"),
    Use.REFERENCE: ("utcnow/reference", "whoever calls it may rely on a naive value"),
    Use.TRAVELS: ("utcnow/value-travels", "the value is used elsewhere"),
}
#: Uses for which the aware form can't be told from the exact one.
_SAME = frozenset({Use.ZONED, Use.REDUNDANT, Use.STRIPPED})


def judge(facts: Facts, style: Style) -> Judgement:
    """Choose a form from what the site's own expression shows."""
    if facts.blocked is not None:
        return Judgement(Form.LEFT, facts.blocked.reason, facts.blocked.message)
    if facts.use in _AWARE:
        reason, message = _AWARE[facts.use]
        if style == "naive" and facts.use not in _SAME:
            return Judgement(Form.EXACT, "utcnow/asked-for", "the style is naive")
        return Judgement(Form.AWARE, reason, message, facts.note)
    reason, message = _EXACT[facts.use]
    if style == "aware":
        note = facts.note or f"look at what becomes of it: {message}"
        return Judgement(Form.AWARE, "utcnow/asked-for", "the style is aware", note)
    if facts.shape is Shape.REFERENCE and facts.helper is not None:
        message = f"{message}; `{facts.helper.name}` can be pickled and serialised by name"
    return Judgement(Form.EXACT, reason, message, facts.note)
