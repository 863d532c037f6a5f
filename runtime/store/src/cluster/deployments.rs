//! Deployments: what is being done to bring a version into service, so that any node can go on with it.
//!
//! One at a time is unfinished. Whoever works on it holds a lease, under whose token each step is written.

use sea_query::{Expr, ExprTrait, Order, Query};

use super::{Cluster, FencingToken, tables::DEPLOYMENTS, text, unclassified};
use crate::{
    StoreError,
    database::{RawRow, Target},
};

/// A deployment as it was last written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeploymentRow {
    /// Its number: greater than those of all before it.
    pub id: i64,
    /// What is known of it: the caller's own words.
    pub body: String,
    /// Whether nothing is left to be done.
    pub finished: bool,
    /// When it was last written, by the database's clock.
    pub at_ms: i64,
}

impl Cluster {
    /// Begins a deployment, for whoever has the lease with that token; none when somebody else has it by now, or when another
    /// deployment is unfinished.
    pub async fn open_deployment(
        &self,
        body: &str,
        (lease, token): (&str, FencingToken),
    ) -> Result<Option<i64>, StoreError> {
        let mut open = self.store.pools.begin().await.map_err(unclassified)?;
        if !self.is_held(&mut open, lease, token).await? {
            return Ok(None);
        }
        let latest = self.statement(&select(1));
        let latest = Target::Within(&mut open).fetch::<_, sqlx::Error>(&latest, &mut row).await;
        let latest = latest.map_err(unclassified)?.pop();
        let id = latest.as_ref().map_or(1, |latest| latest.id + 1);
        if latest.is_some_and(|latest| !latest.finished) {
            return Ok(None);
        }
        let mut insert = Query::insert();
        insert.into_table(DEPLOYMENTS).columns(["id", "body", "finished", "at"]);
        insert.values_panic([id.into(), body.into(), false.into(), self.flavor().now_ms()]);
        Target::Within(&mut open).execute(&self.statement(&insert)).await.map_err(unclassified)?;
        open.commit().await.map_err(unclassified)?;
        Ok(Some(id))
    }

    /// Deployments, the latest first. Only the first can be unfinished.
    pub async fn deployments(&self, limit: u64) -> Result<Vec<DeploymentRow>, StoreError> {
        self.read(&self.statement(&select(limit)), &mut row).await
    }

    /// A deployment by its number.
    pub async fn deployment(&self, id: i64) -> Result<Option<DeploymentRow>, StoreError> {
        let select = select(1).and_where(Expr::col("id").eq(id)).take();
        Ok(self.read(&self.statement(&select), &mut row).await?.pop())
    }

    /// Writes what is known of an unfinished deployment, for whoever has the lease with that token. False when somebody else
    /// has it by now, or when the deployment is finished.
    pub async fn write_deployment(
        &self,
        id: i64,
        body: &str,
        finished: bool,
        (lease, token): (&str, FencingToken),
    ) -> Result<bool, StoreError> {
        let mut open = self.store.pools.begin().await.map_err(unclassified)?;
        if !self.is_held(&mut open, lease, token).await? {
            return Ok(false);
        }
        let update = Query::update()
            .table(DEPLOYMENTS)
            .value("body", body)
            .value("finished", finished)
            .value("at", self.flavor().now_ms())
            .and_where(Expr::col("id").eq(id))
            .and_where(Expr::col("finished").eq(false))
            .take();
        let written = Target::Within(&mut open).execute(&self.statement(&update)).await.map_err(unclassified)?;
        open.commit().await.map_err(unclassified)?;
        self.signal().await;
        Ok(written == 1)
    }

    /// Forgets deployments before a number.
    pub async fn forget_deployments(&self, before: i64) -> Result<u64, StoreError> {
        let is_old = Expr::col("id").lt(before).and(Expr::col("finished").eq(true));
        self.execute(&self.statement(Query::delete().from_table(DEPLOYMENTS).and_where(is_old))).await
    }
}

fn select(limit: u64) -> sea_query::SelectStatement {
    Query::select()
        .columns(["id", "body", "finished", "at"])
        .from(DEPLOYMENTS)
        .order_by("id", Order::Desc)
        .limit(limit)
        .take()
}

fn row(row: RawRow<'_>) -> Result<DeploymentRow, sqlx::Error> {
    Ok(DeploymentRow {
        id: row.number(0)?,
        body: text(row, 1)?,
        finished: row.boolean(2)?.unwrap_or_default(),
        at_ms: row.number(3)?,
    })
}
