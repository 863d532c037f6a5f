//! Nodes: joining, beating, leaving, and who is there.
//!
//! A node has a number while it is a member; the number goes into the ids that it draws. Numbers are rows that stay: joining
//! takes over the lowest one that has rested since its time was over, and gives it a new *incarnation*, so that its former owner notices.

use std::time::Duration;

use sea_query::{Expr, ExprTrait, OnConflict, Order, Query};

use super::{
    Cluster,
    description::{Beat, Membership, NodeDescription, NodeEntry, NodeState, NodeStatus, Wanted},
    milliseconds, remembered,
    tables::NODES,
    text, unclassified,
};
use crate::{
    StoreError,
    database::{Open, RawRow, Statement, Target},
    ids, limits,
};

/// The state of a number that belongs to nobody that anybody should see: its owner has left, or joined again.
pub(super) const GONE: &str = "gone";

impl Cluster {
    /// Makes a node a member, with the lowest number that is free. A member of the same name, which should be the same node before
    /// it crashed, loses its membership. A number rests before it is another's
    /// ([`Options::number_rest`](crate::Options::number_rest)).
    pub async fn join(&self, node: &NodeDescription, lifetime: Duration) -> Result<Membership, StoreError> {
        let mut open = self.store.pools.begin().await.map_err(unclassified)?;
        if let Some(lock) = self.flavor().cluster_lock() {
            open.command(lock).await.map_err(unclassified)?;
        }
        self.replace(&mut open, &node.name).await?;
        let taken = Query::select()
            .column("number")
            .from(NODES)
            .and_where(
                Expr::col("expires").add(milliseconds(self.store.options().number_rest)).gt(self.flavor().now_ms()),
            )
            .order_by("number", Order::Asc)
            .take();
        let read: Read<'_, i64> = &mut |row| row.number(0);
        let taken = Target::Within(&mut open).fetch(&self.statement(&taken), read).await.map_err(unclassified)?;
        let number = lowest_free(&taken).ok_or(StoreError::ClusterFull { nodes: ids::NODES_MAX - 1 })?;
        let read: Read<'_, i64> = &mut |row| row.number(0);
        let entered = Target::Within(&mut open).fetch(&self.entry(number, node, lifetime), read).await;
        let incarnation = entered.map_err(unclassified)?.pop();
        open.commit().await.map_err(unclassified)?;
        let incarnation = incarnation.ok_or_else(|| StoreError::Data(format!("node {number} was not stored")))?;
        Ok(Membership { number, incarnation })
    }

    /// Tells the others that a node lives, and the node what is wanted of it. None when it is no member any more: its time was over
    /// and its number taken, or another node of its name has joined. It joins again then.
    pub async fn beat(
        &self,
        member: &Membership,
        status: &NodeStatus,
        lifetime: Duration,
    ) -> Result<Option<Beat>, StoreError> {
        let now = self.flavor().now_ms();
        let update = Query::update()
            .table(NODES)
            .value("state", status.state.as_str())
            .value("version", status.version.as_str())
            .value("requests", i64::try_from(status.requests).unwrap_or(i64::MAX))
            .value("seen", now.clone())
            .value("expires", now.add(milliseconds(lifetime)))
            .and_where(is(member))
            .returning_col("wanted")
            .take();
        let wanted = self.fetch(&self.statement(&update), &mut |row| wanted(row, 0)).await?.pop();
        let Some(wanted) = wanted else { return Ok(None) };
        Ok(Some(Beat { wanted, settings: self.settings().await? }))
    }

    /// Ends a membership. Its number rests from now on.
    pub async fn leave(&self, member: &Membership) -> Result<(), StoreError> {
        let update = Query::update()
            .table(NODES)
            .value("state", GONE)
            .value("expires", self.flavor().now_ms())
            .value("incarnation", Expr::col("incarnation").add(1i64))
            .and_where(is(member))
            .take();
        self.execute(&self.statement(&update)).await.map(|_| ())
    }

    /// The members, and nodes that have died recently, by number.
    pub async fn nodes(&self) -> Result<Vec<NodeEntry>, StoreError> {
        let now = self.flavor().now_ms();
        let select = Query::select()
            .columns(["number", "name", "url", "admin_url", "process", "started", "state", "version", "requests"])
            .column("wanted")
            .expr(Expr::col("expires").sub(now.clone()))
            .expr(now.clone().sub(Expr::col("seen")))
            .from(NODES)
            .and_where(Expr::col("state").ne(GONE))
            .and_where(Expr::col("expires").gt(now.sub(milliseconds(limits::DEAD_NODES_LISTED))))
            .order_by("number", Order::Asc)
            .take();
        self.read(&self.statement(&select), &mut entry).await
    }

