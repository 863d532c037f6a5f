//! Triggers that keep the places equal in which two versions of a model have the same thing.
//!
//! `sea-query` has no triggers, and the two databases share little of them: PostgreSQL's change a row before it is written,
//! SQLite's write it once more. Both stop when both places say the same, whichever side began. What one side holds and
//! the other cannot say is left alone: only a write brings it over.

use sea_query::{Expr, Query};

use super::{Flavor, SEQUENCES};
use crate::{
    Dialect,
    schema::{DISCRIMINATOR, FROM_ID, ID, TO_ID},
};

/// The most triggers that one rule needs on SQLite.
const TRIGGERS_PER_RULE: usize = 4;

/// Two columns of a table, each of which can be computed from the other.
pub(crate) struct Equal<'a> {
    pub(crate) table: &'a str,
    pub(crate) old: &'a str,
    pub(crate) new: &'a str,
    /// The new column's value for the old one's.
    pub(crate) forward: &'a dyn Fn(Expr) -> Expr,
    /// The old column's value for the new one's.
    pub(crate) backward: &'a dyn Fn(Expr) -> Expr,
}

impl Flavor {
    /// An expression as text with its values in it.
    pub(crate) fn inline(self, expression: Expr) -> String {
        let select = self.text(&Query::select().expr(expression).take());
        select.strip_prefix("SELECT ").map_or(select.clone(), str::to_owned)
    }

    /// Keeps two columns equal.
    pub(crate) fn keep_equal(self, name: &str, rule: &Equal<'_>) -> Vec<String> {
        let Equal { table, old, new, forward, backward } = rule;
        let of_row = |column: &str| Expr::col((sea_query::Alias::new("new"), sea_query::Alias::new(column)));
        // In parentheses: PL/pgSQL would take the THEN of a CASE for that of its own IF.
        let inline = |expression| format!("({})", self.inline(expression));
        let (forward, backward) = (inline(forward(of_row(old))), inline(backward(of_row(new))));
        match self.dialect {
            Dialect::Postgres => postgres(
                name,
                1,
                &format!("BEFORE INSERT OR UPDATE ON \"{table}\""),
                &format!(
                    "IF TG_OP = 'INSERT' THEN \
                     IF new.\"{new}\" IS NOT NULL THEN new.\"{old}\" := {backward}; ELSE new.\"{new}\" := {forward}; END IF; \
                     ELSIF new.\"{old}\" IS DISTINCT FROM old.\"{old}\" THEN new.\"{new}\" := {forward}; \
                     ELSIF new.\"{new}\" IS DISTINCT FROM old.\"{new}\" AND new.\"{new}\" IS DISTINCT FROM {forward} \
                     THEN new.\"{old}\" := {backward}; END IF; RETURN new;"
                ),
            ),
            Dialect::Sqlite => {
                let set = |column: &str, value: &str| {
                    format!("UPDATE \"{table}\" SET \"{column}\" = {value} WHERE \"{ID}\" = new.\"{ID}\"")
                };
                vec![
                    sqlite(
                        name,
                        1,
                        &format!("AFTER INSERT ON \"{table}\" WHEN new.\"{new}\" IS NULL AND {forward} IS NOT NULL"),
                        &set(new, &forward),
                    ),
                    sqlite(
                        name,
                        2,
                        &format!("AFTER INSERT ON \"{table}\" WHEN new.\"{new}\" IS NOT NULL"),
                        &set(old, &backward),
                    ),
                    sqlite(
                        name,
                        3,
                        &format!(
                            "AFTER UPDATE OF \"{old}\" ON \"{table}\" WHEN new.\"{old}\" IS NOT old.\"{old}\" \
                             AND new.\"{old}\" IS NOT {backward}"
                        ),
                        &set(new, &forward),
                    ),
                    sqlite(
                        name,
                        4,
                        &format!(
                            "AFTER UPDATE OF \"{new}\" ON \"{table}\" WHEN new.\"{new}\" IS NOT old.\"{new}\" \
                             AND new.\"{new}\" IS NOT {forward}"
                        ),
                        &set(old, &backward),
                    ),
                ]
            }
        }
    }

