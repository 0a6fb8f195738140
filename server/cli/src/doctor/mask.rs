//! What must not be in a bug report: passwords and tokens in addresses, and values that are secret by their name.

/// What stands in the place of a secret.
const MASK: &str = "***";
/// A variable whose name has one of these in it has a value that nobody else should read.
const SECRET: [&str; 6] = ["PASSWORD", "PASSWD", "TOKEN", "SECRET", "CREDENTIAL", "API_KEY"];

/// The value of a variable, as it may be shown.
pub(super) fn value(name: &str, value: &str) -> String {
    let name = name.to_uppercase();
    if SECRET.iter().any(|it| name.contains(it)) && !value.is_empty() {
        return MASK.to_owned();
    }
    // Proxies are often stated without a scheme: `me:mine@proxy:3128`.
    match value.rsplit_once('@') {
        Some((_, host)) if name.ends_with("PROXY") && !value.contains("://") => {
            format!("{MASK}@{host}")
        }
        _ => masked(value),
    }
}

/// A text in which no address says who may enter (RFC 3986, 3.2.1: what stands before `@` in the authority), nor has a query,
/// where some servers take tokens.
pub(super) fn masked(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        shown.push_str(before);
        let end =
            after.find(|it: char| it.is_whitespace() || matches!(it, '"' | '\'' | '`' | ',' | ';'));
        let (address, further) = after.split_at(end.unwrap_or(after.len()));
        let (authority, path) = address.split_at(address.find('/').unwrap_or(address.len()));
        match authority.rsplit_once('@') {
            Some((_, host)) => shown.push_str(&format!("{MASK}@{host}")),
            None => shown.push_str(authority),
        }
        match path.split_once('?') {
            Some((path, _)) => shown.push_str(&format!("{path}?{MASK}")),
            None => shown.push_str(path),
        }
        rest = further;
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::{masked, value};

    #[test]
    fn who_may_enter_is_not_shown() {
        assert_eq!(masked("https://me:pa@ss@host/simple"), "https://***@host/simple");
        assert_eq!(
            masked("a https://t0ken@host b http://host/x?key=1 c"),
            "a https://***@host b http://host/x?*** c"
        );
        assert_eq!(masked("nothing of the kind: me@host"), "nothing of the kind: me@host");
    }

    #[test]
    fn who_may_enter_a_proxy_without_a_scheme_is_not_shown() {
        assert_eq!(value("HTTPS_PROXY", "me:mine@proxy:3128"), "***@proxy:3128");
        assert_eq!(value("HTTPS_PROXY", "proxy:3128"), "proxy:3128");
        assert_eq!(value("HTTPS_PROXY", "http://me:mine@proxy:3128"), "http://***@proxy:3128");
    }

    #[test]
    fn what_is_secret_by_its_name_is_not_shown() {
        assert_eq!(value("UV_INDEX_INTERNAL_PASSWORD", "x"), "***");
        assert_eq!(value("POETRY_PYPI_TOKEN_HOUSE", "x"), "***");
        assert_eq!(value("UV_PYTHON", "3.12"), "3.12");
    }
}
