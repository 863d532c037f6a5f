//! Names of tables, columns and indexes.
//!
//! By rule they follow from the model's names alone, so that every node finds the same ones. All are lower case, as the
//! model's names ignore case. Where a version's names differ from the rule, its `Naming` says so.

use crate::{limits::NAME_BYTES_MAX, schema::ID};

/// `Module.Name` as `module$name`: an entity's table, an association's column or table.
pub(crate) fn qualified(name: &str) -> String {
    shortened(name.to_lowercase().replace('.', "$"))
}

/// An attribute's column.
pub(crate) fn attribute(name: &str) -> String {
    let lower = name.to_lowercase();
    shortened(if lower == ID { format!("{lower}$") } else { lower })
}

/// The table of a reference set whose own name is that of an entity's table.
pub(crate) fn set(name: &str) -> String {
    shortened(format!("{name}$set"))
}

/// The same name, for the number-th thing that would have it; the first has the name itself.
pub(crate) fn numbered(name: &str, number: u32) -> String {
    if number <= 1 { name.to_owned() } else { shortened(format!("{name}${number}")) }
}

/// An index over columns of a table. What it is for is part of its name, so that another purpose makes another index.
pub(crate) fn index(table: &str, columns: &[(String, bool)], purpose: &str) -> String {
    let columns: Vec<_> =
        columns.iter().map(|(column, descending)| format!("{column}{}", if *descending { "-" } else { "" })).collect();
    shortened(format!("{table}$${}${purpose}", columns.join("$")))
}

/// The sequence of a column.
pub(crate) fn sequence(table: &str, column: &str) -> String {
    shortened(format!("{table}$${column}$seq"))
}

/// PostgreSQL cuts names that are too long, so that two could become one: such a name gets its hash at the end.
pub(crate) fn shortened(name: String) -> String {
    if name.len() <= NAME_BYTES_MAX {
        return name;
    }
    let hash = &fingerprint(name.as_bytes())[..12];
    let mut end = NAME_BYTES_MAX - hash.len() - 1;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}~{hash}", &name[..end])
}

/// 128-bit FNV-1a in hexadecimal: stable for ever, which the standard library's hash is not.
pub(crate) fn fingerprint(bytes: &[u8]) -> String {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let hash = bytes.iter().fold(OFFSET, |hash, byte| (hash ^ u128::from(*byte)).wrapping_mul(PRIME));
    // The low bits of a product mix best; they come first, where names take theirs from.
    format!("{:032x}", hash.swap_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_lower_case() {
        assert_eq!(qualified("Sales.OrderLine"), "sales$orderline");
        assert_eq!(attribute("TotalPrice"), "totalprice");
        assert_eq!(attribute("ID"), "id$");
    }

    #[test]
    fn long_names_stay_different() {
        let long = "M.".to_owned() + &"x".repeat(80);
        let (one, other) = (qualified(&(long.clone() + "A")), qualified(&(long + "B")));
        assert!(one.len() <= NAME_BYTES_MAX && one != other);
    }
}
