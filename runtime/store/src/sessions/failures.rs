//! Failed logins, counted under names.

use std::collections::BTreeSet;

use sea_query::{CaseStatement, Expr, ExprTrait, OnConflict, Query};

use super::{Sessions, tables::LOGIN_FAILURES};
use crate::{StoreError, cluster::text, database::RawRow};

/// Failed logins under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureRow {
    /// The name.
    pub name: String,
    /// How many there were.
    pub failures: i64,
    /// When the last one was.
    pub last_ms: i64,
}

impl Sessions {
    /// The failed logins under these names that are not forgotten, in any order.
    pub async fn failures(&self, names: &[String], now_ms: i64) -> Result<Vec<FailureRow>, StoreError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let select = Query::select()
            .columns(["name", "failures", "last_ms"])
            .from(LOGIN_FAILURES)
            .and_where(is_one_of(names))
            .and_where(Expr::col("forgotten_ms").gt(now_ms))
            .take();
        let read = &mut |row: RawRow<'_>| {
            Ok(FailureRow { name: text(row, 0)?, failures: row.number(1)?, last_ms: row.number(2)? })
        };
        self.read(&self.statement(&select), read).await
    }

    /// Counts a failed login under each name, from one again where those before are forgotten.
    pub async fn fail(&self, names: &[String], at_ms: i64, forgotten_ms: i64) -> Result<(), StoreError> {
        // Each once, and in one order, so that two calls for the same names do not wait for one another.
        let names: BTreeSet<_> = names.iter().collect();
        if names.is_empty() {
            return Ok(());
        }
        let stored = |column: &'static str| Expr::col((LOGIN_FAILURES, column));
        let counted = CaseStatement::new()
            .case(stored("forgotten_ms").gt(at_ms), stored("failures").add(1i64))
            .finally(Expr::val(1i64));
        let count = OnConflict::column("name")
            .value("failures", counted)
            .update_columns(["last_ms", "forgotten_ms"])
            .to_owned();
        let mut insert = Query::insert();
        insert.into_table(LOGIN_FAILURES).columns(["name", "failures", "last_ms", "forgotten_ms"]).on_conflict(count);
        for name in names {
            insert.values_panic([name.as_str().into(), 1i64.into(), at_ms.into(), forgotten_ms.into()]);
        }
        self.execute(&self.statement(&insert)).await.map(|_| ())
    }

    /// Forgets the failed logins under these names.
    pub async fn forgive(&self, names: &[String]) -> Result<(), StoreError> {
        if names.is_empty() {
            return Ok(());
        }
        let delete = Query::delete().from_table(LOGIN_FAILURES).and_where(is_one_of(names)).take();
        self.execute(&self.statement(&delete)).await.map(|_| ())
    }

    pub(super) async fn forget_failures(&self, now_ms: i64) -> Result<(), StoreError> {
        let is_forgotten = Expr::col("forgotten_ms").lte(now_ms);
        let delete = Query::delete().from_table(LOGIN_FAILURES).and_where(is_forgotten).take();
        self.execute(&self.statement(&delete)).await.map(|_| ())
    }
}

fn is_one_of(names: &[String]) -> Expr {
    Expr::col("name").is_in(names.iter().map(String::as_str))
}
