//! A sorted set that takes as much memory as what is in it: most answers have one that rests on them, and there are many.

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Few<T>(Vec<T>);

impl<T> Default for Few<T> {
    fn default() -> Few<T> {
        Few(Vec::new())
    }
}

impl<T: Ord> Few<T> {
    pub(super) fn insert(&mut self, it: T) {
        let Err(at) = self.0.binary_search(&it) else { return };
        // What all projects rest on grows by steps, for it would be moved a thousand times otherwise.
        if self.0.len() < 8 {
            self.0.reserve_exact(1);
        }
        self.0.insert(at, it);
    }

    pub(super) fn remove(&mut self, it: &T) {
        if let Ok(at) = self.0.binary_search(it) {
            self.0.remove(at);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }
}

impl<'few, T> IntoIterator for &'few Few<T> {
    type Item = &'few T;
    type IntoIter = std::slice::Iter<'few, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}
