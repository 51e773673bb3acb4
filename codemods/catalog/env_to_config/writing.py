"""Write the configuration, or add to it, and what goes along with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from codemods.catalog.env_to_config.draft import Draft, Home, Scheme, Surveys
from codemods.catalog.env_to_config.examples import example_paths, example_text, missing_text
from codemods.catalog.env_to_config.facts import OwnClass
from codemods.catalog.env_to_config.fields import Field, SiteForm
from codemods.catalog.env_to_config.outputs import disagreements, guard_text, table
from codemods.catalog.env_to_config.pydantic_form import PydanticForm
from codemods.catalog.env_to_config.rewrite import Addition
from codemods.catalog.env_to_config.styles import FILLED_TEXT, REQUIREMENT, fills
from codemods.codemod import Addendum, DependencyEdit, NewFile, Order, Span
from codemods.project.project import Project

__all__ = ["write"]


def write(draft: Draft, scheme: Scheme, home: Home, surveys: Surveys, project: Project) -> None:
    """Write the configuration, or add to it, and what goes along with it."""
    fields = {name: _shown(one, scheme.root) for name, one in scheme.fields.items()}
    requires = any(
        form is SiteForm.REQUIRE for one in scheme.decisions.values() for form, _ in one.forms
    )
    draft.paragraphs.append(table(home.path, fields, scheme.reads))
    differing = disagreements([scheme.decisions[name] for name in sorted(scheme.decisions)])
    if differing:
        draft.paragraphs.append(differing)
    if home.own is None:
        text = scheme.form.module_text(fields, scheme.width, requires=requires)
        draft.new_files.append(NewFile(home.path, text.encode()))
        if isinstance(scheme.form, PydanticForm):
            draft.dependencies.append(DependencyEdit(scheme.root, REQUIREMENT))
    else:
        draft.orders[home.path] = list(_additions(fields, home.own, scheme, requires=requires))
    _write_example(draft, scheme, fields, project)
    guard = scheme.root / "tests" / "test_environment_reads.py"
    if scheme.options.guard and guard not in project.paths:
        users = {
            str(path.relative_to(scheme.root))
            for path, survey in surveys.items()
            if path != home.path
            and not project.is_test(path)
            and (survey.facts.others or any(not draft.rewrites(site.id) for site in survey.sites))
        }
        users |= {
            f"{other.root.relative_to(scheme.root)}/"
            for other in project.distributions
            if other.root != scheme.root and other.root.is_relative_to(home.path.parent)
        }
        text = guard_text(home.path.relative_to(scheme.root), users)
        draft.new_files.append(NewFile(guard, text.encode()))


def _write_example(
    draft: Draft, scheme: Scheme, fields: Mapping[str, Field], project: Project
) -> None:
    """Write an example of a .env file, or complete the one that is there."""
    there = example_paths(scheme.root, project.paths)
    if not there:
        path = scheme.root / ".env.example"
        draft.new_files.append(NewFile(path, example_text(fields.values()).encode()))
        return
    try:
        text, *others = ((project.read(path) or b"").decode() for path in there)
    except UnicodeDecodeError:
        names = ", ".join(sorted(field.variable for field in fields.values()))
        draft.paragraphs.append(f"{there[0]} is no UTF-8; see whether it names all of: {names}")
        return
    added = missing_text(text, others, fields.values())
    if added:
        draft.addenda.append(Addendum(there[0], added.encode()))


def _shown(field: Field, root: PurePosixPath) -> Field:
    """Return a field with the files that it is used in as its distribution calls them."""
    return replace(field, used_in=tuple(path.relative_to(root) for path in field.used_in))


def _additions(
    fields: Mapping[str, Field], own: OwnClass, scheme: Scheme, *, requires: bool
) -> Iterator[Order]:
    """Yield orders that add fields to a configuration that is there, in their order."""
    below = sorted((field.name, field.at) for field in own.fields.values())
    end = own.methods
    for name in sorted(fields):
        field = fields[name]
        later = [at for other, at in below if other > name]
        at = later[0] if later else own.end
        text = scheme.form.field_text(name, field, scheme.width)
        imports = scheme.form.field_imports(field)
        yield Order(None, Span(at, at), Addition(at, text, imports))
    if fills(fields.values()) and not own.fills:
        yield Order(None, Span(own.at, own.at), Addition(own.at, FILLED_TEXT))
    if requires and not own.requires:
        yield Order(None, Span(end, end), Addition(end, scheme.form.require))
