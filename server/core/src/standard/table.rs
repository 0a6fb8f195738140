//! Tables of facts that are texts: a line a fact, sorted by its first field. They are looked up where they lie, for a map of
//! thousands of lines costs more to make than a short command asks of it.

use std::sync::LazyLock;

/// A text of lines that are sorted by what stands before the first tab, as bytes.
#[derive(Debug)]
pub(super) struct Table {
    text: &'static str,
    /// Where the lines begin.
    starts: LazyLock<Vec<u32>, fn() -> Vec<u32>>,
}

/// The table in a text. The text is named twice, for what is found on first use cannot know which table it is found for.
macro_rules! table {
    ($text:expr) => {
        $crate::standard::table::Table::of($text, || $crate::standard::table::starts($text))
    };
}
pub(super) use table;

impl Table {
    pub(super) const fn of(text: &'static str, starts: fn() -> Vec<u32>) -> Table {
        Table { text, starts: LazyLock::new(starts) }
    }

    /// What stands behind a key.
    pub(super) fn get(&self, key: &str) -> Option<(&'static str, &'static str)> {
        self.from(key).next().filter(|it| it.0 == key)
    }

    /// The lines from a key on, whether it is there or not.
    pub(super) fn from(&self, key: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
        let bytes = self.text.as_bytes();
        let is_before = |start: &u32| {
            let line = bytes.get(*start as usize..).unwrap_or_default();
            // What ends a field is less than all that can be in one, so the bytes after a shorter key do no harm.
            line.get(..key.len()).unwrap_or(line) < key.as_bytes()
        };
        let first = self.starts.partition_point(is_before);
        let from = self.starts.get(first).map_or(self.text.len(), |it| *it as usize);
        self.text.get(from..).unwrap_or_default().lines().map(fields)
    }

    /// Every line.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.text.lines().map(fields)
    }
}

/// Where the lines of a text begin.
pub(super) fn starts(text: &str) -> Vec<u32> {
    let ends = memchr::memchr_iter(b'\n', text.as_bytes());
    let starts = std::iter::once(0).chain(ends.map(|it| it + 1)).filter(|it| *it < text.len());
    starts.filter_map(|it| u32::try_from(it).ok()).collect()
}

fn fields(line: &str) -> (&str, &str) {
    line.split_once('\t').unwrap_or((line, ""))
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_line_is_found_and_nothing_else() {
        let table = table!("b\t1\nbb\nd\t2\t3\n");
        assert_eq!(table.get("b"), Some(("b", "1")));
        assert_eq!(table.get("bb"), Some(("bb", "")));
        assert_eq!(table.get("d"), Some(("d", "2\t3")));
        for absent in ["", "a", "ba", "bbb", "c", "e"] {
            assert_eq!(table.get(absent), None, "{absent}");
        }
        assert_eq!(table.from("c").map(|it| it.0).collect::<Vec<_>>(), ["d"]);
        assert_eq!(table.from("").count(), 3);
        let empty = table!("");
        assert_eq!(empty.get("a"), None);
    }
}
