//! Markers: whether a transaction was committed.
//!
//! A marker's row is there or not, and both say something: written as committed by the transaction itself, it appears with the
//! transaction's work; written as aborted by a reader, it makes the transaction fail, if that should still be under way. The
//! primary key decides who was first.

use std::fmt;

use sea_query::{Expr, ExprTrait, OnConflict, Query};

use super::{Cluster, remembered, tables::MARKERS, unclassified};
use crate::{
    StoreError,
    database::{RawRow, Statement, Target},
    dialect::Flavor,
};

/// Stands for one transaction; drawn at random.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Marker(pub u128);

/// What became of the transaction that a marker stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// It was committed.
    Committed,
    /// It was not, and never will be.
    Aborted,
}

impl fmt::Debug for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Marker({:032x})", self.0)
    }
}

impl Cluster {
    /// What became of a transaction, once and for all: if it is not known to be committed, it is aborted by this. Waits for
    /// a transaction that has written the marker and is about to commit.
    ///
    /// To be called outside a transaction: on SQLite it would wait for the caller's own. The answer is wrong for a marker that
    /// was forgotten.
    pub async fn settle(&self, marker: Marker, now_ms: i64) -> Result<Settled, StoreError> {
        // Nearly always it was committed long ago: then there is nothing to write.
        if let Some(settled) = self.settled(marker).await? {
            return Ok(settled);
        }
        let abort = insert(self.flavor(), marker, false, now_ms);
        // On the connections of requests: it may wait for another one's commit.
        if Target::Alone(&self.store.pools).execute(&abort).await.map_err(unclassified)? == 1 {
            return Ok(Settled::Aborted);
        }
        let settled = self.settled(marker).await?;
        settled.ok_or_else(|| StoreError::Data(format!("{marker:?} was forgotten while it was being settled")))
    }

    /// Whether a transaction is known to be committed. Decides nothing about one that is under way.
    pub async fn is_committed(&self, marker: Marker) -> Result<bool, StoreError> {
        Ok(self.settled(marker).await? == Some(Settled::Committed))
    }

    /// Forgets the markers that were written before a moment; answers how many. To be called for markers after which nobody will
    /// ask any more.
    pub async fn forget_markers(&self, before_ms: i64) -> Result<u64, StoreError> {
        let delete = Query::delete().from_table(MARKERS).and_where(Expr::col("at").lt(before_ms)).take();
        self.execute(&self.statement(&delete)).await
    }

    async fn settled(&self, marker: Marker) -> Result<Option<Settled>, StoreError> {
        let select = Query::select().column("committed").from(MARKERS).and_where(is(marker)).take();
        let read = &mut |row: RawRow<'_>| {
            Ok(if row.boolean(0)? == Some(true) { Settled::Committed } else { Settled::Aborted })
        };
        Ok(self.read(&self.statement(&select), read).await?.pop())
    }
}

/// Writes a marker; changes no row when there is one.
pub(crate) fn insert(flavor: Flavor, marker: Marker, committed: bool, now_ms: i64) -> Statement {
    let mut insert = Query::insert();
    insert.into_table(MARKERS).columns(["marker", "committed", "at"]);
    insert.values_panic([bytes(marker).into(), committed.into(), now_ms.into()]);
    remembered(flavor, insert.on_conflict(OnConflict::column("marker").do_nothing().to_owned()))
}

fn is(marker: Marker) -> Expr {
    Expr::col("marker").eq(bytes(marker))
}

fn bytes(marker: Marker) -> Vec<u8> {
    marker.0.to_be_bytes().to_vec()
}
