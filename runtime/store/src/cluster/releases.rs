//! Releases: which versions serve. One row for each change of that, never altered, with a *generation* that only grows; the
//! latest is what holds. What a release says is its caller's business: here it is text.

use sea_query::{Expr, ExprTrait, Order, Query};

use super::{Cluster, FencingToken, fence, tables::RELEASES, text, unclassified};
use crate::{
    StoreError,
    database::{RawRow, Target},
};

/// What serves from some moment on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseRow {
    /// Greater than those of all releases before it.
    pub generation: i64,
    /// What it says.
    pub body: String,
    /// Since when, by the database's clock.
    pub at_ms: i64,
}

impl Cluster {
    /// The release that holds; none before the first.
    pub async fn current_release(&self) -> Result<Option<ReleaseRow>, StoreError> {
        Ok(self.releases(1).await?.pop())
    }

    /// Releases, the latest first.
    pub async fn releases(&self, limit: u64) -> Result<Vec<ReleaseRow>, StoreError> {
        let select = Query::select()
            .columns(["generation", "body", "at"])
            .from(RELEASES)
            .order_by("generation", Order::Desc)
            .limit(limit)
            .take();
        let read = &mut |row: RawRow<'_>| {
            Ok(ReleaseRow { generation: row.number(0)?, body: text(row, 1)?, at_ms: row.number(2)? })
        };
        self.read(&self.statement(&select), read).await
    }

    /// Makes a release hold, for whoever has the lease with that token. False when somebody else has it by now, or when another
    /// release has that generation.
    pub async fn publish(
        &self,
        generation: i64,
        body: &str,
        (lease, token): (&str, FencingToken),
    ) -> Result<bool, StoreError> {
        let mut open = self.store.pools.begin().await.map_err(unclassified)?;
        if !self.is_held(&mut open, lease, token).await? {
            return Ok(false);
        }
        let mut insert = Query::insert();
        insert.into_table(RELEASES).columns(["generation", "body", "at"]);
        insert.values_panic([generation.into(), body.into(), self.flavor().now_ms()]);
        insert.on_conflict(sea_query::OnConflict::column("generation").do_nothing().to_owned());
        let written = Target::Within(&mut open).execute(&self.statement(&insert)).await.map_err(unclassified)?;
        open.commit().await.map_err(unclassified)?;
        self.signal().await;
        Ok(written == 1)
    }

    /// Forgets all but the latest releases.
    pub async fn forget_releases(&self, before_generation: i64) -> Result<u64, StoreError> {
        let is_old = Expr::col("generation").lt(before_generation);
        self.execute(&self.statement(Query::delete().from_table(RELEASES).and_where(is_old))).await
    }

    /// Whether a lease is a token's, which it stays until the transaction ends.
    pub(super) async fn is_held(
        &self,
        open: &mut crate::database::Open,
        lease: &str,
        token: FencingToken,
    ) -> Result<bool, StoreError> {
        let read: &mut (dyn FnMut(RawRow<'_>) -> Result<i64, sqlx::Error> + Send) = &mut |row| row.number(0);
        let held = Target::Within(open).fetch(&fence(self.flavor(), lease, token), read).await.map_err(unclassified)?;
        Ok(!held.is_empty())
    }
}
