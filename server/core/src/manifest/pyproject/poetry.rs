//! `[tool.poetry]` (Poetry, *The pyproject.toml file*, *Dependency specification*, *Managing dependencies*). Since Poetry 2.0
//! `[project]` may list the dependencies; those of Poetry's own table then only say more about them.

use super::{Item, Reader};
use crate::{
    manifest::{Fact, Says, Set},
    standard::{caret, name},
    text::Span,
};

/// What can be said only once the whole document has been read.
#[derive(Default)]
pub(super) struct Gathered {
    /// The facts made of `dependencies`.
    main: Vec<usize>,
    /// The optional ones among them.
    optional: Vec<usize>,
    /// The distributions of each extra, normalised.
    extras: Vec<(String, Vec<String>)>,
    /// What counts where `[project]` does not say it.
    otherwise: Vec<Fact>,
    /// Whether `[project]` lists dependencies.
    pub(super) is_enriching: bool,
}

pub(super) fn entry(reader: &mut Reader<'_>, path: &[&str], item: &Item<'_, '_>) {
    match (path, item.key) {
        (["tool", "poetry"], "name") => {
            if let Some((span, text)) = reader.string(item).filter(|it| name::is_valid(&it.1)) {
                reader.otherwise(span, Says::Name(text));
            }
        }
        (["tool", "poetry"], "dependencies" | "dev-dependencies" | "group" | "extras")
        | (["tool", "poetry", "group"], _)
        | (["tool", "poetry", "group", _], "dependencies") => reader.nested(path, item),
        (["tool", "poetry", "dependencies"], "python") => reader.python_of_poetry(item),
        (["tool", "poetry", "dependencies"], _) => {
            for taken in reader.apart(item, &Set::Main, caret::specifiers, None) {
                reader.poetry.main.push(taken.fact);
                reader.poetry.optional.extend(taken.is_optional.then_some(taken.fact));
            }
        }
        (["tool", "poetry", "dev-dependencies"], _) => {
            reader.apart(item, &Set::Group("dev".to_owned()), caret::specifiers, None);
        }
        (["tool", "poetry", "group", group], "optional") if item.is_true() => {
            reader.say(item.key_span, Says::OptionalGroup((*group).to_owned()));
        }
        (["tool", "poetry", "group", group], "include-groups") => {
            for (span, included) in reader.strings(item) {
                reader.say(span, Says::IncludesGroup { group: (*group).to_owned(), included });
            }
        }
        (["tool", "poetry", "group", group, "dependencies"], _) => {
            reader.apart(item, &Set::Group((*group).to_owned()), caret::specifiers, None);
        }
        (["tool", "poetry", "extras"], extra) => {
            reader.defines(item.key_span, Set::Extra(extra.to_owned()));
            let names = reader.strings(item).into_iter().map(|it| name::normalised(&it.1));
            let names = names.collect();
            reader.poetry.extras.push((extra.to_owned(), names));
        }
        _ => {}
    }
}

impl Reader<'_> {
    /// Says something that counts only where `[project]` does not say it.
    pub(in crate::manifest) fn otherwise(&mut self, span: Span, says: Says) {
        self.poetry.otherwise.push(Fact { span, says });
    }

    fn python_of_poetry(&mut self, item: &Item<'_, '_>) {
        let Some((span, text)) = self.string(item) else { return };
        match caret::specifiers(&text) {
            Ok(it) if it.is_empty() => {}
            Ok(specifiers) => self.otherwise(span, Says::RequiresPython(specifiers.to_string())),
            Err(fault) => {
                let place = fault.span.shifted(span.start);
                self.unreadable(if place.start < place.end { place } else { span }, fault.message);
            }
        }
    }

    /// Puts optional requirements into the extra that names them, and lets `[project]` come first.
    pub(super) fn settle_poetry(&mut self) {
        let Gathered { main, optional, extras, otherwise, is_enriching } =
            std::mem::take(&mut self.poetry);
        for at in optional {
            let Some(Fact { says: Says::Requirement { set, requirement }, .. }) =
                self.facts.get_mut(at)
            else {
                continue;
            };
            let names =
                |it: &&(String, Vec<String>)| it.1.iter().any(|it| **it == *requirement.name);
            let extra = extras.iter().find(names).map(|it| it.0.clone());
            // One that no extra names is never installed.
            *set = Set::Extra(extra.unwrap_or_else(|| requirement.name.to_string()));
        }
        if is_enriching {
            let mut at = 0;
            self.facts.retain(|_| {
                at += 1;
                main.binary_search(&(at - 1)).is_err()
            });
        }
        for fact in otherwise {
            let same =
                |it: &Fact| std::mem::discriminant(&it.says) == std::mem::discriminant(&fact.says);
            if !self.facts.iter().any(same) {
                self.facts.push(fact);
            }
        }
    }
}
