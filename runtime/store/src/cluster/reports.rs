//! What each node says of the versions that it holds: one row for each member, written by itself alone.

use sea_query::{Expr, ExprTrait, OnConflict, Order, Query};

use super::{
    Cluster, Membership,
    tables::{NODES, REPORTS},
    text,
};
use crate::{StoreError, database::RawRow};

/// What a member said last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The node's name.
    pub node: String,
    /// The generation of the release that it follows; 0 for none.
    pub generation: i64,
    /// What it says: its own words.
    pub body: String,
}

impl Cluster {
    /// Says what a member holds. Whoever waits for it is woken by [`Cluster::signal`].
    pub async fn report(&self, member: &Membership, generation: i64, body: &str) -> Result<(), StoreError> {
        let mut insert = Query::insert();
        insert.into_table(REPORTS).columns(["number", "incarnation", "generation", "body"]);
        insert.values_panic([
            i64::from(member.number).into(),
            member.incarnation.into(),
            generation.into(),
            body.into(),
        ]);
        let again = OnConflict::column("number").update_columns(["incarnation", "generation", "body"]).to_owned();
        self.execute(&self.statement(insert.on_conflict(again))).await.map(|_| ())
    }

    /// The reports of all members that live, by number; a member that has said nothing has an empty one.
    pub async fn reports(&self) -> Result<Vec<Report>, StoreError> {
        let is_same = Expr::col((REPORTS, "number"))
            .equals((NODES, "number"))
            .and(Expr::col((REPORTS, "incarnation")).equals((NODES, "incarnation")));
        let select = Query::select()
            .column((NODES, "name"))
            .column((REPORTS, "generation"))
            .column((REPORTS, "body"))
            .from(NODES)
            .left_join(REPORTS, is_same)
            .and_where(Expr::col((NODES, "state")).ne(super::nodes::GONE))
            .and_where(Expr::col((NODES, "expires")).gt(self.flavor().now_ms()))
            .order_by((NODES, "number"), Order::Asc)
            .take();
        let read = &mut |row: RawRow<'_>| {
            Ok(Report { node: text(row, 0)?, generation: row.integer(1)?.unwrap_or_default(), body: text(row, 2)? })
        };
        self.read(&self.statement(&select), read).await
    }
}
