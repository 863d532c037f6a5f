//! Everything that the two databases do not share: a handful of SQL functions, each a few words long.
//!
//! The rest of the crate builds statements with `sea-query` and does not know which database it talks to.

mod triggers;

use sea_query::{
    ColumnType, Expr, ExprTrait, Func, PostgresQueryBuilder, QueryStatementWriter, SchemaStatementBuilder,
    SqliteQueryBuilder, Values,
};

use brooklet_model::XPathFunction;

use crate::{Dialect, kind::Kind, limits, schema::ID, sqlite};

pub(crate) use triggers::Equal;

/// The table that counts AutoNumbers where there are no sequences.
pub(crate) const SEQUENCES: &str = "brooklet$sequence";

/// The number of the advisory lock that migrations take: "brooklet" in ASCII.
const MIGRATION_LOCK: i64 = 0x6272_6f6f_6b6c_6574;

/// The number of the advisory lock of those who install the cluster's tables or join: "cluster" in ASCII.
const CLUSTER_LOCK: i64 = 0x0063_6c75_7374_6572;

/// The number of the advisory lock of those who install the sessions' tables or open sessions under a limit: "session" in
/// ASCII.
const SESSION_LOCK: i64 = 0x0073_6573_7369_6f6e;

/// Where the hash of a name begins that is locked, so that it is not the hash of other users of the database.
const NAME_SEED: i64 = MIGRATION_LOCK;

/// A database's way of speaking SQL, as detected when the store connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flavor {
    pub(crate) dialect: Dialect,
    /// PostgreSQL: the collation whose `upper` and `lower` know Unicode.
    pub(crate) fold_collation: &'static str,
}

/// Collations of PostgreSQL that know Unicode's letters, best first. All of them compare by code point or are only used
/// to change case.
pub(crate) const FOLD_COLLATIONS: [&str; 5] = ["und-x-icu", "pg_c_utf8", "C.utf8", "C.UTF-8", "en_US.utf8"];

impl Flavor {
    /// A statement that reads or writes data, as text and values.
    pub(crate) fn statement(self, statement: &impl QueryStatementWriter) -> (String, Values) {
        match self.dialect {
            Dialect::Sqlite => statement.build(SqliteQueryBuilder),
            Dialect::Postgres => statement.build(PostgresQueryBuilder),
        }
    }

