//! Building an index while others write to its table.
//!
//! PostgreSQL can do so outside of transactions only, and leaves an index that is not valid when it is broken off. So the ledger says
//! before that it is about to be built, and after that it is there; whoever carries the evolution on drops what is not valid.

use super::{
    place::Place,
    run::{DONE, Progress, Standing, record, set_mark, standing},
};
use crate::{
    StoreError,
    database::{Open, Pools, Statement},
    dialect::Flavor,
    evolution::Step,
    failure::classify,
};

/// What a step's entry says while its index is being built.
const BEGUN: &str = "begun";

/// Notes that an index is about to be built. When that was noted before, it is to be built now.
pub(super) async fn begin(open: &mut Open, flavor: Flavor, step: &Step, mark: &str) -> Result<Progress, StoreError> {
    match standing(open, flavor, step, mark).await? {
        Standing::Done => Ok(Progress::Before),
        Standing::Open(None) => {
            set_mark(open, flavor, mark, BEGUN.to_owned(), 0).await?;
            Ok(Progress::Partly)
        }
        Standing::Open(Some(_)) => Ok(Progress::Done),
    }
}

/// Builds it. To be called by whoever has noted that; twice does no harm.
pub(super) async fn build(pools: &Pools, step: &Step, index: &str) -> Result<(), StoreError> {
    let [sql] = step.sql.as_slice() else {
        return Err(StoreError::Model(format!("not one statement: {}", step.sentence)));
    };
    // Left by somebody who died, or whose server still builds it, as it finds out at the end only that its client is gone.
    if is_valid(&mut Place::Anywhere(pools), index).await? == Some(false) {
        drop_index(pools, index).await?;
    }
    pools.aside(sql).await.map_err(|error| match classify(error, None) {
        // Planning would have refused: objects that stand in the way came since.
        StoreError::Unique { .. } => StoreError::Outdated { step: step.sentence.clone() },
        other => other,
    })
}

/// Drops an index while others read and write its table: dropping it in a transaction would wait for whoever builds it, and all
/// others would wait behind that.
pub(super) async fn drop_index(pools: &Pools, index: &str) -> Result<(), StoreError> {
    let sql = format!("DROP INDEX CONCURRENTLY IF EXISTS \"{}\"", index.replace('"', "\"\""));
    pools.aside(&sql).await.map_err(|error| classify(error, None))
}

/// Notes that it is there.
pub(super) async fn end(
    open: &mut Open,
    flavor: Flavor,
    step: &Step,
    mark: &str,
    index: &str,
    now_ms: i64,
) -> Result<Progress, StoreError> {
    if matches!(standing(open, flavor, step, mark).await?, Standing::Done) {
        return Ok(Progress::Before);
    }
    if is_valid(&mut Place::Within(open), index).await? != Some(true) {
        // Somebody else was building it when this one began, and has given up: once more.
        return Ok(Progress::Partly);
    }
    record(open, flavor, &step.entries, now_ms).await?;
    set_mark(open, flavor, mark, DONE.to_owned(), now_ms).await?;
    Ok(Progress::Done)
}

/// Whether an index is complete; none when there is none of that name.
async fn is_valid(place: &mut Place<'_>, index: &str) -> Result<Option<bool>, StoreError> {
    let name = index.replace('\'', "''");
    let statement = Statement::text(format!(
        "SELECT i.indisvalid::int::bigint FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
         WHERE c.relname = '{name}' AND pg_table_is_visible(c.oid)"
    ));
    let found = place.fetch(&statement, &mut |row| row.integer(0)).await?;
    Ok(found.first().map(|valid| *valid == Some(1)))
}
