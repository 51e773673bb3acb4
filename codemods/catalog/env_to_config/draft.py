"""A plan in the making, and what is known of a distribution's configuration meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from codemods.catalog.env_to_config.facts import FileFacts, OwnClass
from codemods.catalog.env_to_config.fields import Decision, Field, Member
from codemods.catalog.env_to_config.options import Options
from codemods.catalog.env_to_config.styles import Form
from codemods.codemod import (
    Action,
    Addendum,
    Bar,
    Circumstances,
    DependencyEdit,
    NewFile,
    Order,
    Plan,
    Survey,
    Verdict,
)

__all__ = ["Draft", "Home", "Scheme", "Surveys"]

Surveys = Mapping[PurePosixPath, Survey[FileFacts]]


@dataclass
class Draft:
    """A plan in the making."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    orders: dict[PurePosixPath, list[Order]] = field(default_factory=dict)
    new_files: list[NewFile] = field(default_factory=list)
    dependencies: list[DependencyEdit] = field(default_factory=list)
    addenda: list[Addendum] = field(default_factory=list)
    paragraphs: list[str] = field(default_factory=list)

    def leave(self, members: Iterable[Member], bar: Bar) -> None:
        for member in members:
            site = member.site.id
            self.verdicts[site] = Verdict(Action.LEAVE, site, bar.reason, bar.message)

    def kept(self, member: Member, group: str, circumstances: Circumstances) -> bool:
        """Tell whether the engine keeps a read; it gets its verdict then."""
        bar = circumstances.barred.get(member.site.id)
        if bar is not None:
            verdict = Verdict(Action.LEAVE, group, bar.reason, bar.message)
            self.verdicts[member.site.id] = verdict
        return bar is not None

    def rewrites(self, site: str) -> bool:
        return self.verdicts[site].action is Action.REWRITE

    def done(self) -> Plan:
        orders = {
            path: tuple(sorted(orders, key=lambda order: order.span))
            for path, orders in sorted(self.orders.items())
        }
        return Plan(
            self.verdicts,
            orders,
            tuple(self.new_files),
            tuple(self.dependencies),
            tuple(self.paragraphs),
            addenda=tuple(self.addenda),
        )


@dataclass(frozen=True, slots=True)
class Home:
    """Where the configuration of a distribution is, and how each file imports it."""

    path: PurePosixPath
    imports: Mapping[PurePosixPath, str]
    own: OwnClass | None  #: None for one that is still to be written


@dataclass
class Scheme:
    """What is decided for a distribution."""

    root: PurePosixPath
    width: int
    options: Options
    form: Form
    decisions: dict[str, Decision] = field(default_factory=dict)  #: by the name of the field
    fields: dict[str, Field] = field(default_factory=dict)  #: those that must be added
    reads: dict[str, int] = field(default_factory=dict)  #: how many, by the name of the field
