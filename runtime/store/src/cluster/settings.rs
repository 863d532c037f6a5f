//! Settings that hold for all nodes. Each node learns of them with its next beat.

use std::collections::BTreeMap;

use sea_query::{Expr, ExprTrait, OnConflict, Query};

use super::{Cluster, tables::SETTINGS, text};
use crate::StoreError;

impl Cluster {
    /// All settings that are set.
    pub async fn settings(&self) -> Result<BTreeMap<String, String>, StoreError> {
        let select = Query::select().columns(["name", "value"]).from(SETTINGS).take();
        let rows = self.read(&self.statement(&select), &mut |row| Ok((text(row, 0)?, text(row, 1)?))).await?;
        Ok(rows.into_iter().collect())
    }

    /// Sets a setting, or removes it.
    pub async fn set(&self, name: &str, value: Option<&str>) -> Result<(), StoreError> {
        let statement = match value {
            Some(value) => {
                let mut insert = Query::insert();
                insert.into_table(SETTINGS).columns(["name", "value"]).values_panic([name.into(), value.into()]);
                self.statement(insert.on_conflict(OnConflict::column("name").update_column("value").to_owned()))
            }
            None => self.statement(Query::delete().from_table(SETTINGS).and_where(Expr::col("name").eq(name))),
        };
        self.execute(&statement).await.map(|_| ())
    }
}
