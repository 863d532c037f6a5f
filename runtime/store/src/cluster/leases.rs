//! Leases with fencing tokens.
//!
//! A lease is a row that is never deleted, because its token must never be given again. Acquiring is one statement: it takes
//! a lease that nobody has or whose time is over, and nothing else, not even its holder's own.

use std::time::Duration;

use sea_query::{Expr, ExprTrait, OnConflict, Order, Query};

use super::{Cluster, milliseconds, remembered, tables::LEASES, text};
use crate::{
    StoreError,
    database::{RawRow, Statement},
    dialect::Flavor,
};

/// Proof of an acquisition: greater than the tokens of all acquisitions of the same lease before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FencingToken(pub i64);

/// A lease that somebody holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseEntry {
    /// What may be done by one at a time.
    pub name: String,
    /// Who does it.
    pub holder: String,
    /// The acquisition.
    pub token: FencingToken,
    /// How long it still lasts.
    pub remaining_ms: i64,
}

impl Cluster {
    /// Takes a lease; none when somebody has it, be it the same holder. Answers at once, unless a transaction fences the lease
    /// past its time: then it waits for the end of that.
    ///
    /// On SQLite this waits for a transaction of the same node that writes: one that does it itself calls
    /// [`Transaction::acquire`](crate::Transaction::acquire).
    pub async fn acquire(
        &self,
        lease: &str,
        holder: &str,
        duration: Duration,
    ) -> Result<Option<FencingToken>, StoreError> {
        let statement = acquire(self.flavor(), lease, holder, Expr::val(1i64), duration);
        Ok(self.fetch(&statement, &mut |row| row.number(0).map(FencingToken)).await?.pop())
    }

    /// Makes a lease last for the duration from now on. False when somebody else has taken it since; a lease whose time was
    /// over and that nobody took is held again.
    pub async fn renew(&self, lease: &str, token: FencingToken, duration: Duration) -> Result<bool, StoreError> {
        let until = self.flavor().now_ms().add(milliseconds(duration));
        let update = Query::update().table(LEASES).value("expires", until).and_where(is(lease, token)).take();
        Ok(self.execute(&self.statement(&update)).await? == 1)
    }

    /// Gives a lease back. Nothing happens when somebody else has it.
    pub async fn release(&self, lease: &str, token: FencingToken) -> Result<(), StoreError> {
        let update = Query::update().table(LEASES).value("expires", 0i64).and_where(is(lease, token)).take();
        self.execute(&self.statement(&update)).await.map(|_| ())
    }

    /// The leases that are held, by name.
    pub async fn leases(&self) -> Result<Vec<LeaseEntry>, StoreError> {
        let now = self.flavor().now_ms();
        let select = Query::select()
            .columns(["name", "holder", "token"])
            .expr(Expr::col("expires").sub(now.clone()))
            .from(LEASES)
            .and_where(Expr::col("expires").gt(now))
            .order_by("name", Order::Asc)
            .take();
        let read = &mut |row: RawRow<'_>| {
            Ok(LeaseEntry {
                name: text(row, 0)?,
                holder: text(row, 1)?,
                token: FencingToken(row.number(2)?),
                remaining_ms: row.number(3)?,
            })
        };
        self.read(&self.statement(&select), read).await
    }
}

/// Takes a lease that nobody has, and answers its token: `step` more than the one before.
///
/// What is visibly held is left alone without touching its row, which its holder may have locked.
pub(crate) fn acquire(flavor: Flavor, lease: &str, holder: &str, step: Expr, duration: Duration) -> Statement {
    let until = flavor.now_ms().add(milliseconds(duration));
    let live = Query::select()
        .expr(Expr::val(1i64))
        .from(LEASES)
        .and_where(Expr::col((LEASES, "name")).eq(lease))
        .and_where(Expr::col((LEASES, "expires")).gt(flavor.now_ms()))
        .take();
    let row = Query::select()
        .expr(Expr::val(lease))
        .expr(Expr::val(holder))
        .expr(step.clone())
        .expr(until.clone())
        .and_where(Expr::exists(live).not())
        .take();
    let take_over = OnConflict::column("name")
        .value("holder", Expr::col(("excluded", "holder")))
        .value("token", Expr::col((LEASES, "token")).add(step))
        // Not the excluded row's: time may have passed while this waited for the row.
        .value("expires", until)
        .action_and_where(Expr::col((LEASES, "expires")).lte(flavor.now_ms()))
        .to_owned();
    let mut insert = Query::insert();
    insert.into_table(LEASES).columns(["name", "holder", "token", "expires"]);
    insert.select_from(row).expect("a value for each column");
    remembered(flavor, insert.on_conflict(take_over).returning_col("token"))
}

/// Takes a lease again whose acquisition a rollback has undone, with the token that it had; nothing happens when somebody
/// was quicker, or when it was not undone.
pub(crate) fn take_again(
    flavor: Flavor,
    lease: &str,
    holder: &str,
    token: FencingToken,
    duration: Duration,
) -> Statement {
    let until = flavor.now_ms().add(milliseconds(duration));
    let again = OnConflict::column("name")
        .update_columns(["holder", "token", "expires"])
        .action_and_where(Expr::col((LEASES, "token")).lt(token.0))
        .action_and_where(Expr::col((LEASES, "expires")).lte(flavor.now_ms()))
        .to_owned();
    let mut insert = Query::insert();
    insert.into_table(LEASES).columns(["name", "holder", "token", "expires"]);
    insert.values_panic([lease.into(), holder.into(), token.0.into(), until]).on_conflict(again);
    remembered(flavor, &insert)
}

/// Finds a lease that is still a token's, and keeps others from taking it until the transaction ends.
pub(crate) fn fence(flavor: Flavor, lease: &str, token: FencingToken) -> Statement {
    let select = Query::select().column("token").from(LEASES).and_where(is(lease, token)).lock_shared().take();
    remembered(flavor, &select)
}

fn is(lease: &str, token: FencingToken) -> Expr {
    Expr::col("name").eq(lease).and(Expr::col("token").eq(token.0))
}
