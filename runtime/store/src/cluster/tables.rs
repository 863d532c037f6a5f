//! The cluster's tables.
//!
//! Their definitions are part of what is stored: a later version may add columns and tables, and must go on with these.

use sea_query::{ColumnDef, Query, Table, TableCreateStatement};

use super::{Cluster, unclassified};
use crate::{
    StoreError,
    database::{Statement, Target},
    dialect::Flavor,
    kind::Kind,
    limits,
};

pub(super) const NODES: &str = "brooklet$node";
pub(super) const LEASES: &str = "brooklet$lease";
pub(super) const MARKERS: &str = "brooklet$marker";
pub(super) const SETTINGS: &str = "brooklet$setting";
pub(super) const COMPONENTS: &str = "brooklet$component";
pub(super) const RELEASES: &str = "brooklet$release";
pub(super) const DEPLOYMENTS: &str = "brooklet$deployment";
pub(super) const AUDIT: &str = "brooklet$audit";
pub(super) const REPORTS: &str = "brooklet$report";

impl Cluster {
    /// Creates the tables that are missing. Any number of nodes may call it at once; it is quick when nothing is missing.
    pub async fn install(&self) -> Result<(), StoreError> {
        if self.is_installed().await {
            return Ok(());
        }
        let mut attempts = 1;
        loop {
            match self.create_tables().await {
                Err(error) if error.is_retryable() && attempts < limits::INSTALL_ATTEMPTS => attempts += 1,
                outcome => return outcome,
            }
        }
    }

    /// The tables come and go together, so that the latest stands for all.
    async fn is_installed(&self) -> bool {
        let any = Query::select().column("id").from(AUDIT).limit(1).take();
        let statement = Statement::once(self.flavor().statement(&any));
        Target::Anywhere(&self.store.pools).execute(&statement).await.is_ok()
    }

    async fn create_tables(&self) -> Result<(), StoreError> {
        let mut open = self.store.pools.begin().await.map_err(unclassified)?;
        // `IF NOT EXISTS` alone does not keep two transactions from creating the same table.
        if let Some(lock) = self.flavor().cluster_lock() {
            open.command(lock).await.map_err(unclassified)?;
        }
        let tables = [nodes, leases, markers, settings, components, releases, deployments, reports, audit];
        let tables = tables.map(|table| table(self.flavor()));
        let definitions: Vec<_> = tables.iter().map(|table| self.definition(table)).collect();
        open.command(definitions.join(";\n")).await.map_err(unclassified)?;
        open.commit().await.map_err(unclassified)
    }
}

fn nodes(flavor: Flavor) -> TableCreateStatement {
    let mut table = table(NODES);
    table.col(column(flavor, "number", Kind::Integer).primary_key());
    for name in ["incarnation", "process", "started", "requests", "seen", "expires"] {
        table.col(column(flavor, name, Kind::Integer));
    }
    for name in ["name", "url", "state", "version", "wanted"] {
        table.col(column(flavor, name, Kind::Text));
    }
    table.col(optional(flavor, "admin_url", Kind::Text));
    table
}

fn leases(flavor: Flavor) -> TableCreateStatement {
    let mut table = table(LEASES);
    table.col(column(flavor, "name", Kind::Text).primary_key());
    table.col(column(flavor, "holder", Kind::Text));
    table.col(column(flavor, "token", Kind::Integer));
    table.col(column(flavor, "expires", Kind::Integer));
    table
}

fn markers(flavor: Flavor) -> TableCreateStatement {
    let mut table = table(MARKERS);
    table.col(column(flavor, "marker", Kind::Binary).primary_key());
    table.col(column(flavor, "committed", Kind::Boolean));
    table.col(column(flavor, "at", Kind::DateTime));
    table
}

fn settings(flavor: Flavor) -> TableCreateStatement {
    let mut table = table(SETTINGS);
    table.col(column(flavor, "name", Kind::Text).primary_key());
    table.col(column(flavor, "value", Kind::Text));
    table
}

fn components(flavor: Flavor) -> TableCreateStatement {
    let mut table = table(COMPONENTS);
    table.col(column(flavor, "hash", Kind::Text).primary_key());
    table.col(column(flavor, "component", Kind::Binary));
    table.col(column(flavor, "bytes", Kind::Integer));
    table.col(column(flavor, "at", Kind::Integer));
    table.col(column(flavor, "about", Kind::Text));
    table
}

fn releases(flavor: Flavor) -> TableCreateStatement {
    let mut table = table(RELEASES);
    table.col(column(flavor, "generation", Kind::Integer).primary_key());
    table.col(column(flavor, "body", Kind::Text));
    table.col(column(flavor, "at", Kind::Integer));
    table
}

fn deployments(flavor: Flavor) -> TableCreateStatement {
    let mut table = table(DEPLOYMENTS);
    table.col(column(flavor, "id", Kind::Integer).primary_key());
    table.col(column(flavor, "body", Kind::Text));
    table.col(column(flavor, "finished", Kind::Boolean));
    table.col(column(flavor, "at", Kind::Integer));
    table
}

fn reports(flavor: Flavor) -> TableCreateStatement {
    let mut table = table(REPORTS);
    table.col(column(flavor, "number", Kind::Integer).primary_key());
    for name in ["incarnation", "generation"] {
        table.col(column(flavor, name, Kind::Integer));
    }
    table.col(column(flavor, "body", Kind::Text));
    table
}

fn audit(flavor: Flavor) -> TableCreateStatement {
    let mut table = table(AUDIT);
    table.col(column(flavor, "id", Kind::Integer).primary_key());
    table.col(column(flavor, "at", Kind::Integer));
    for name in ["by", "what"] {
        table.col(column(flavor, name, Kind::Text));
    }
    table
}

pub(crate) fn table(name: &'static str) -> TableCreateStatement {
    Table::create().table(name).if_not_exists().take()
}

pub(crate) fn column(flavor: Flavor, name: &'static str, kind: Kind) -> ColumnDef {
    optional(flavor, name, kind).not_null().take()
}

pub(crate) fn optional(flavor: Flavor, name: &'static str, kind: Kind) -> ColumnDef {
    let (kind, extra) = flavor.column_type(kind);
    let mut column = ColumnDef::new_with_type(name, kind);
    if let Some(extra) = extra {
        column.extra(extra);
    }
    column
}
