"""Decide on every print, function by function, with the whole repository in sight."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import PurePosixPath

from codemods.catalog.print_to_logger.audience import Audience, Heard
from codemods.catalog.print_to_logger.facts import FileFacts, Print, Why
from codemods.catalog.print_to_logger.levels import ENABLED, Level
from codemods.catalog.print_to_logger.message import Message, Style, without_prefix
from codemods.catalog.print_to_logger.options import Options
from codemods.catalog.print_to_logger.orders import Convert, Remove
from codemods.catalog.print_to_logger.programs import Programs
from codemods.catalog.print_to_logger.readers import NEEDLES as READER_NEEDLES
from codemods.catalog.print_to_logger.reasons import PREFIX
from codemods.catalog.print_to_logger.receivers import Receiver, Receivers
from codemods.catalog.print_to_logger.shown import Shown
from codemods.catalog.print_to_logger.visible import CONFIGURING_NEEDLES, ENTRY_NEEDLES, Visibility
from codemods.catalog.print_to_logger.whereabouts import is_script_folder, why_there
from codemods.codemod import (
    Action,
    Circumstances,
    MoreNeedles,
    Order,
    Place,
    Plan,
    Settings,
    Survey,
    Verdict,
)
from codemods.project.project import Project

__all__ = ["plan"]

_NEEDLES = READER_NEEDLES | CONFIGURING_NEEDLES | ENTRY_NEEDLES | {b"import *"}


def plan(
    surveys: Mapping[PurePosixPath, Survey[FileFacts]],
    project: Project,
    settings: Settings[Options],
    circumstances: Circumstances,
) -> Plan | MoreNeedles:
    """Decide on every site, or ask for the files that could still change a verdict."""
    facts = {path: survey.facts for path, survey in sorted(surveys.items())}
    planning = _Planning(facts, project, settings, circumstances)
    more = planning.more()
    if more is not None:
        return more
    verdicts = planning.verdicts
    setup = planning.visibility.setup(settings)
    if setup is not None:
        waiting = {
            site: verdict._replace(action=Action.LEAVE) for site, verdict in verdicts.items()
        }
        return replace(setup, verdicts=waiting)
    return Plan(verdicts, planning.orders, paragraphs=planning.paragraphs)


@dataclass(frozen=True)
class _Planning:
    """One plan. Nothing changes it after it is made."""

    facts: Mapping[PurePosixPath, FileFacts]
    project: Project
    settings: Settings[Options]
    circumstances: Circumstances

    # -- rounds -----------------------------------------------------------------------------

    def more(self) -> MoreNeedles | None:
        """Return what must be surveyed before anything is decided, if anything could change."""
        if not any(self._candidates.values()):
            return None
        known = self.circumstances.searched | self.circumstances.refused
        needles = _NEEDLES - known
        if needles and self.circumstances.rounds_left:
            return MoreNeedles(needles=frozenset(needles))
        if not self.circumstances.rounds_left:
            return None
        paths = {*self._logger_modules(), *self.visibility.wanted_paths()} - self.facts.keys()
        needles = frozenset(self.visibility.wanted_needles()) - known
        return MoreNeedles(needles, frozenset(paths)) if paths or needles else None

    def _logger_modules(self) -> Iterator[PurePosixPath]:
        for path, candidates in self._candidates.items():
            if candidates:
                for imported in self.facts[path].loggers.imported:
                    found = self.project.resolve_import(path, imported.module, imported.level)
                    if found is not None:
                        yield found

    # -- what each file and function says by itself -----------------------------------------

    @cached_property
    def _candidates(self) -> dict[PurePosixPath, tuple[Print, ...]]:
        """The prints that nothing in their own file keeps from being rewritten."""
        return {
            path: tuple(one for one in facts.prints if self._why(path, facts, one) is None)
            for path, facts in self.facts.items()
        }

    def _why(self, path: PurePosixPath, facts: FileFacts, one: Print) -> Why | None:
        bar = self.circumstances.barred.get(one.id)
        return Why(bar.reason, bar.message) if bar else self._own_why(path, facts, one)

    def _own_why(self, path: PurePosixPath, facts: FileFacts, one: Print) -> Why | None:
        """Return why a print would stay even if nobody barred it."""
        reasons = (
            self._place_why(path),
            one.why,
            facts.whole,
            self._replaced_print(path),
            facts.units.get(one.unit),
        )
        log_all = self.settings.at(path).stdout == "log"
        for why in reasons:
            if why is None or (why.overridable and log_all) or (one.to_stderr and not why.stderr):
                continue
            return why
        return None

    def _place_why(self, path: PurePosixPath) -> Why | None:
        """Return why the prints of a file stay, for where it lies."""
        kinds = {entry.kind for entry in self.facts[path].entry_points}
        at_top = path.parent == self.project.distribution_of(path).root
        return why_there(self.project, path, "guard" in kinds or (at_top and "script" in kinds))

    def _replaced_print(self, path: PurePosixPath) -> Why | None:
        by = self._replacing.get(self.project.distribution_of(path).root)
        if by is None:
            return None
        return Why("own-print", f"{by} replaces `builtins.print`")

    @cached_property
    def _replacing(self) -> dict[PurePosixPath, PurePosixPath]:
        return {
            self.project.distribution_of(path).root: path
            for path, facts in self.facts.items()
            if facts.replaces_print and not self.project.is_test(path)
        }

    # -- what others do with it -------------------------------------------------------------

    @cached_property
    def _audience(self) -> Audience:
        return Audience.of(self.facts, self.project)

    @cached_property
    def visibility(self) -> Visibility:
        """Where programs start, and whether they configure logging."""
        accepted = {
            path: tuple(one for one in candidates if self._heard(path, one) is None)
            for path, candidates in self._candidates.items()
        }
        return Visibility(self._programs, accepted, self.project)

    @cached_property
    def _programs(self) -> Programs:
        scripts = {
            path
            for path in self.facts
            if (why := self._place_why(path)) is not None and why.reason == "script"
        }
        scripts.update(
            path
            for path in self.project.paths
            if path.suffix == ".py" and is_script_folder(self.project, path)
        )
        return Programs(self.facts, self.project, frozenset(scripts), self.circumstances.refused)

    @cached_property
    def _shown(self) -> Shown:
        return Shown(self._programs, self.visibility.roots)

    @cached_property
    def _receivers(self) -> Receivers:
        return Receivers(self.facts, self.project, self._shown.uses_loguru)

    def _heard(self, path: PurePosixPath, one: Print) -> Why | None:
        """Return why a print stays because somebody reads it."""
        heard = self._audience.of_print(path, one)
        if heard is None or one.to_stderr:
            return None
        if heard.is_test and self.settings.at(path).stdout == "log":
            return None
        return heard.why

    # -- verdicts ---------------------------------------------------------------------------

    @cached_property
    def _decided(self) -> dict[str, tuple[Why | None, Receiver | None]]:
        """For each site why it stays, or the logger that it uses."""
        decided: dict[str, tuple[Why | None, Receiver | None]] = {}
        for path, facts in self.facts.items():
            for one in facts.prints:
                why = (
                    self._why(path, facts, one)
                    or self._heard(path, one)
                    or self.visibility.too_early(path, one)
                )
                receiver = None
                if why is None and not one.blank and not (one.repeated and one.statement):
                    found = self._receivers.of(path, one)
                    if isinstance(found, Receiver):
                        why = self._shown.why_not(path, one, found.style)
                        receiver = found if why is None else None
                    else:
                        why = found
                decided[one.id] = (why, receiver)
            self._decide_blanks(facts, decided)
        return decided

    def _decide_blanks(
        self, facts: FileFacts, decided: dict[str, tuple[Why | None, Receiver | None]]
    ) -> None:
        rewritten = {
            (one.unit, one.to_stderr) for one in facts.prints if decided[one.id][1] is not None
        }
        for one in facts.prints:
            if not one.blank or decided[one.id][0] is not None:
                continue
            if not one.statement or (one.unit, one.to_stderr) not in rewritten:
                why = Why("lone-blank-line", "no message of its function is rewritten")
                decided[one.id] = (why, None)

    @cached_property
    def verdicts(self) -> dict[str, Verdict]:
        """One verdict for each site."""
        return {
            one.id: self._verdict(path, one)
            for path, facts in self.facts.items()
            for one in facts.prints
        }

    def _verdict(self, path: PurePosixPath, one: Print) -> Verdict:
        why, receiver = self._decided[one.id]
        group = one.id if one.to_stderr else f"{path}:{one.unit or 'module'}"
        if why is not None:
            reason = why.reason if "/" in why.reason else PREFIX + why.reason
            related = self._audience.places(path, one) if why.reason in _HEARD else ()
            # A barred print keeps its function as it is, unless it would have stayed anyway.
            keeps = one.id in self.circumstances.barred and not self._stays(path, one)
            left = group if keeps else one.id
            return Verdict(Action.LEAVE, left, reason, why.message, related=related)
        if receiver is None:
            code, message = "blank-line", "the empty line goes, as its neighbours become records"
            if one.repeated:
                code, message = "said-already", "it goes, as the line beside it logs the same"
            return Verdict(Action.REWRITE, group, PREFIX + code, message)
        note, related = self._note(path, one)
        return Verdict(
            Action.REWRITE,
            group,
            PREFIX + "log-message",
            f"it becomes `{_function(receiver, one, self._shown.level(path, one))}`",
            note,
            related,
        )

    def _stays(self, path: PurePosixPath, one: Print) -> bool:
        why = self._own_why(path, self.facts[path], one) or self._heard(path, one)
        return (why or self.visibility.too_early(path, one)) is not None

    def _note(self, path: PurePosixPath, one: Print) -> tuple[str, tuple[Place, ...]]:
        """Return what a reviewer should look at."""
        notes = []
        related: tuple[Place, ...] = ()
        heard: Heard | None = self._audience.of_print(path, one)
        if heard is not None and not one.to_stderr:
            related = self._audience.places(path, one)
            notes.append(f"{related[0]} reads it: `capsys` becomes `caplog`")
        if one.message is not None and _DIRECTIVE_AS_TEXT.search(one.text) and one.values:
            notes.append("its text shows a `%` conversion as it is, beside a value")
        notes += self._note_on_level(path, one)
        if one.colours:
            notes.append("the text holds terminal colours")
        return "; ".join(notes), related

    def _note_on_level(self, path: PurePosixPath, one: Print) -> Iterator[str]:
        if one.level is not Level.DEBUG or ENABLED in one.flags:
            return
        flags = " and ".join(f"`{flag}`" for flag in sorted(one.flags))
        if self._shown.level(path, one) is not Level.DEBUG:
            yield f"INFO: nothing shows DEBUG when {flags} asks for it"
        elif not one.flags and self._shown.hides_debug(path):
            yield "DEBUG, as its text says: it is seen when the level is set to that"

    # -- orders -----------------------------------------------------------------------------

    @cached_property
    def orders(self) -> dict[PurePosixPath, tuple[Order, ...]]:
        """What carries the verdicts out."""
        orders: defaultdict[PurePosixPath, list[Order]] = defaultdict(list)
        for path, facts in self.facts.items():
            for one in facts.prints:
                why, receiver = self._decided[one.id]
                if why is not None:
                    continue
                if receiver is None:
                    orders[path].append(Order(one.id, one.span, Remove()))
                    continue
                orders[path].append(Order(one.id, one.span, self._convert(path, one, receiver)))
                if one.merge is not None:
                    orders[path].append(Order(None, one.merge.span, Remove()))
        return {path: tuple(found) for path, found in orders.items()}

    def _convert(self, path: PurePosixPath, one: Print, receiver: Receiver) -> Convert:
        message = one.message
        assert isinstance(message, Message)
        level = self._shown.level(path, one)
        if self.settings.at(path).strip_prefix and one.prefix and level is one.level:
            message = without_prefix(message, one.prefix)
        is_loguru = receiver.style is Style.BRACE
        return Convert(
            message=message,
            function=_function(receiver, one, level),
            style=receiver.style,
            exc_info=one.exc_info and not is_loguru,
            define=receiver.define,
            line=receiver.line,
        )

    @cached_property
    def paragraphs(self) -> tuple[str, ...]:
        """What the commit should say besides the counts."""
        return self.visibility.paragraphs()


_DIRECTIVE_AS_TEXT = re.compile(r"%[-+ 0#]*\d*(?:\.\d+)?[sdifr]\b")
_HEARD = frozenset({"asserted-in-tests", "redirected", "parent-process"})


def _function(receiver: Receiver, one: Print, level: Level) -> str:
    if one.exc_info and receiver.style is Style.BRACE:
        return f"{receiver.name}.opt(exception=True).{level}"
    method: str = "exception" if one.exception and level is Level.ERROR else level.value
    return f"{receiver.name}.{method}"
