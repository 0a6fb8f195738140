//! One file per diagnostic: its words, its check, its fixes. A rule sees the model and nothing else.

mod adding;
mod writing_down;
mod ambiguous_provider;
mod broken_environment;
mod conditional_mismatch;
mod conflicting_installed;
mod conflicting_requirement;
mod constraint_violated;
mod dev_import;
mod duplicate_installed;
mod duplicate_requirement;
pub(crate) mod edits;
mod environment_copied;
mod environment_in_layer;
mod environment_on_share;
mod environment_outdated;
mod environment_shadowed;
mod externally_managed;
mod extra_not_installed;
pub(crate) mod fixes;
mod foreign_environment;
mod group_not_installed;
mod image_architecture;
mod image_libc;
mod image_python_mismatch;
mod import_not_installed;
mod importing;
mod include_cycle;
mod include_missing;
mod invalid_manifest;
mod invalid_requirement;
mod layer_outdated;
mod layer_unreachable;
mod lock_invalid;
mod lock_missing;
mod lock_outdated;
mod lock_python_range;
mod lock_unsupported;
mod managed_python_lost;
mod manager_ambiguous;
mod member_missing;
mod member_undeclared;
mod module_not_in_distribution;
mod name_typo;
mod no_environment;
mod not_installed;
mod notebook_environment;
mod only_stubs;
mod optional_import;
mod pin_conflict;
mod python_eol;
mod removed_stdlib;
mod script_invalid;
mod script_undeclared;
mod selection_differs;
mod shadowed_module;
mod shared_environment;
mod silent_skew;
mod stale_editable;
mod stale_environment;
mod stdlib_requirement;
mod stub_mismatch;
mod tool_missing;
mod torn_install;
mod transitive_import;
mod undeclared_import;
mod unknown_extra;
mod unknown_import;
mod unportable_requirement;
mod unset_variable;
mod unused_dependency;
mod version_mismatch;
mod windows_python;
mod wrong_architecture;
mod wrong_group;
mod wrong_python;

use crate::{
    action::Action,
    finding::{Finding, Reach, Related, Severity, Subject, Tag},
    model::{Damage, Environment, Flaw, Foreign, Model},
    standard::name,
    text::Location,
    world::AbsPath,
};

pub(crate) use self::adding::{add, to_conda};
pub use self::writing_down::write_down;

/// A diagnostic.
pub struct Rule {
    pub code: &'static str,
    /// Unless a setting says otherwise.
    pub severity: Severity,
    pub check: fn(&Model, &mut Vec<Draft>),
}

/// Every rule. The order means nothing: findings are sorted by where they stand.
pub static ALL: &[&Rule] = &[
    &ambiguous_provider::RULE,
    &broken_environment::RULE,
    &conditional_mismatch::RULE,
    &conflicting_installed::RULE,
    &conflicting_requirement::RULE,
    &constraint_violated::RULE,
    &dev_import::RULE,
    &duplicate_installed::RULE,
    &duplicate_requirement::RULE,
    &environment_copied::RULE,
    &environment_in_layer::RULE,
    &environment_on_share::RULE,
    &environment_outdated::RULE,
    &environment_shadowed::RULE,
    &externally_managed::RULE,
    &extra_not_installed::RULE,
    &foreign_environment::RULE,
    &group_not_installed::RULE,
    &image_architecture::RULE,
    &image_libc::RULE,
    &image_python_mismatch::RULE,
    &import_not_installed::RULE,
    &include_cycle::RULE,
    &include_missing::RULE,
    &invalid_manifest::RULE,
    &invalid_requirement::RULE,
    &layer_outdated::RULE,
    &layer_unreachable::RULE,
    &lock_invalid::RULE,
    &lock_missing::RULE,
    &lock_outdated::RULE,
    &lock_python_range::RULE,
    &lock_unsupported::RULE,
    &managed_python_lost::RULE,
    &manager_ambiguous::RULE,
    &member_missing::RULE,
    &member_undeclared::RULE,
    &module_not_in_distribution::RULE,
    &name_typo::RULE,
    &no_environment::RULE,
    &not_installed::RULE,
    &notebook_environment::RULE,
    &only_stubs::RULE,
    &optional_import::RULE,
    &pin_conflict::RULE,
    &python_eol::RULE,
    &removed_stdlib::RULE,
    &script_invalid::RULE,
    &script_undeclared::RULE,
    &selection_differs::RULE,
    &shadowed_module::RULE,
    &shared_environment::RULE,
    &silent_skew::RULE,
    &stale_editable::RULE,
    &stale_environment::RULE,
    &stdlib_requirement::RULE,
    &stub_mismatch::RULE,
    &tool_missing::RULE,
    &torn_install::RULE,
    &transitive_import::RULE,
    &undeclared_import::RULE,
    &unknown_extra::RULE,
    &unknown_import::RULE,
    &unportable_requirement::RULE,
    &unset_variable::RULE,
    &unused_dependency::RULE,
    &version_mismatch::RULE,
    &windows_python::RULE,
    &wrong_architecture::RULE,
    &wrong_group::RULE,
    &wrong_python::RULE,
];

