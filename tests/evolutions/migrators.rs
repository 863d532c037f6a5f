//! Migrators that die, and others that go on. What they know of one another is in the database.

use std::ops::ControlFlow;

use brooklet_store::{Evolution, Store, StoreError};

/// A moment for migrations.
pub(crate) const NOW_MS: i64 = 1_700_000_000_000;

/// What a migrator does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Task {
    Expand,
    Contract,
    TakeBack,
}

impl Task {
    /// Lets a migrator do it, which dies after so many transactions. Whether it died.
    pub(crate) async fn killed_after(self, transactions: usize, store: &Store, evolution: &Evolution) -> bool {
        match self.attempt(store, evolution, transactions).await {
            Err(StoreError::Stopped { .. }) => true,
            outcome => {
                outcome.unwrap_or_else(|error| panic!("{self:?}, to be killed after {transactions}: {error}"));
                false
            }
        }
    }

    /// Lets a migrator finish it.
    pub(crate) async fn finished(self, store: &Store, evolution: &Evolution) {
        assert!(!self.killed_after(usize::MAX, store, evolution).await);
        let again = self.attempt(store, evolution, usize::MAX).await;
        assert!(again.is_ok_and(|done| done.is_empty()), "{self:?}: all of it is done");
    }

    /// Lets it be finished by migrators here and there, each of which dies after a transaction.
    pub(crate) async fn finished_by_many(self, [one, other]: &[Store; 2], evolution: &Evolution) {
        while self.killed_after(1, one, evolution).await && self.killed_after(1, other, evolution).await {}
    }

    async fn attempt(
        self,
        store: &Store,
        evolution: &Evolution,
        transactions: usize,
    ) -> Result<Vec<String>, StoreError> {
        let mut left = transactions;
        let mut migrator = store.migrator(None).on_step(move |_| match left.checked_sub(1) {
            Some(fewer) => {
                left = fewer;
                ControlFlow::Continue(())
            }
            None => ControlFlow::Break(()),
        });
        match self {
            Self::Expand => migrator.expand(evolution).await,
            Self::Contract => migrator.contract(evolution, NOW_MS).await,
            Self::TakeBack => migrator.take_back(evolution).await,
        }
    }
}
