//! `import-names` and `import-namespaces` of `[project]` (PEP 794): what can be imported once the project is installed.

use std::collections::BTreeSet;

use super::{Item, Reader};
use crate::{manifest::Says, standard::modules, text::Span};

/// The names that the two lists have, each with its place.
#[derive(Default)]
pub(super) struct Gathered {
    names: Vec<(Span, String)>,
    namespaces: Vec<(Span, String)>,
}

pub(super) fn entry(reader: &mut Reader<'_>, item: &Item<'_, '_>) {
    for (span, text) in reader.strings(item) {
        match name_of(&text) {
            Ok(name) => {
                let gathered = &mut reader.import_names;
                let list = match item.key {
                    "import-names" => &mut gathered.names,
                    _ => &mut gathered.namespaces,
                };
                list.push((span, name.to_owned()));
            }
            // Of an empty one the quotes are what can be seen.
            Err(words) if text.is_empty() => {
                reader.unreadable(Span::new(span.start.saturating_sub(1), span.end + 1), words);
            }
            Err(words) => reader.unreadable(span, words),
        }
    }
}

/// The dotted name, without what says that it is private: that is for those who offer names, and changes nothing for who has it.
fn name_of(text: &str) -> Result<&str, String> {
    let (name, tag) = text.split_once(';').map_or((text, None), |(name, tag)| (name, Some(tag)));
    let name = name.trim_end();
    if let Some(wrong) = name.split('.').find(|it| !modules::is_name(it)) {
        return Err(match wrong {
            "" => "expected a name that can be imported, such as `shop.basket`".to_owned(),
            _ => {
                format!("`{wrong}` is no name that can be imported: it has letters, digits and `_`")
            }
        });
    }
    if let Some(keyword) = name.split('.').find(|it| modules::is_keyword(it)) {
        return Err(format!(
            "`{keyword}` is a keyword of Python, and nothing can be imported by it"
        ));
    }
    match tag.map(str::trim) {
        None | Some("private") => Ok(name),
        Some(_) => Err("after the name may only come `; private`".to_owned()),
    }
}

impl Reader<'_> {
    /// Says what the lists have, once both are read: they may not have the same name, nor leave out one around a name.
    pub(super) fn settle_import_names(&mut self) {
        let Gathered { names, namespaces } = std::mem::take(&mut self.import_names);
        let exclusive: BTreeSet<&str> = names.iter().map(|it| &*it.1).collect();
        let shared: BTreeSet<&str> = namespaces.iter().map(|it| &*it.1).collect();
        let mut left_out: BTreeSet<String> = BTreeSet::new();
        let mut faults: Vec<(Span, String)> = Vec::new();
        for (span, name) in names.iter().chain(&namespaces) {
            let above = name.match_indices('.').filter_map(|it| name.get(..it.0));
            let missing = above.filter(|it| !exclusive.contains(it) && !shared.contains(it));
            let missing: Vec<&str> =
                missing.filter(|it| left_out.insert((*it).to_owned())).collect();
            if let Some(last) = missing.last() {
                let words = format!(
                    "`{last}` around `{name}` is in neither list: write it into `import-namespaces` if other projects share it, else into `import-names`"
                );
                faults.push((*span, words));
            }
        }
        for (span, name) in &namespaces {
            if exclusive.contains(&**name) {
                let words = format!(
                    "`{name}` is also in `import-names`: leave it there if nobody else brings it, else here"
                );
                faults.push((*span, words));
            }
        }
        faults.into_iter().for_each(|(span, words)| self.unreadable(span, words));
        for (span, name) in names {
            self.say(span, Says::ImportName(name));
        }
        for (span, name) in namespaces {
            self.say(span, Says::ImportNamespace(name));
        }
    }
}