    /// Keeps a reference and a set equal: the reference is the only member of the set, or empty.
    pub(crate) fn keep_linked(self, name: &str, table: &str, column: &str, pairs: &str) -> Vec<String> {
        let only = |id: &str| only_pair(pairs, id);
        let differs = self.differs();
        let own = format!("new.\"{ID}\"");
        let is_other = format!("new.\"{column}\" {differs} {}", only(&own));
        let replace = format!(
            "DELETE FROM \"{pairs}\" WHERE \"{FROM_ID}\" = {own}; \
             INSERT INTO \"{pairs}\" (\"{FROM_ID}\", \"{TO_ID}\") SELECT {own}, new.\"{column}\" \
             WHERE new.\"{column}\" IS NOT NULL ON CONFLICT DO NOTHING"
        );
        let set = |id: &str| {
            let only = only(id);
            format!(
                "UPDATE \"{table}\" SET \"{column}\" = {only} WHERE \"{ID}\" = {id} AND \"{column}\" {differs} {only}"
            )
        };
        let (added, removed) = (format!("new.\"{FROM_ID}\""), format!("old.\"{FROM_ID}\""));
        match self.dialect {
            Dialect::Postgres => [
                postgres(
                    name,
                    1,
                    &format!("AFTER INSERT OR UPDATE ON \"{table}\""),
                    &format!("IF {is_other} THEN {replace}; END IF; RETURN NULL;"),
                ),
                postgres(
                    name,
                    2,
                    &format!("AFTER INSERT OR DELETE ON \"{pairs}\""),
                    &format!("IF TG_OP = 'INSERT' THEN {}; ELSE {}; END IF; RETURN NULL;", set(&added), set(&removed)),
                ),
            ]
            .concat(),
            Dialect::Sqlite => vec![
                sqlite(name, 1, &format!("AFTER INSERT ON \"{table}\" WHEN {is_other}"), &replace),
                sqlite(name, 2, &format!("AFTER UPDATE OF \"{column}\" ON \"{table}\" WHEN {is_other}"), &replace),
                sqlite(name, 3, &format!("AFTER INSERT ON \"{pairs}\""), &set(&added)),
                sqlite(name, 4, &format!("AFTER DELETE ON \"{pairs}\""), &set(&removed)),
            ],
        }
    }

    /// Makes a set equal to a reference, as the triggers of [`Flavor::keep_linked`] would have: where the set has several
    /// objects and the reference none, nobody has written since.
    pub(crate) fn link_again(self, table: &str, column: &str, pairs: &str) -> Vec<String> {
        let differing =
            format!("\"{column}\" {} {}", self.differs(), only_pair(pairs, &format!("\"{table}\".\"{ID}\"")));
        vec![
            format!(
                "DELETE FROM \"{pairs}\" WHERE \"{FROM_ID}\" IN (SELECT \"{ID}\" FROM \"{table}\" WHERE {differing})"
            ),
            format!(
                "INSERT INTO \"{pairs}\" (\"{FROM_ID}\", \"{TO_ID}\") SELECT \"{ID}\", \"{column}\" FROM \"{table}\" \
                 WHERE \"{column}\" IS NOT NULL AND {differing}"
            ),
        ]
    }

