//! Who did what: a record of what administrators did, which any node can show.

use sea_query::{Expr, ExprTrait, Order, Query};

use super::{Cluster, tables::AUDIT, text, unclassified};
use crate::{
    StoreError,
    database::{RawRow, Target},
    limits,
};

/// Something that an administrator did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number: greater than those of all before it.
    pub id: i64,
    /// When, by the database's clock.
    pub at_ms: i64,
    /// On whose word, and from where.
    pub by: String,
    /// What.
    pub what: String,
}

impl Cluster {
    /// Records that somebody did something. Only the latest records are kept.
    pub async fn record(&self, by: &str, what: &str) -> Result<(), StoreError> {
        let mut open = self.store.pools.begin().await.map_err(unclassified)?;
        if let Some(lock) = self.flavor().cluster_lock() {
            open.command(lock).await.map_err(unclassified)?;
        }
        let latest = Query::select().expr(Expr::col("id").max()).from(AUDIT).take();
        let read: &mut (dyn FnMut(RawRow<'_>) -> Result<Option<i64>, sqlx::Error> + Send) = &mut |row| row.integer(0);
        let latest = Target::Within(&mut open).fetch(&self.statement(&latest), read).await.map_err(unclassified)?;
        let id = latest.into_iter().flatten().next().unwrap_or(0) + 1;
        let mut insert = Query::insert();
        insert.into_table(AUDIT).columns(["id", "at", "by", "what"]);
        insert.values_panic([id.into(), self.flavor().now_ms(), by.into(), what.into()]);
        Target::Within(&mut open).execute(&self.statement(&insert)).await.map_err(unclassified)?;
        let old = Expr::col("id").lte(id - limits::AUDIT_ENTRIES_KEPT);
        let forget = Query::delete().from_table(AUDIT).and_where(old).take();
        Target::Within(&mut open).execute(&self.statement(&forget)).await.map_err(unclassified)?;
        open.commit().await.map_err(unclassified)
    }

    /// What was done, the latest first.
    pub async fn records(&self, limit: u64) -> Result<Vec<AuditEntry>, StoreError> {
        let select = Query::select()
            .columns(["id", "at", "by", "what"])
            .from(AUDIT)
            .order_by("id", Order::Desc)
            .limit(limit)
            .take();
        let read = &mut |row: RawRow<'_>| {
            Ok(AuditEntry { id: row.number(0)?, at_ms: row.number(1)?, by: text(row, 2)?, what: text(row, 3)? })
        };
        self.read(&self.statement(&select), read).await
    }
}