/// How much of the code a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnCode {
    /// Each import by itself: what is found in a file does not follow from any other.
    Imports,
    /// All of it together.
    Whole,
}

/// The rules that look at code. What all others find stays what it is, whatever is typed into a source.
static ON_CODE: &[(&Rule, OnCode)] = &[
    (&ambiguous_provider::RULE, OnCode::Imports),
    (&conditional_mismatch::RULE, OnCode::Imports),
    (&dev_import::RULE, OnCode::Imports),
    (&import_not_installed::RULE, OnCode::Imports),
    (&member_undeclared::RULE, OnCode::Imports),
    (&module_not_in_distribution::RULE, OnCode::Imports),
    (&no_environment::RULE, OnCode::Whole),
    (&notebook_environment::RULE, OnCode::Whole),
    (&only_stubs::RULE, OnCode::Imports),
    (&optional_import::RULE, OnCode::Imports),
    (&removed_stdlib::RULE, OnCode::Imports),
    (&script_invalid::RULE, OnCode::Whole),
    (&script_undeclared::RULE, OnCode::Imports),
    (&shadowed_module::RULE, OnCode::Imports),
    (&transitive_import::RULE, OnCode::Imports),
    (&undeclared_import::RULE, OnCode::Imports),
    (&unknown_import::RULE, OnCode::Imports),
    (&unused_dependency::RULE, OnCode::Whole),
    (&wrong_group::RULE, OnCode::Whole),
];

/// How much of the code the rule of a code looks at, if it looks at any.
#[must_use]
pub fn on_code(code: &str) -> Option<OnCode> {
    ON_CODE.iter().find(|it| it.0.code == code).map(|it| it.1)
}

/// What is wrong with an environment, in the words of its finding; paths are shown as from `folder`.
#[must_use]
pub fn damage(folder: &AbsPath, damage: &Damage) -> String {
    broken_environment::words(folder, damage)
}

/// Everything that is wrong with an environment, each with the code that a finding about it has.
#[must_use]
pub fn problems(folder: &AbsPath, environment: &Environment) -> Vec<(&'static str, String)> {
    let damages = environment.damages.iter().map(|it| {
        let code = match it {
            Damage::Foreign { by: Foreign::Architecture, .. } => wrong_architecture::RULE.code,
            Damage::Foreign { by: Foreign::System, .. } => foreign_environment::RULE.code,
            _ => broken_environment::RULE.code,
        };
        (code, broken_environment::words(folder, it))
    });
    let staleness = environment
        .staleness
        .iter()
        .map(|it| (stale_environment::RULE.code, stale_environment::words(folder, it)));
    damages.chain(staleness).collect()
}

/// What a rule found, before it is given its code and severity.
pub struct Draft {
    pub location: Location,
    pub message: String,
    pub related: Vec<Related>,
    pub subject: Subject,
    pub actions: Vec<Action>,
    pub reach: Reach,
    pub tags: Vec<Tag>,
    /// At most as severe as this, whatever the rule is.
    pub at_most: Option<Severity>,
}

impl Draft {
    /// Where something about an installed distribution is said: at the requirement that names it, else of the project.
    fn of_flaw(model: &Model, flaw: &Flaw, message: String) -> Draft {
        let want = flaw.want.and_then(|it| model.wants.get(it));
        let location = want.map_or_else(|| model.anchor(), |it| it.location.clone());
        let subject = Subject {
            distribution: Some(name::normalised(&flaw.name)),
            module: None,
            environment: model.usable().map(|it| it.prefix.clone()),
        };
        Draft { subject, ..Draft::at(location, message) }
    }

    fn at(location: Location, message: impl Into<String>) -> Draft {
        Draft {
            location,
            message: message.into(),
            related: Vec::new(),
            subject: Subject::default(),
            actions: Vec::new(),
            reach: Reach::Place,
            tags: Vec::new(),
            at_most: None,
        }
    }

    pub(crate) fn of(self, rule: &Rule, severity: Severity) -> Finding {
        Finding {
            code: rule.code,
            severity: self.at_most.map_or(severity, |it| it.min(severity)),
            location: self.location,
            message: self.message,
            tags: self.tags,
            related: self.related,
            subject: self.subject,
            actions: self.actions,
            reach: self.reach,
        }
    }
}
