//! Where a planner or a migrator reads: on any connection, or in its transaction.

use crate::{
    StoreError,
    database::{Decode, Open, Pools, Statement, Target},
    failure::classify,
};

/// Where statements run.
pub(super) enum Place<'a> {
    /// On any free connection: for planning, which changes nothing.
    Anywhere(&'a Pools),
    /// In a transaction.
    Within(&'a mut Open),
}

impl Place<'_> {
    /// Reads rows.
    pub(super) async fn fetch<T: Send>(
        &mut self,
        statement: &Statement,
        decode: Decode<'_, T, sqlx::Error>,
    ) -> Result<Vec<T>, StoreError> {
        let target = match self {
            Self::Anywhere(pools) => Target::Anywhere(pools),
            Self::Within(open) => Target::Within(open),
        };
        target.fetch(statement, decode).await.map_err(|error| classify(error, None))
    }
}
