//! Secrets: each can be given itself, or as the name of a file that has it, by the same three ways.

use std::{fs, path::Path};

use super::Given;
use crate::failure::Usage;

/// The secret `name`, or the content of the file `name-file`: whichever was given in the stronger way.
pub(super) fn choose(
    name: &str,
    value: Option<String>,
    file: Option<&Path>,
    given: &Given,
) -> Result<Option<String>, Usage> {
    let Some(path) = file else { return Ok(value) };
    let (of_value, of_file) = (given.rank(name), given.rank(&format!("{name}-file")));
    match (&value, of_value.cmp(&of_file)) {
        (Some(_), std::cmp::Ordering::Greater) => Ok(value),
        (Some(_), std::cmp::Ordering::Equal) => {
            Err(Usage(format!("give either `{name}` or `{name}-file`, and not both at the same place")))
        }
        _ => read(path).map(Some),
    }
}

/// The content of a file without the white space around it.
pub(crate) fn read(path: &Path) -> Result<String, Usage> {
    let text = fs::read_to_string(path)
        .map_err(|error| Usage(format!("the file {} with a secret cannot be read: {error}", path.display())))?;
    match text.trim() {
        "" => Err(Usage(format!("the file {} is to have a secret and is empty", path.display()))),
        text => Ok(text.to_owned()),
    }
}
