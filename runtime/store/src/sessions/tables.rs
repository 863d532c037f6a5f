//! The tables of sessions.
//!
//! Their definitions are part of what is stored: a later version may add columns, and must go on with these.
//!
//! There is no index on when a session expires: every use of a session changes that, and PostgreSQL need not touch any index
//! where none of the indexed columns changes. Counting and sweeping read the table, whose images are stored apart.

use sea_query::{Index, Query, SchemaStatementBuilder, TableCreateStatement};

use super::Sessions;
use crate::{
    StoreError,
    cluster::{column, optional, table, unclassified},
    dialect::Flavor,
    kind::Kind,
    limits,
};

pub(super) const SESSIONS: &str = "brooklet$session";
pub(super) const LOGIN_FAILURES: &str = "brooklet$login_failure";
const USER_INDEX: &str = "brooklet$session$$user_id";

impl Sessions {
    /// Creates the tables that are missing. Any number of nodes may call it at once; it is quick when nothing is missing.
    pub async fn install(&self) -> Result<(), StoreError> {
        let mut attempts = 1;
        loop {
            if self.is_installed().await? {
                return Ok(());
            }
            match self.create_tables().await {
                Err(error) if error.is_retryable() && attempts < limits::INSTALL_ATTEMPTS => attempts += 1,
                outcome => return outcome,
            }
        }
    }

    /// The tables come together, so that one stands for both.
    async fn is_installed(&self) -> Result<bool, StoreError> {
        let any = Query::select().column("name").from(LOGIN_FAILURES).limit(1).take();
        match self.read(&self.statement(&any), &mut |row| row.text(0).map(|_| ())).await {
            Ok(_) => Ok(true),
            // No such table. Everything else is an error that creating one meets as well.
            Err(StoreError::Other { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn create_tables(&self) -> Result<(), StoreError> {
        let mut open = self.pools.begin().await.map_err(unclassified)?;
        // `IF NOT EXISTS` alone does not keep two transactions from creating the same table.
        if let Some(lock) = self.flavor.session_lock() {
            open.command(lock).await.map_err(unclassified)?;
        }
        let by_user = Index::create().if_not_exists().name(USER_INDEX).table(SESSIONS).col("user_id").take();
        let definitions: [String; 3] = [
            self.definition(&sessions(self.flavor)),
            self.definition(&login_failures(self.flavor)),
            self.definition(&by_user),
        ];
        open.command(definitions.join(";\n")).await.map_err(unclassified)?;
        open.commit().await.map_err(unclassified)
    }

    fn definition(&self, statement: &impl SchemaStatementBuilder) -> String {
        self.flavor.definition(statement)
    }
}

fn sessions(flavor: Flavor) -> TableCreateStatement {
    let mut table = table(SESSIONS);
    table.col(column(flavor, "id", Kind::Text).primary_key());
    table.col(optional(flavor, "user_id", Kind::Id));
    for name in ["fixed", "who", "seen"] {
        table.col(column(flavor, name, Kind::Text));
    }
    table.col(column(flavor, "revision", Kind::Integer));
    table.col(column(flavor, "expires_ms", Kind::DateTime));
    table.col(column(flavor, "image", Kind::Binary));
    table
}

fn login_failures(flavor: Flavor) -> TableCreateStatement {
    let mut table = table(LOGIN_FAILURES);
    table.col(column(flavor, "name", Kind::Text).primary_key());
    table.col(column(flavor, "failures", Kind::Integer));
    table.col(column(flavor, "last_ms", Kind::DateTime));
    table.col(column(flavor, "forgotten_ms", Kind::DateTime));
    table
}