    /// Keeps others from writing to tables until the transaction ends, so that nothing comes between what is read of them and a trigger
    /// that keeps it true. With SQLite one writes at a time anyway.
    pub(crate) fn lock_writers(self, tables: &[&str]) -> Option<String> {
        let tables: Vec<_> = tables.iter().map(|table| format!("\"{table}\"")).collect();
        match self.dialect {
            Dialect::Sqlite => None,
            Dialect::Postgres => Some(format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", tables.join(", "))),
        }
    }

    /// Whether an index can be built while others write to its table: with SQLite one writes at a time anyway.
    pub(crate) fn can_build_aside(self) -> bool {
        matches!(self.dialect, Dialect::Postgres)
    }

    /// A statement that changes the schema, as text.
    pub(crate) fn definition(self, statement: &impl SchemaStatementBuilder) -> String {
        match self.dialect {
            Dialect::Sqlite => statement.build(SqliteQueryBuilder),
            Dialect::Postgres => statement.build(PostgresQueryBuilder),
        }
    }

    /// A statement that reads or writes data, as text with its values in it.
    pub(crate) fn text(self, statement: &impl QueryStatementWriter) -> String {
        match self.dialect {
            Dialect::Sqlite => statement.to_string(SqliteQueryBuilder),
            Dialect::Postgres => statement.to_string(PostgresQueryBuilder),
        }
    }

    /// A question whether a table exists.
    pub(crate) fn table_exists(self, name: &str) -> String {
        match self.dialect {
            Dialect::Sqlite => format!("SELECT count(*) > 0 FROM sqlite_master WHERE name = '{name}'"),
            Dialect::Postgres => format!("SELECT to_regclass('\"{name}\"') IS NOT NULL"),
        }
    }

    /// A column's type, and what follows it.
    pub(crate) fn column_type(self, kind: Kind) -> (ColumnType, Option<String>) {
        match (kind, self.dialect) {
            (Kind::Boolean, _) => (ColumnType::Boolean, None),
            (Kind::Integer | Kind::DateTime | Kind::Id, _) => (ColumnType::BigInteger, None),
            (Kind::Decimal, Dialect::Postgres) => (ColumnType::Decimal(Some((28, 8))), None),
            (Kind::Decimal, Dialect::Sqlite) => {
                (ColumnType::Text, Some(format!("COLLATE {}", sqlite::DECIMAL_COLLATION)))
            }
            (Kind::Text | Kind::Key | Kind::Hash, Dialect::Postgres) => {
                (ColumnType::Text, Some("COLLATE \"C\"".to_owned()))
            }
            (Kind::Text | Kind::Key | Kind::Hash, Dialect::Sqlite) => (ColumnType::Text, None),
            (Kind::Binary, _) => (ColumnType::Blob, None),
        }
    }

    /// A text without the differences between capital and small letters, as Unicode defines them.
    ///
    /// Small and then capital letters: `ẞ`, `ß` and `SS` become one, and so do the two small sigmas.
    pub(crate) fn fold(self, text: Expr) -> Expr {
        match self.dialect {
            Dialect::Sqlite => Func::cust(sqlite::FOLD_FUNCTION).arg(text).into(),
            Dialect::Postgres => Expr::cust_with_expr(
                format!("(upper(lower(CAST($1 AS text) COLLATE \"{}\")) COLLATE \"C\")", self.fold_collation),
                text,
            ),
        }
    }

    /// Where `needle` first stands in `text`, from 1; 0 when it does not.
    pub(crate) fn position(self, text: Expr, needle: Expr) -> Expr {
        let name = match self.dialect {
            Dialect::Sqlite => "instr",
            Dialect::Postgres => "strpos",
        };
        Func::cust(name).args([text, needle]).into()
    }

    /// Whether `id` is one of a list of ids, which travels as one value: [`Flavor::id_list`].
    pub(crate) fn is_in_ids(self, id: Expr, list: Expr) -> Expr {
        match self.dialect {
            Dialect::Sqlite => Expr::cust_with_exprs("? IN (SELECT value FROM json_each(?))", [id, list]),
            Dialect::Postgres => Expr::cust_with_exprs("$1 = ANY(CAST($2 AS bigint[]))", [id, list]),
        }
    }

    /// A list of ids as one value.
    pub(crate) fn id_list(self, ids: impl Iterator<Item = i64>) -> String {
        let (open, close) = match self.dialect {
            Dialect::Sqlite => ('[', ']'),
            Dialect::Postgres => ('{', '}'),
        };
        let mut text = String::from(open);
        for (index, id) in ids.enumerate() {
            if index > 0 {
                text.push(',');
            }
            text.push_str(&id.to_string());
        }
        text.push(close);
        text
    }

    /// An integer as a value that compares with decimals.
    pub(crate) fn integer_as_decimal(self, integer: Expr) -> Expr {
        match self.dialect {
            Dialect::Sqlite => self.ordered(Kind::Decimal, integer.cast_as("text")),
            Dialect::Postgres => integer.cast_as("numeric"),
        }
    }

    /// An expression such that comparing and sorting it orders its values. A column does so by itself; what is computed
    /// from one may have lost its order.
    pub(crate) fn ordered(self, kind: Kind, expression: Expr) -> Expr {
        match (kind, self.dialect) {
            (Kind::Decimal, Dialect::Sqlite) => {
                Expr::cust_with_expr(format!("(? COLLATE {})", sqlite::DECIMAL_COLLATION), expression)
            }
            _ => expression,
        }
    }

    /// The exact sum of an integer or decimal expression, as text; NULL over nothing.
    pub(crate) fn sum_as_text(self, number: Expr) -> Expr {
        match self.dialect {
            Dialect::Sqlite => Func::cust(sqlite::SUM_FUNCTION).arg(number).into(),
            Dialect::Postgres => number.sum().cast_as("text"),
        }
    }

    /// A number as its canonical text.
    pub(crate) fn number_as_text(self, kind: Kind, number: Expr) -> Expr {
        match (kind, self.dialect) {
            (Kind::Decimal, Dialect::Postgres) => Expr::from(Func::cust("trim_scale").arg(number)).cast_as("text"),
            _ => number.cast_as("text"),
        }
    }

    /// A decimal's canonical text as a decimal.
    pub(crate) fn text_as_decimal(self, text: Expr) -> Expr {
        match self.dialect {
            Dialect::Sqlite => text,
            Dialect::Postgres => text.cast_as("numeric"),
        }
    }

    /// A moment as `2024-01-31T12:34:56.789Z`, in UTC.
    pub(crate) fn moment_as_text(self, moment: Expr) -> Expr {
        match self.dialect {
            Dialect::Sqlite => Expr::cust_with_expr("strftime('%Y-%m-%dT%H:%M:%fZ', ? / 1000.0, 'unixepoch')", moment),
            Dialect::Postgres => Expr::cust_with_expr(
                r#"to_char(to_timestamp($1 / 1000.0) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"#,
                moment,
            ),
        }
    }

    /// A text such as `2024-01-31`, `2024-01-31T12:34:56Z` or with milliseconds as a moment; NULL when it is none.
    pub(crate) fn text_as_moment(self, text: Expr) -> Expr {
        let repeated = |times: usize| vec![text.clone(); times];
        match self.dialect {
            // Days that a month does not have move to the next one, and so do not come back as they were.
            Dialect::Sqlite => Expr::cust_with_exprs(
                "CASE WHEN strftime('%Y-%m-%d', ?) = ? OR strftime('%Y-%m-%dT%H:%M:%SZ', ?) = ? \
                 OR strftime('%Y-%m-%dT%H:%M:%fZ', ?) = ? \
                 THEN CAST(round((julianday(?) - 2440587.5) * 86400000) AS integer) END",
                repeated(7),
            ),
            Dialect::Postgres => Expr::cust_with_expr(
                "CASE WHEN $1 ~ '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\
                 (T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{3})?Z)?$' AND substr($1, 1, 4) <> '0000' \
                 THEN CASE WHEN to_char(to_date(substr($1, 1, 7), 'YYYY-MM') + CAST(substr($1, 9, 2) AS integer) - 1, \
                 'YYYY-MM-DD') = substr($1, 1, 10) \
                 THEN CAST(EXTRACT(EPOCH FROM CAST(rtrim(replace($1, 'T', ' '), 'Z') AS timestamp)) * 1000 AS bigint) END END",
                text,
            ),
        }
    }

    /// A part of a moment (milliseconds since 1970), in UTC, as an integer.
    pub(crate) fn date_part(self, part: XPathFunction, moment: Expr) -> Expr {
        use XPathFunction as F;
        let (postgres, sqlite) = match part {
            F::YearFromDateTime => ("EXTRACT(YEAR FROM $)", "%Y"),
            F::QuarterFromDateTime => ("EXTRACT(QUARTER FROM $)", "quarter"),
            F::MonthFromDateTime => ("EXTRACT(MONTH FROM $)", "%m"),
            F::DayFromDateTime => ("EXTRACT(DAY FROM $)", "%d"),
            F::HoursFromDateTime => ("EXTRACT(HOUR FROM $)", "%H"),
            F::MinutesFromDateTime => ("EXTRACT(MINUTE FROM $)", "%M"),
            F::SecondsFromDateTime => ("FLOOR(EXTRACT(SECOND FROM $))", "%S"),
            F::WeekFromDateTime => ("EXTRACT(WEEK FROM $)", "%V"),
            F::WeekdayFromDateTime => ("(EXTRACT(DOW FROM $) + 1)", "weekday"),
            F::DayOfYearFromDateTime => ("EXTRACT(DOY FROM $)", "%j"),
            F::Length => ("$", "%s"),
        };
        match (self.dialect, sqlite) {
            (Dialect::Postgres, _) => {
                let moment_in_utc = "(to_timestamp($1 / 1000.0) AT TIME ZONE 'UTC')";
                Expr::cust_with_expr(format!("CAST({} AS bigint)", postgres.replace('$', moment_in_utc)), moment)
            }
            (Dialect::Sqlite, "quarter") => sqlite_time("%m", moment).add(2).div(3),
            (Dialect::Sqlite, "weekday") => sqlite_time("%w", moment).add(1),
            (Dialect::Sqlite, format) => sqlite_time(format, moment),
        }
    }

    /// The database's own time in milliseconds since 1970, which goes on during a transaction.
    pub(crate) fn now_ms(self) -> Expr {
        Expr::cust(match self.dialect {
            Dialect::Sqlite => "CAST(ROUND(unixepoch('subsec') * 1000) AS integer)",
            Dialect::Postgres => "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS bigint)",
        })
    }

    /// A number from 1 to 2³¹ that cannot be foreseen.
    pub(crate) fn random_step(self) -> Expr {
        Expr::cust(match self.dialect {
            Dialect::Sqlite => "(1 + (random() & 2147483647))",
            Dialect::Postgres => "CAST(1 + floor(random() * 2147483648) AS bigint)",
        })
    }

    /// Whether the database has sequences that hold no lock; otherwise a table of the bookkeeping counts.
    pub(crate) fn has_sequences(self) -> bool {
        self.dialect == Dialect::Postgres
    }

    /// Makes a sequence that starts at a number.
    pub(crate) fn create_sequence(self, name: &str, start: i64) -> String {
        match self.dialect {
            Dialect::Sqlite => format!("INSERT INTO \"{SEQUENCES}\" (name, next) VALUES ('{name}', {start})"),
            Dialect::Postgres => {
                let minimum = Ord::min(start, 1);
                format!("CREATE SEQUENCE \"{name}\" AS bigint MINVALUE {minimum} START {start}")
            }
        }
    }

    /// Makes a sequence that starts after the numbers that a column has, but not before `start`.
    pub(crate) fn create_sequence_after(self, name: &str, start: i64, table: &str, column: &str) -> Vec<String> {
        let greatest = format!("SELECT max(\"{column}\") FROM \"{table}\"");
        match self.dialect {
            Dialect::Sqlite => vec![format!(
                "INSERT INTO \"{SEQUENCES}\" (name, next) VALUES ('{name}', max({start}, coalesce(({greatest}) + 1, {start})))"
            )],
            Dialect::Postgres => vec![
                self.create_sequence(name, start),
                format!("SELECT setval('\"{name}\"', greatest({start}, coalesce(({greatest}) + 1, {start})), false)"),
            ],
        }
    }

    /// Gives numbers of a sequence to rows that have none and are in another table too, in the order of their ids.
    pub(crate) fn number_rest(self, sequence: &str, table: &str, column: &str, special: &str) -> Vec<String> {
        let rest =
            format!("FROM \"{table}\" WHERE \"{column}\" IS NULL AND \"{ID}\" IN (SELECT \"{ID}\" FROM \"{special}\")");
        let set = |numbered: &str, number: &str| {
            format!(
                "UPDATE \"{table}\" SET \"{column}\" = {number} FROM ({numbered}) AS numbered \
                 WHERE \"{table}\".\"{ID}\" = numbered.id"
            )
        };
        match self.dialect {
            Dialect::Sqlite => vec![
                set(
                    &format!("SELECT \"{ID}\" AS id, row_number() OVER (ORDER BY \"{ID}\") AS number {rest}"),
                    &format!("numbered.number - 1 + (SELECT next FROM \"{SEQUENCES}\" WHERE name = '{sequence}')"),
                ),
                format!(
                    "UPDATE \"{SEQUENCES}\" SET next = max(next, coalesce((SELECT max(\"{column}\") + 1 FROM \"{table}\"), next)) \
                     WHERE name = '{sequence}'"
                ),
            ],
            Dialect::Postgres => vec![set(
                &format!(
                    "SELECT id, nextval('\"{sequence}\"') AS number FROM (SELECT \"{ID}\" AS id {rest} ORDER BY \"{ID}\") AS rest"
                ),
                "numbered.number",
            )],
        }
    }

    /// Removes a sequence.
    pub(crate) fn drop_sequence(self, name: &str) -> String {
        match self.dialect {
            Dialect::Sqlite => format!("DELETE FROM \"{SEQUENCES}\" WHERE name = '{name}'"),
            Dialect::Postgres => format!("DROP SEQUENCE IF EXISTS \"{name}\""),
        }
    }

    /// Removes a table, and references to it.
    pub(crate) fn drop_table(self, name: &str) -> String {
        match self.dialect {
            Dialect::Sqlite => format!("DROP TABLE IF EXISTS \"{name}\""),
            Dialect::Postgres => format!("DROP TABLE IF EXISTS \"{name}\" CASCADE"),
        }
    }

    /// Draws numbers of a sequence: answers each of them, or (without sequences) the number after the last.
    pub(crate) fn draw(self, name: &str, count: i64) -> (String, Values) {
        let sql = match self.dialect {
            Dialect::Sqlite => format!("UPDATE \"{SEQUENCES}\" SET next = next + ? WHERE name = ? RETURNING next"),
            Dialect::Postgres => {
                "SELECT nextval(CAST(quote_ident($2) AS regclass)) FROM generate_series(1, $1)".to_owned()
            }
        };
        (sql, Values(vec![count.into(), name.into()]))
    }

    /// Lets one transaction at a time install the cluster's tables or join, until it ends. SQLite's transactions that write do
    /// so anyway.
    pub(crate) fn cluster_lock(self) -> Option<String> {
        (self.dialect == Dialect::Postgres).then(|| format!("SELECT pg_advisory_xact_lock({CLUSTER_LOCK})"))
    }

    /// Lets one transaction at a time install the sessions' tables or open a session under a limit, until it ends. SQLite's
    /// transactions that write do so anyway.
    pub(crate) fn session_lock(self) -> Option<String> {
        (self.dialect == Dialect::Postgres).then(|| format!("SELECT pg_advisory_xact_lock({SESSION_LOCK})"))
    }

    /// Locks a name until the transaction ends.
    pub(crate) fn lock_name(self, name: &str) -> Option<(String, Values)> {
        let sql = format!("SELECT pg_advisory_xact_lock(hashtextextended($1, {NAME_SEED}))");
        (self.dialect == Dialect::Postgres).then(|| (sql, Values(vec![name.into()])))
    }

    /// Lets one migration run at a time, until its transaction ends. SQLite's transactions that write do so anyway.
    ///
    /// Waiting for the other migration may take long. Waiting for a table may not, because all requests that come later
    /// then wait behind this transaction. Foreign keys are checked at once: PostgreSQL does not alter a table for which
    /// checks are pending.
    pub(crate) fn migration_lock(self) -> Option<String> {
        let (long_ms, short_ms) = (limits::MIGRATION_LOCK_TIMEOUT.as_millis(), limits::TABLE_LOCK_TIMEOUT.as_millis());
        (self.dialect == Dialect::Postgres).then(|| {
            format!(
                "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = {long_ms}; SELECT pg_advisory_xact_lock({MIGRATION_LOCK}); \
                 SET LOCAL lock_timeout = {short_ms}; SET CONSTRAINTS ALL IMMEDIATE"
            )
        })
    }
}

fn sqlite_time(format: &str, moment: Expr) -> Expr {
    Expr::cust_with_expr(format!("CAST(strftime('{format}', ? / 1000.0, 'unixepoch') AS integer)"), moment)
}
