//! What the query of `GET /api/objects/{entity}` asks for.

use axum::http::StatusCode;

use super::problem::Problem;
use crate::flow::{Retrieve, failure_codes};

/// The parameters that there are.
const PARAMETERS: [&str; 5] = ["where", "sort", "limit", "offset", "count"];

/// Reads the parameters, each of which may be there once.
pub(super) fn retrieve_of<'a>(entity: &'a str, given: &'a [(String, String)]) -> Result<Retrieve<'a>, Problem> {
    let mut asked = Retrieve { entity, ..Retrieve::default() };
    for (index, (name, value)) in given.iter().enumerate() {
        if given[..index].iter().any(|(before, _)| before == name) {
            return Err(wrong(name, "there once", value));
        }
        match name.as_str() {
            "where" => asked.constraint = value.trim(),
            "sort" => asked.sort = sort(value),
            "limit" => asked.limit = Some(number(name, value)?),
            "offset" => asked.offset = number(name, value)?,
            "count" => match value.as_str() {
                "true" => asked.count = true,
                "false" => asked.count = false,
                _ => return Err(wrong(name, "true or false", value)),
            },
            _ => {
                let what = format!("there is no parameter `{name}`; there are {}", PARAMETERS.join(", "));
                return Err(Problem::new(StatusCode::BAD_REQUEST, failure_codes::UNKNOWN_ARGUMENT, what));
            }
        }
    }
    Ok(asked)
}

/// `-Total,Name`: paths, from high to low where a minus stands before.
fn sort(value: &str) -> Vec<(String, bool)> {
    let keys = value.split(',').map(str::trim).filter(|key| !key.is_empty());
    keys.map(|key| match key.strip_prefix('-') {
        Some(path) => (path.trim().to_owned(), true),
        None => (key.to_owned(), false),
    })
    .collect()
}

fn number(name: &str, value: &str) -> Result<u64, Problem> {
    // What does not fit into the database's numbers is beyond every object anyway.
    let number = value.parse::<u64>().ok().filter(|number| i64::try_from(*number).is_ok());
    number.ok_or_else(|| wrong(name, "a whole number", value))
}

fn wrong(name: &str, expected: &str, value: &str) -> Problem {
    const SHOWN_CHARACTERS: usize = 60;
    let value: String = value.chars().take(SHOWN_CHARACTERS).collect();
    let what = format!("the parameter `{name}` must be {expected}; it is {value}");
    Problem::new(StatusCode::BAD_REQUEST, failure_codes::WRONG_ARGUMENT_TYPE, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn everything_that_can_be_asked_is_read() {
        let given = given(&[
            ("where", " [Total > 5] "),
            ("sort", "-Total, Name,,M.A/M.E/X"),
            ("limit", "10"),
            ("offset", "20"),
            ("count", "true"),
        ]);
        let asked = retrieve_of("M.E", &given).expect("it can be read");
        assert_eq!((asked.entity, asked.constraint), ("M.E", "[Total > 5]"));
        let sort: Vec<_> = asked.sort.iter().map(|(path, descending)| (path.as_str(), *descending)).collect();
        assert_eq!(sort, [("Total", true), ("Name", false), ("M.A/M.E/X", false)]);
        assert_eq!((asked.limit, asked.offset, asked.count), (Some(10), 20, true));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for pairs in [
            &[("limit", "-1")][..],
            &[("limit", "ten")],
            &[("offset", "9223372036854775808")],
            &[("count", "yes")],
            &[("wher", "[A = 1]")],
            &[("limit", "1"), ("limit", "2")],
        ] {
            assert!(retrieve_of("M.E", &given(pairs)).is_err(), "{pairs:?}");
        }
    }
}
