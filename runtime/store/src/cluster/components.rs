//! Components, by hash: what nodes fetch that have to serve a version.

use sea_query::{Expr, ExprTrait, OnConflict, Order, Query};

use super::{Cluster, tables::COMPONENTS, text};
use crate::{StoreError, database::RawRow};

/// A component that the database has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentEntry {
    /// Its hash.
    pub hash: String,
    /// How large it is.
    pub bytes: u64,
    /// When it came, by the database's clock.
    pub at_ms: i64,
    /// What was said of it: the caller's own words.
    pub about: String,
}

impl Cluster {
    /// Keeps a component, and what is to be said of it. One that is there already stays as it is, words included.
    pub async fn put_component(&self, hash: &str, component: &[u8], about: &str) -> Result<(), StoreError> {
        let mut insert = Query::insert();
        insert.into_table(COMPONENTS).columns(["hash", "component", "bytes", "at", "about"]);
        insert.values_panic([
            hash.into(),
            component.to_vec().into(),
            i64::try_from(component.len()).unwrap_or(i64::MAX).into(),
            self.flavor().now_ms(),
            about.into(),
        ]);
        insert.on_conflict(OnConflict::column("hash").do_nothing().to_owned());
        self.execute(&self.statement(&insert)).await.map(|_| ())
    }

    /// A component. Whoever runs it checks its hash.
    pub async fn component(&self, hash: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let select = Query::select().column("component").from(COMPONENTS).and_where(Expr::col("hash").eq(hash)).take();
        let read = &mut |row: RawRow<'_>| Ok(row.bytes(0)?.unwrap_or_default().to_vec());
        Ok(self.read(&self.statement(&select), read).await?.pop())
    }

    /// What is kept, the latest first.
    pub async fn components(&self) -> Result<Vec<ComponentEntry>, StoreError> {
        let select = Query::select()
            .columns(["hash", "bytes", "at", "about"])
            .from(COMPONENTS)
            .order_by("at", Order::Desc)
            .order_by("hash", Order::Asc)
            .take();
        let read = &mut |row: RawRow<'_>| {
            Ok(ComponentEntry {
                hash: text(row, 0)?,
                bytes: u64::try_from(row.number(1)?).unwrap_or_default(),
                at_ms: row.number(2)?,
                about: text(row, 3)?,
            })
        };
        self.read(&self.statement(&select), read).await
    }

    /// Forgets components.
    pub async fn forget_components(&self, hashes: &[String]) -> Result<u64, StoreError> {
        let is_one = Expr::col("hash").is_in(hashes.iter().map(String::as_str));
        self.execute(&self.statement(Query::delete().from_table(COMPONENTS).and_where(is_one))).await
    }
}
