//! Variables in declarations: `$NAME`, `${NAME}`, `${NAME:-else}` and their kin (*Dockerfile reference*, environment
//! replacement; *Compose file reference*, interpolation).

/// Puts the values of variables in. `None` where one is asked for that nobody knows.
#[must_use]
pub fn expanded(text: &str, value: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    expand(text, value, 0)
}

/// Deeper than anyone nests one in another.
const DEEPEST: usize = 8;

fn expand(text: &str, value: &dyn Fn(&str) -> Option<String>, depth: usize) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(rest.get(..at)?);
        rest = rest.get(at + 1..)?;
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some(inside) = rest.strip_prefix('{') {
            let end = closing(inside)?;
            out.push_str(&braced(inside.get(..end)?, value, depth)?);
            rest = inside.get(end + 1..)?;
        } else {
            let end = rest.find(|it: char| !is_of_name(it)).unwrap_or(rest.len());
            let name = rest.get(..end)?;
            if name.is_empty() {
                out.push('$');
            } else {
                out.push_str(&value(name)?);
            }
            rest = rest.get(end..)?;
        }
    }
    out.push_str(rest);
    Some(out)
}

fn is_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// Where the brace that is open is closed.
fn closing(inside: &str) -> Option<usize> {
    let mut open = 0_usize;
    for (at, byte) in inside.bytes().enumerate() {
        match byte {
            b'{' => open += 1,
            b'}' if open == 0 => return Some(at),
            b'}' => open -= 1,
            _ => {}
        }
    }
    None
}

fn braced(inside: &str, value: &dyn Fn(&str) -> Option<String>, depth: usize) -> Option<String> {
    if depth > DEEPEST {
        return None;
    }
    let end = inside.find(|it: char| !is_of_name(it)).unwrap_or(inside.len());
    let (name, operation) = inside.split_at(end);
    let known = value(name);
    let filled = known.clone().filter(|it| !it.is_empty());
    if let Some(word) = operation.strip_prefix(":-") {
        return filled.or_else(|| expand(word, value, depth + 1));
    }
    if let Some(word) = operation.strip_prefix('-') {
        return known.or_else(|| expand(word, value, depth + 1));
    }
    if let Some(word) = operation.strip_prefix(":+") {
        return filled.map_or(Some(String::new()), |_| expand(word, value, depth + 1));
    }
    if let Some(word) = operation.strip_prefix('+') {
        return known.map_or(Some(String::new()), |_| expand(word, value, depth + 1));
    }
    // `?` demands a value, and whatever else there is changes it in ways that are not followed.
    if operation.is_empty() || operation.starts_with(['?', ':']) { known } else { None }
}
