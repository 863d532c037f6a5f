//! What a transaction does for the cluster: leases that it takes and fences, its marker, and locks by name.

use std::time::Duration;

use super::Transaction;
use crate::{
    Dialect, FencingToken, Marker, StoreError,
    cluster::{acquire, fence, insert_marker, take_again},
    database::{Statement, Target},
};

/// A lease that was taken inside the transaction: a rollback undoes that, but the work that it protects may go on.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    lease: String,
    holder: String,
    token: FencingToken,
    duration: Duration,
}

impl Transaction {
    /// Takes a lease; none when somebody has it, be it the same holder. It outlives a rollback.
    ///
    /// On SQLite there is one writer: a transaction that has begun takes the lease inside itself, and others see that when it
    /// has ended; until then they cannot write either.
    pub async fn acquire(
        &mut self,
        lease: &str,
        holder: &str,
        duration: Duration,
    ) -> Result<Option<FencingToken>, StoreError> {
        if !self.acquires_inside() {
            return self.store.cluster().acquire(lease, holder, duration).await;
        }
        // A rollback takes the counter back too, so that the next one would get the same token.
        let flavor = self.model().flavor;
        let statement = acquire(flavor, lease, holder, flavor.random_step(), duration);
        let token = self.fetch(&statement, &mut |row| row.number(0).map(FencingToken)).await?.pop();
        if let Some(token) = token {
            self.taken.push(Taken { lease: lease.to_owned(), holder: holder.to_owned(), token, duration });
        }
        Ok(token)
    }

    /// Whether [`Transaction::acquire`] takes a lease inside the transaction, because it could not be taken outside: by
    /// [`Cluster::acquire`](crate::Cluster::acquire), which would do otherwise.
    pub fn acquires_inside(&self) -> bool {
        self.store.dialect() == Dialect::Sqlite && self.open.is_some()
    }

    /// Whether a lease is still a token's; if so, nobody takes it before the transaction ends. Begins the transaction.
    ///
    /// A lease whose time is over and that nobody took is still the token's.
    pub async fn fence(&mut self, lease: &str, token: FencingToken) -> Result<bool, StoreError> {
        self.start().await?;
        let statement = fence(self.model().flavor, lease, token);
        Ok(!self.fetch(&statement, &mut |row| row.number(0)).await?.is_empty())
    }

    /// Writes a marker, which is committed with the transaction. [`StoreError::Aborted`] when a reader came first and settled
    /// that this transaction does not count: it accepts nothing but a rollback then.
    pub async fn mark(&mut self, marker: Marker, now_ms: i64) -> Result<(), StoreError> {
        let statement = insert_marker(self.model().flavor, marker, true, now_ms);
        if self.execute(&statement).await? == 0 {
            self.failed = true;
            return Err(StoreError::Aborted);
        }
        Ok(())
    }

    /// Waits until no other transaction has locked the name, and locks it until this one ends. Begins the transaction, which is
    /// all there is to do on SQLite.
    pub async fn lock_name(&mut self, name: &str) -> Result<(), StoreError> {
        self.start().await?;
        let Some((sql, values)) = self.model().flavor.lock_name(name) else { return Ok(()) };
        let statement = Statement { sql: sql.into(), values, remembered: true };
        self.fetch(&statement, &mut |_| Ok(())).await.map(|_| ())
    }

    /// Takes leases again that a rollback has undone. One that somebody else took meanwhile is lost, as [`Transaction::fence`] tells.
    pub(super) async fn take_leases_again(&mut self) -> Result<(), StoreError> {
        for taken in self.taken.clone() {
            let Taken { lease, holder, token, duration } = taken;
            let statement = take_again(self.model().flavor, &lease, &holder, token, duration);
            let target = match &mut self.open {
                Some(open) => Target::Within(open),
                None => Target::Alone(&self.store.pools),
            };
            let done = target.execute(&statement).await;
            self.outcome(done)?;
        }
        if self.open.is_none() {
            self.taken.clear();
        }
        Ok(())
    }
}
