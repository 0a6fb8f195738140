//! Our settings laid under the user's: what the user set stays, and hides nothing of ours.

use serde_json::{Map, Value};

use super::{
    choosing::Choice,
    profile::{Held, Setting},
};

/// Lays settings under an object, as a whole.
pub(super) fn lay(user: Value, settings: &[Setting], choice: Option<&Choice>) -> Value {
    let mut laid = user;
    for setting in settings {
        if let Some(value) = choice.and_then(|it| held(setting, it)) {
            put(&mut laid, setting.path, value);
        }
    }
    laid
}

/// Lays settings under the answer to a `workspace/configuration` of one section; of all, without one.
pub(super) fn answer(
    user: Value,
    section: &str,
    settings: &[Setting],
    choice: Option<&Choice>,
) -> Value {
    let mut laid = user;
    for setting in settings {
        let Some(value) = choice.and_then(|it| held(setting, it)) else { continue };
        if let Some(rest) = below(setting.path, section) {
            put(&mut laid, rest, value);
        }
    }
    laid
}

/// Lays a list under the answer to a `workspace/configuration` of one section.
pub(super) fn listed(user: Value, section: &str, path: &[&'static str], list: Vec<Value>) -> Value {
    let mut laid = user;
    if let Some(rest) = below(path, section) {
        put(&mut laid, rest, Value::Array(list));
    }
    laid
}

/// What the user's settings have at a section, whichever way they are spelled.
pub(super) fn section(settings: &Value, section: &str) -> Value {
    let names: Vec<&str> = section.split('.').filter(|it| !it.is_empty()).collect();
    get(settings, &names).cloned().unwrap_or_default()
}

/// `later` goes before `earlier`, key by key.
pub(super) fn merged(earlier: Value, later: Value) -> Value {
    match (earlier, later) {
        (Value::Object(mut all), Value::Object(later)) => {
            for (key, value) in later {
                let before = all.remove(&key).unwrap_or_default();
                all.insert(key, merged(before, value));
            }
            Value::Object(all)
        }
        (earlier, Value::Null) => earlier,
        (_, later) => later,
    }
}

fn held(setting: &Setting, choice: &Choice) -> Option<Value> {
    // A path in a layer means something only to a server that runs there.
    let is_strange = !choice.prefix.is_here() && choice.runs_in.is_none();
    let path = match setting.held {
        Held::Interpreter | Held::Prefix if is_strange => return None,
        Held::Interpreter => &choice.python,
        Held::Prefix => &choice.prefix,
        // Only what is in a layer and seen from here has to be named.
        Held::Packages if !is_strange => return None,
        Held::Packages => {
            let folder = choice.packages_here()?;
            return Some(Value::Array(vec![Value::String(folder.to_string())]));
        }
    };
    // A path that is no Unicode cannot be said in JSON.
    str::from_utf8(path.as_bytes()).ok().map(|it| Value::String(it.to_owned()))
}

/// The names of a path that are below a section.
fn below<'path>(path: &'path [&'static str], section: &str) -> Option<&'path [&'static str]> {
    let mut rest = path;
    for name in section.split('.').filter(|it| !it.is_empty()) {
        let (first, after) = rest.split_first()?;
        if *first != name {
            return None;
        }
        rest = after;
    }
    Some(rest)
}

/// Some clients spell `{"a": {"b": 1}}`, others `{"a.b": 1}`.
fn get<'value>(value: &'value Value, path: &[&str]) -> Option<&'value Value> {
    if path.is_empty() {
        return Some(value);
    }
    let object = value.as_object()?;
    (1..=path.len()).rev().find_map(|length| {
        let (key, rest) = path.split_at_checked(length)?;
        get(object.get(&key.join("."))?, rest)
    })
}

/// Puts a value where nothing is. Null and an empty text are nothing.
fn put(value: &mut Value, path: &[&str], ours: Value) {
    let set = get(value, path).is_some_and(|it| !it.is_null() && it.as_str() != Some(""));
    if set {
        return;
    }
    let Some((first, rest)) = path.split_first() else {
        *value = ours;
        return;
    };
    if value.is_null() {
        *value = Value::Object(Map::new());
    }
    // Where the user has something else than an object, there is no place for ours.
    if let Some(object) = value.as_object_mut() {
        put(object.entry(*first).or_insert(Value::Null), rest, ours);
    }
}

#[cfg(test)]
mod tests {
    use envls_core::world::AbsPath;
    use serde_json::json;

    use super::{answer, lay, merged, section};
    use crate::wrap::{choosing::Choice, profile};

    fn choice() -> Choice {
        let path = |it| AbsPath::parse(it).expect("it is absolute");
        Choice::bare(path("/w/.venv/bin/python"), path("/w/.venv"))
    }

    #[test]
    fn answers_hold_ours_beside_the_users() {
        let pyright = profile::of(Some("pyright"), &[]).settings;
        let python = "/w/.venv/bin/python";
        for (section, user, expected) in [
            ("python", json!(null), json!({"pythonPath": python})),
            (
                "python",
                json!({"analysis": {"a": 1}}),
                json!({"analysis": {"a": 1}, "pythonPath": python}),
            ),
            ("python", json!({"pythonPath": "/mine"}), json!({"pythonPath": "/mine"})),
            ("python", json!({"pythonPath": ""}), json!({"pythonPath": python})),
            ("python.pythonPath", json!(null), json!(python)),
            ("python.analysis", json!(null), json!(null)),
            ("basedpyright", json!(null), json!(null)),
            ("", json!({"python.pythonPath": "/mine"}), json!({"python.pythonPath": "/mine"})),
            ("", json!({"x": 1}), json!({"x": 1, "python": {"pythonPath": python}})),
            ("python", json!(7), json!(7)),
        ] {
            let found = answer(user.clone(), section, pyright, Some(&choice()));
            assert_eq!(found, expected, "{section:?} {user}");
        }
        assert_eq!(answer(json!({"a": 1}), "python", pyright, None), json!({"a": 1}));
    }

    #[test]
    fn what_is_sent_holds_ours_too() {
        let ty = profile::of(Some("ty"), &[]).settings;
        let extension = json!({"activeEnvironment": {"executable": {"sysPrefix": "/w/.venv"}}});
        let expected = json!({"ty": {"a": 1, "pythonExtension": extension}});
        assert_eq!(lay(json!({"ty": {"a": 1}}), ty, Some(&choice())), expected);
    }

    #[test]
    fn sections_are_found_in_either_spelling() {
        let settings = json!({"a": {"b": {"c": 1}}, "x.y": {"z": 2}});
        assert_eq!(section(&settings, "a.b"), json!({"c": 1}));
        assert_eq!(section(&settings, "x.y.z"), json!(2));
        assert_eq!(section(&settings, "none"), json!(null));
    }

    #[test]
    fn later_settings_go_before_earlier_ones() {
        let (earlier, later) = (json!({"a": {"b": 1, "c": 2}}), json!({"a": {"c": 3}, "d": null}));
        assert_eq!(merged(earlier, later), json!({"a": {"b": 1, "c": 3}, "d": null}));
    }
}
