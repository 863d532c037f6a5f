//! Building an index while others write to its table.
//!
//! PostgreSQL can do so outside of transactions only, and leaves an index that is not valid when it is broken off. So the ledger says
//! before that it is about to be built, and after that it is there; whoever carries the evolution on drops what is not valid.

use super::{
    place::Place,
    run::{DONE, Progress, Standing, record, run, set_mark, standing},
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

/// Notes that an index is about to be built. When that was noted before, drops what was left of it: then it is to be built now.
pub(super) async fn begin(
    open: &mut Open,
    flavor: Flavor,
    step: &Step,
    mark: &str,
    index: &str,
) -> Result<Progress, StoreError> {
    match standing(open, flavor, step, mark).await? {
        Standing::Done => Ok(Progress::Before),
        Standing::Open(None) => {
            set_mark(open, flavor, mark, BEGUN.to_owned(), 0).await?;
            Ok(Progress::Partly)
        }
        Standing::Open(Some(_)) => {
            if is_valid(open, index).await? == Some(false) {
                run(open, &[drop_index(index)]).await?;
            }
            Ok(Progress::Done)
        }
    }
}

/// Builds it. To be called by whoever has noted that; twice does no harm.
pub(super) async fn build(pools: &Pools, step: &Step) -> Result<(), StoreError> {
    let built = match step.sql.as_slice() {
        [sql] => pools.aside(sql).await.map_err(|error| classify(error, None)),
        _ => Err(StoreError::Model(format!("not one statement: {}", step.sentence))),
    };
    built.map_err(|error| match error {
        // Planning would have refused: objects that stand in the way came since.
        StoreError::Unique { .. } => StoreError::Outdated { step: step.sentence.clone() },
        other => other,
    })
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
    if is_valid(open, index).await? != Some(true) {
        // Somebody dropped it meanwhile, or it was broken off: the evolution is to be carried on.
        return Err(StoreError::Outdated { step: step.sentence.clone() });
    }
    record(open, flavor, &step.entries, now_ms).await?;
    set_mark(open, flavor, mark, DONE.to_owned(), now_ms).await?;
    Ok(Progress::Done)
}

/// Whether an index is complete; none when there is none of that name.
async fn is_valid(open: &mut Open, index: &str) -> Result<Option<bool>, StoreError> {
    let name = index.replace('\'', "''");
    let statement = Statement::text(format!(
        "SELECT i.indisvalid::int::bigint FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
         WHERE c.relname = '{name}' AND pg_table_is_visible(c.oid)"
    ));
    let found = Place::Within(open).fetch(&statement, &mut |row| row.integer(0)).await?;
    Ok(found.first().map(|valid| *valid == Some(1)))
}

fn drop_index(index: &str) -> String {
    format!("DROP INDEX IF EXISTS \"{}\"", index.replace('"', "\"\""))
}
