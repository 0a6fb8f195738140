//! Dice that always fall the same way, and words to make names and prose of, so that each corpus is the same bytes.

const FIRST: [&str; 25] = [
    "amber", "brisk", "cobalt", "dapper", "eager", "fabled", "gentle", "hollow", "ivory", "jolly",
    "keen", "lunar", "mellow", "nimble", "opal", "placid", "quiet", "rustic", "silver", "tidal",
    "umber", "velvet", "witty", "yonder", "zesty",
];

const SECOND: [&str; 20] = [
    "anchor", "beacon", "canyon", "dynamo", "ember", "falcon", "garden", "harbor", "island",
    "jigsaw", "kernel", "lantern", "meadow", "nectar", "orchard", "pebble", "quarry", "ribbon",
    "saddle", "timber",
];

const PROSE: [&str; 24] = [
    "the",
    "library",
    "reads",
    "and",
    "writes",
    "records",
    "with",
    "a",
    "small",
    "interface",
    "that",
    "keeps",
    "its",
    "promises",
    "when",
    "input",
    "is",
    "malformed",
    "or",
    "late",
    "see",
    "the",
    "guide",
    "below",
];

/// How many different names there are.
pub(crate) const NAMES: usize = FIRST.len() * SECOND.len();

/// The normalised name with this number. Neighbours differ in both words, so no name is a misspelling of the next.
pub(crate) fn name(number: usize) -> String {
    let (first, second) =
        (number % FIRST.len(), (number / FIRST.len() + number % FIRST.len()) % SECOND.len());
    format!("{}-{}", FIRST[first], SECOND[second])
}

/// A name as a module: `amber_anchor`.
pub(crate) fn module(name: &str) -> String {
    name.replace('-', "_")
}

/// Splitmix64: a few lines, and good enough to look like life.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number below the bound.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).expect("a bound fits into 64 bits");
        usize::try_from(self.next() % bound).expect("it is below a bound that was a usize")
    }

    pub(crate) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// Mostly small, seldom large, as sizes of real things are: the product of two throws.
    pub(crate) fn skewed(&mut self, bound: usize) -> usize {
        self.below(bound) * self.below(bound) / bound
    }

    /// Prose of about this many bytes, in lines and paragraphs.
    pub(crate) fn prose(&mut self, bytes: usize) -> String {
        let mut text = String::with_capacity(bytes + 80);
        let mut column = 0;
        while text.len() < bytes {
            let word = PROSE[self.below(PROSE.len())];
            text.push_str(word);
            column += word.len() + 1;
            if column < 76 {
                text.push(' ');
                continue;
            }
            column = 0;
            text.push_str(if self.one_in(6) { ".\n\n" } else { "\n" });
        }
        text.push('\n');
        text
    }

    pub(crate) fn hexadecimal(&mut self, digits: usize) -> String {
        let mut text = String::with_capacity(digits + 16);
        while text.len() < digits {
            text.push_str(&format!("{:016x}", self.next()));
        }
        text.truncate(digits);
        text
    }
}
