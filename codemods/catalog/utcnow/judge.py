"""Which form a site gets: a pure function of what is known of it and of what its value meets."""

from __future__ import annotations

from typing import NamedTuple

from codemods.catalog.utcnow.facts import Facts, Form, Shape, Use
from codemods.catalog.utcnow.judgement import Judgement
from codemods.catalog.utcnow.options import Style
from codemods.codemod import Place

__all__ = ["Decision", "decide", "decided_here"]


class Decision(NamedTuple):
    """A form and why."""

    form: Form
    reason: str  #: a code of `reasons.py`
    message: str
    note: str = ""
    related: tuple[Place, ...] = ()
    group: str = ""  #: id of the first of the sites that must agree with it


_AWARE = {
    Use.PARTS: ("utcnow/parts-only", "only parts that do not depend on the zone are used"),
    Use.ZONED: ("utcnow/zone-given", "`.replace(tzinfo=…)` gives the value its zone"),
    Use.REDUNDANT: ("utcnow/zone-given", "the call now gives the zone that `.replace` gave"),
    Use.STRIPPED: ("utcnow/zone-stripped", "`.replace(tzinfo=None)` is there already"),
    Use.ZULU: ("utcnow/zulu-text", 'the text still ends in "Z", not in "+00:00Z"'),
    Use.LOCAL: ("utcnow/local-time-error", "the naive value was taken for local time"),
}
#: Uses for which the aware form can't be told from the exact one.
_SAME = frozenset({Use.ZONED, Use.REDUNDANT, Use.STRIPPED})


def decided_here(facts: Facts, style: Style) -> Decision | None:
    """Decide on a site by its own expression; None when what its value meets must tell."""
    if facts.blocked is not None:
        return Decision(Form.LEFT, facts.blocked.reason, facts.blocked.message)
    if style == "naive" and facts.use not in _SAME:
        return Decision(
            Form.EXACT, "utcnow/asked-for", "the option `style` is `naive` here", facts.note
        )
    if facts.use in _AWARE:
        reason, message = _AWARE[facts.use]
        return Decision(Form.AWARE, reason, message, facts.note)
    return None


def decide(facts: Facts, judgement: Judgement) -> Decision:
    """Choose a form from what was found by following the value."""
    notes = [note for note in (facts.note, judgement.note) if note]
    form = Form.AWARE if judgement.aware else Form.EXACT
    message = judgement.message
    if form is Form.EXACT and facts.shape is Shape.REFERENCE and facts.helper is not None:
        message = f"{message}; `{facts.helper.name}` can be pickled and serialised by name"
    return Decision(
        form,
        f"utcnow/{judgement.reason}",
        message,
        "; ".join(notes),
        judgement.related,
        judgement.group,
    )
