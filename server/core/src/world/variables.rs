//! The environment variables of our own process.

use std::{collections::BTreeMap, fmt, sync::Arc};

/// Every environment variable that is set. They are those of the start and stay what they were, so nothing has to be asked.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Variables {
    all: BTreeMap<String, Arc<[u8]>>,
    case: Case,
}

/// Whether two names that differ in nothing but case are one; Windows has it so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Case {
    #[default]
    Told,
    Ignored,
}

impl Variables {
    pub fn new(case: Case, all: impl IntoIterator<Item = (String, Arc<[u8]>)>) -> Variables {
        let all = all.into_iter().map(|(name, value)| (case.spelt(&name), value)).collect();
        Variables { all, case }
    }

    /// The value of a variable; `None` where it is not set or empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Arc<[u8]>> {
        let value = match self.case {
            Case::Told => self.all.get(name),
            Case::Ignored => self.all.get(&self.case.spelt(name)),
        };
        value.filter(|it| !it.is_empty()).cloned()
    }
}

impl Case {
    fn spelt(self, name: &str) -> String {
        match self {
            Case::Told => name.to_owned(),
            Case::Ignored => name.to_ascii_uppercase(),
        }
    }
}

/// Never their values: they hold passwords.
impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} variables", self.all.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(case: Case) -> Variables {
        let all = [("Path", "/bin"), ("EMPTY", ""), ("TOKEN", "hidden")];
        Variables::new(case, all.map(|(name, value)| (name.to_owned(), value.as_bytes().into())))
    }

    #[test]
    fn names_are_told_apart_by_case_where_the_system_does() {
        let (told, ignored) = (variables(Case::Told), variables(Case::Ignored));
        assert_eq!(told.get("Path").as_deref(), Some(b"/bin".as_slice()));
        assert_eq!((told.get("PATH"), told.get("OTHER")), (None, None));
        assert_eq!(ignored.get("PATH"), ignored.get("path"));
        assert_eq!(ignored.get("path").as_deref(), Some(b"/bin".as_slice()));
    }

    #[test]
    fn an_empty_one_is_as_good_as_none_and_no_value_is_printed() {
        let variables = variables(Case::Told);
        assert_eq!(variables.get("EMPTY"), None);
        assert_eq!(format!("{variables:?}"), "3 variables");
    }
}
