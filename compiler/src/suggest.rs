//! "Did you mean": the name that somebody probably had in mind.

/// The candidate that is nearest to a name, if one is near enough to be worth a suggestion.
///
/// A name that differs in its letters' case only wins at once. Otherwise the distance is the number of letters to
/// insert, delete, replace or swap, and it may be a third of the name's length at most. Of equally near candidates the
/// first wins.
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<u8> = name.bytes().map(|byte| byte.to_ascii_lowercase()).collect();
    let mut limit = allowed_distance(wanted.len()) + 1;
    let mut best = None;
    let mut rows = Rows::default();
    for candidate in candidates {
        if candidate.eq_ignore_ascii_case(name) {
            return Some(candidate);
        }
        if candidate.len().abs_diff(wanted.len()) >= limit {
            continue;
        }
        let distance = rows.distance(&wanted, candidate, limit);
        if distance < limit {
            limit = distance;
            best = Some(candidate);
        }
    }
    best
}

/// The text of a help line: ``did you mean `x`?``
pub fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    closest(name, candidates).map(|nearest| format!("did you mean `{nearest}`?"))
}

fn allowed_distance(length: usize) -> usize {
    match length {
        0..=2 => 1,
        3..=5 => 2,
        _ => (length / 3).min(6),
    }
}

/// Three rows of the table of distances, kept from one candidate to the next.
#[derive(Default)]
struct Rows {
    before_last: Vec<usize>,
    last: Vec<usize>,
    current: Vec<usize>,
}

impl Rows {
    /// The distance between two names, or `limit` when it is not below it.
    fn distance(&mut self, wanted: &[u8], candidate: &str, limit: usize) -> usize {
        let candidate = candidate.as_bytes();
        self.last.clear();
        self.last.extend(0..=wanted.len());
        self.before_last.clone_from(&self.last);
        for (row, byte) in candidate.iter().map(u8::to_ascii_lowercase).enumerate() {
            self.current.clear();
            self.current.push(row + 1);
            for (column, &other) in wanted.iter().enumerate() {
                let replaced = self.last[column] + usize::from(byte != other);
                let mut least = replaced.min(self.last[column + 1] + 1).min(self.current[column] + 1);
                let swapped = row > 0
                    && column > 0
                    && byte == wanted[column - 1]
                    && candidate[row - 1].eq_ignore_ascii_case(&other);
                if swapped {
                    least = least.min(self.before_last[column - 1] + 1);
                }
                self.current.push(least);
            }
            if self.current.iter().all(|&distance| distance >= limit) {
                return limit;
            }
            std::mem::swap(&mut self.before_last, &mut self.last);
            std::mem::swap(&mut self.last, &mut self.current);
        }
        self.last.last().copied().unwrap_or(limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_other_case_is_the_nearest() {
        assert_eq!(closest("ORDER", ["Orders", "Order"]), Some("Order"));
    }

    #[test]
    fn a_slip_is_corrected() {
        assert_eq!(closest("retreive", ["return", "retrieve", "remove"]), Some("retrieve"));
        assert_eq!(closest("comit", ["commit", "count"]), Some("commit"));
        assert_eq!(did_you_mean("fi", ["if"]).as_deref(), Some("did you mean `if`?"));
    }

    #[test]
    fn something_else_is_no_suggestion() {
        assert_eq!(closest("invoice", ["order", "customer"]), None);
        assert_eq!(closest("", ["order"]), None);
    }
}