    /// Says what is wanted of a node, which learns it with its next beat. False when no node of that name lives.
    pub async fn want(&self, name: &str, wanted: Wanted) -> Result<bool, StoreError> {
        let update = Query::update()
            .table(NODES)
            .value("wanted", wanted.as_str())
            .and_where(Expr::col("name").eq(name))
            .and_where(Expr::col("state").ne(GONE))
            .and_where(Expr::col("expires").gt(self.flavor().now_ms()))
            .take();
        Ok(self.execute(&self.statement(&update)).await? > 0)
    }

    /// Ends the memberships of a name, but keeps their numbers for as long as they were promised: a process that still runs may
    /// draw ids with its number until it notices.
    async fn replace(&self, open: &mut Open, name: &str) -> Result<(), StoreError> {
        let update = Query::update()
            .table(NODES)
            .value("state", GONE)
            .value("incarnation", Expr::col("incarnation").add(1i64))
            .and_where(Expr::col("name").eq(name))
            .and_where(Expr::col("state").ne(GONE))
            .take();
        let done = Target::Within(open).execute(&self.statement(&update)).await;
        done.map(|_| ()).map_err(unclassified)
    }

    /// Writes a new member's row and answers its incarnation.
    fn entry(&self, number: u16, node: &NodeDescription, lifetime: Duration) -> Statement {
        let now = self.flavor().now_ms();
        let values: [(&'static str, Expr); 12] = [
            ("name", node.name.as_str().into()),
            ("url", node.url.as_str().into()),
            ("admin_url", node.admin_url.clone().into()),
            ("process", i64::from(node.process).into()),
            ("started", node.started_ms.into()),
            ("state", NodeState::Starting.as_str().into()),
            ("version", "".into()),
            ("requests", 0i64.into()),
            ("wanted", Wanted::Serve.as_str().into()),
            ("seen", now.clone()),
            ("expires", now.add(milliseconds(lifetime))),
            ("number", i64::from(number).into()),
        ];
        let names = values.iter().map(|(name, _)| *name);
        let again = OnConflict::column("number")
            .update_columns(names.clone())
            .value("incarnation", Expr::col((NODES, "incarnation")).add(1i64))
            .to_owned();
        let mut insert = Query::insert();
        insert.into_table(NODES).columns(names.chain(["incarnation"]));
        insert.values_panic(values.iter().map(|(_, value)| value.clone()).chain([1i64.into()]));
        remembered(self.flavor(), insert.on_conflict(again).returning_col("incarnation"))
    }
}

type Read<'a, T> = &'a mut (dyn FnMut(RawRow<'_>) -> Result<T, sqlx::Error> + Send);

fn is(member: &Membership) -> Expr {
    Expr::col("number").eq(i64::from(member.number)).and(Expr::col("incarnation").eq(member.incarnation))
}

/// The lowest number that is not taken; the taken ones ascend.
fn lowest_free(taken: &[i64]) -> Option<u16> {
    (1..ids::NODES_MAX)
        .zip(taken.iter().map(Some).chain(std::iter::repeat(None)))
        .find_map(|(number, taken)| (taken != Some(&i64::from(number))).then_some(number))
}

fn entry(row: RawRow<'_>) -> Result<NodeEntry, sqlx::Error> {
    let unsigned = |column| row.number(column).map(|number| u64::try_from(number).unwrap_or_default());
    Ok(NodeEntry {
        number: u16::try_from(unsigned(0)?).unwrap_or_default(),
        description: NodeDescription {
            name: text(row, 1)?,
            url: text(row, 2)?,
            admin_url: row.text(3)?.map(str::to_owned),
            process: u32::try_from(unsigned(4)?).unwrap_or_default(),
            started_ms: row.number(5)?,
        },
        status: NodeStatus {
            state: row.text(6)?.and_then(NodeState::named).unwrap_or_default(),
            version: text(row, 7)?,
            requests: unsigned(8)?,
        },
        wanted: wanted(row, 9)?,
        alive: row.number(10)? > 0,
        seen_ms_ago: row.number(11)?,
    })
}

fn wanted(row: RawRow<'_>, column: usize) -> Result<Wanted, sqlx::Error> {
    Ok(row.text(column)?.and_then(Wanted::named).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_number_that_is_free() {
        assert_eq!(lowest_free(&[]), Some(1));
        assert_eq!(lowest_free(&[1, 2, 3]), Some(4));
        assert_eq!(lowest_free(&[2, 3]), Some(1));
        assert_eq!(lowest_free(&[1, 3]), Some(2));
        let last = i64::from(ids::NODES_MAX) - 1;
        assert_eq!(lowest_free(&(1..last).collect::<Vec<_>>()), Some(4095));
        assert_eq!(lowest_free(&(1..=last).collect::<Vec<_>>()), None);
    }
}
