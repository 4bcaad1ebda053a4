//! Frequent given and family names. They say that a word can be a name, not that it is one: most
//! of `Rose`, `Mark` and `Page` are, too. Names of countries whose census is not here are told
//! by their place in the sentence and by their shape.

use std::sync::LazyLock;

use hashbrown::HashSet;

/// Folded given names, one a line.
pub(crate) const GIVEN_NAMES: &str = include_str!("../data/given_names.txt");
/// Folded family names, one a line.
pub(crate) const FAMILY_NAMES: &str = include_str!("../data/family_names.txt");

static GIVEN: LazyLock<HashSet<&str>> = LazyLock::new(|| GIVEN_NAMES.lines().collect());
static FAMILY: LazyLock<HashSet<&str>> = LazyLock::new(|| FAMILY_NAMES.lines().collect());

/// Whether a folded word is a given name of the census.
pub(crate) fn is_given(folded: &str) -> bool {
    GIVEN.contains(folded)
}

/// Whether a folded word is a frequent family name of the census.
pub(crate) fn is_family(folded: &str) -> bool {
    FAMILY.contains(folded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_census_are_known() {
        assert!(is_given("jane") && !is_given("invoice"));
        assert!(is_family("smith") && !is_family("inc"));
    }
}
