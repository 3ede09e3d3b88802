//! How much work one root may make.
//!
//! Includes multiply: a few small proxies that include each other twice come to millions of routes. What an include may
//! cost is bounded by half of what is left to the one that includes it, so that no tenant of a root can use up what the
//! others need.

/// Proxies, routes and conditions that one root may come to.
const TOTAL: usize = 1 << 18;
/// What an include may always cost, as long as it is left.
const FLOOR: usize = 1 << 12;
/// As deep as includes may be nested.
const MAX_DEPTH: usize = 100;

/// What has been spent under one root.
#[derive(Debug, Default)]
pub(super) struct Spent(usize);

/// What may have been spent when a part of the walk ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    spent: usize,
    depth: usize,
}

impl Limit {
    pub(super) const WHOLE: Self = Self { spent: TOTAL, depth: 0 };
}

impl Spent {
    /// Pays for an include, or says why it cannot. The limit is that of the included proxy.
    pub(super) fn pay(&mut self, cost: usize, limit: Limit) -> Result<Limit, String> {
        let depth = limit.depth + 1;
        if depth > MAX_DEPTH {
            return Err(format!("includes may not be nested deeper than {MAX_DEPTH}"));
        }
        let left = limit.spent.saturating_sub(self.0);
        let share = left.min((left / 2).max(FLOOR));
        if cost > share {
            return Err(
                "includes come to more proxies, routes and conditions than one root may have: include fewer proxies, or each only once"
                    .to_owned(),
            );
        }
        let spent = self.0 + share;
        self.0 += cost;
        Ok(Limit { spent, depth })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_include_cannot_use_up_what_its_siblings_need() {
        let mut spent = Spent::default();
        let mut greedy = spent.pay(1, Limit::WHOLE).unwrap();
        while let Ok(next) = spent.pay(100, greedy) {
            greedy = next;
            if greedy.depth == MAX_DEPTH {
                greedy.depth = 1;
            }
        }
        assert!(spent.0 <= TOTAL / 2, "{}", spent.0);
        assert!(spent.pay(1000, Limit::WHOLE).is_ok());
    }

    #[test]
    fn long_chains_are_fine_but_not_without_end() {
        let mut spent = Spent::default();
        let mut limit = Limit::WHOLE;
        for _ in 0..MAX_DEPTH {
            limit = spent.pay(10, limit).unwrap();
        }
        assert!(spent.pay(10, limit).is_err());
    }
}