    fn differs(self) -> &'static str {
        match self.dialect {
            Dialect::Postgres => "IS DISTINCT FROM",
            Dialect::Sqlite => "IS NOT",
        }
    }

    /// Numbers rows that a version inserts which does not know the AutoNumber.
    pub(crate) fn keep_numbered(self, name: &str, table: &str, column: &str, sequence: &str) -> Vec<String> {
        let (before, value) = match self.dialect {
            Dialect::Postgres => (String::new(), format!("nextval('\"{sequence}\"')")),
            Dialect::Sqlite => (
                format!("UPDATE \"{SEQUENCES}\" SET next = next + 1 WHERE name = '{sequence}'; "),
                format!("(SELECT next - 1 FROM \"{SEQUENCES}\" WHERE name = '{sequence}')"),
            ),
        };
        self.keep_filled(name, table, column, &before, &value)
    }

    /// Gives rows a value that are inserted without one. `before` is done first.
    fn keep_filled(self, name: &str, table: &str, column: &str, before: &str, value: &str) -> Vec<String> {
        match self.dialect {
            Dialect::Postgres => postgres(
                name,
                1,
                &format!("BEFORE INSERT ON \"{table}\""),
                &format!("IF new.\"{column}\" IS NULL THEN {before}new.\"{column}\" := {value}; END IF; RETURN new;"),
            ),
            Dialect::Sqlite => vec![sqlite(
                name,
                1,
                &format!("AFTER INSERT ON \"{table}\" WHEN new.\"{column}\" IS NULL"),
                &format!("{before}UPDATE \"{table}\" SET \"{column}\" = {value} WHERE \"{ID}\" = new.\"{ID}\""),
            )],
        }
    }

    /// Tells new rows which entity they are of, where their version does not: by the special tables (the most special one
    /// first) in which they are already.
    pub(crate) fn keep_discriminated(
        self,
        name: &str,
        table: &str,
        special: &[(&str, &str)],
        own: &str,
    ) -> Vec<String> {
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let cases = special.iter().map(|(special, discriminator)| {
            let quoted = quoted(discriminator);
            format!("WHEN EXISTS (SELECT 1 FROM \"{special}\" WHERE \"{ID}\" = new.\"{ID}\") THEN {quoted} ")
        });
        let cases: String = cases.collect();
        let value = match special {
            [] => quoted(own),
            _ => format!("(CASE {cases}ELSE {} END)", quoted(own)),
        };
        self.keep_filled(name, table, DISCRIMINATOR, "", &value)
    }

    /// Removes the triggers of a rule over tables, in the order in which they were given.
    pub(crate) fn drop_triggers(self, name: &str, tables: &[&str]) -> Vec<String> {
        match self.dialect {
            Dialect::Postgres => {
                let drop = |(index, table): (usize, &&str)| {
                    let name = numbered(name, index + 1);
                    [
                        format!("DROP TRIGGER IF EXISTS \"{name}\" ON \"{table}\""),
                        format!("DROP FUNCTION IF EXISTS \"{name}\"()"),
                    ]
                };
                tables.iter().enumerate().flat_map(drop).collect()
            }
            Dialect::Sqlite => (1..=TRIGGERS_PER_RULE)
                .map(|number| format!("DROP TRIGGER IF EXISTS \"{}\"", numbered(name, number)))
                .collect(),
        }
    }
}

/// The only member of an object's set; none when there are several.
fn only_pair(pairs: &str, id: &str) -> String {
    format!("(SELECT CASE WHEN count(*) = 1 THEN min(\"{TO_ID}\") END FROM \"{pairs}\" WHERE \"{FROM_ID}\" = {id})")
}

fn numbered(name: &str, number: usize) -> String {
    format!("{name}${number}")
}

fn postgres(name: &str, number: usize, when: &str, body: &str) -> Vec<String> {
    let name = numbered(name, number);
    vec![
        format!(
            "CREATE FUNCTION \"{name}\"() RETURNS trigger LANGUAGE plpgsql AS $brooklet$ BEGIN {body} END $brooklet$"
        ),
        format!("CREATE TRIGGER \"{name}\" {when} FOR EACH ROW EXECUTE FUNCTION \"{name}\"()"),
    ]
}

fn sqlite(name: &str, number: usize, when: &str, body: &str) -> String {
    format!("CREATE TRIGGER \"{}\" {when} BEGIN {body}; END", numbered(name, number))
}
