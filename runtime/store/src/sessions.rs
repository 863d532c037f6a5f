//! Sessions in the database: the tables behind the state store of that kind.
//!
//! What the texts and the image mean is the caller's business, and so is what time it is. Every method is one statement,
//! but for opening a session under a limit and for finding out why an image was not saved.
//!
//! # Connections of their own
//!
//! A request saves its session while its transaction is open. With the requests' connections, that would wait for ever: on
//! PostgreSQL when all of them are taken by requests that wait for one more, on SQLite always, as there is one writer. So
//! sessions have connections of their own on PostgreSQL, and a file of their own on SQLite, beside the application's:
//! `orders.sqlite-sessions`. Neither waits long: whoever has to give up says so, instead of piling up requests.

mod failures;
mod tables;

use sea_query::{Expr, ExprTrait, Func, OnConflict, Order, Query, QueryStatementWriter, UpdateStatement};

use crate::{
    Store, StoreError,
    cluster::{remembered, text, unclassified},
    database::{Open, Pools, RawRow, Statement, Target},
    dialect::Flavor,
};
use tables::SESSIONS;

pub use failures::FailureRow;

/// The sessions of the application, in its database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Sessions {
    pools: Pools,
    flavor: Flavor,
}

/// A session. The texts are the caller's, and contain no U+0000.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// Names the session.
    pub id: String,
    /// The user whose sessions it belongs to.
    pub user: Option<i64>,
    /// What never changes.
    pub fixed: String,
    /// What [`Sessions::assign`] changes.
    pub who: String,
    /// What every use changes.
    pub seen: String,
    /// The number of the image.
    pub revision: i64,
    /// From when on the session is as good as gone.
    pub expires_ms: i64,
    /// What the session holds; empty in lists.
    pub image: Vec<u8>,
    /// How much that is.
    pub image_bytes: i64,
}

/// What became of saving an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionSaved {
    /// It is stored.
    Done,
    /// The session has another revision than the one that was expected.
    Changed,
    /// There is no such session, or it has expired.
    Gone,
}

impl Store {
    /// The sessions in this database. [`Sessions::install`] comes first.
    pub fn sessions(&self) -> Sessions {
        let pools = self.sessions.get_or_init(|| self.pools.for_sessions()).clone();
        Sessions { pools, flavor: self.flavor }
    }
}

impl Sessions {
    /// Stores a session, in the place of one of the same id, unless there are so many others that have not expired. Answers
    /// whether it did.
    pub async fn open(&self, session: &SessionRow, now_ms: i64, places: Option<u32>) -> Result<bool, StoreError> {
        let insert = self.insertion(session);
        let Some(places) = places else { return self.execute(&insert).await.map(|_| true) };
        let mut open = self.pools.begin().await.map_err(unclassified)?;
        // One at a time counts, and whoever comes next counts what this one stores.
        if let Some(lock) = self.flavor.session_lock() {
            open.command(lock).await.map_err(unclassified)?;
        }
        let others = Query::select()
            .expr(Func::count(Expr::col("id")))
            .from(SESSIONS)
            .and_where(lives(now_ms))
            .and_where(Expr::col("id").ne(session.id.as_str()))
            .take();
        let is_free = fetch_within(&mut open, &self.statement(&others)).await? < i64::from(places);
        if is_free {
            Target::Within(&mut open).execute(&insert).await.map_err(unclassified)?;
        }
        open.commit().await.map_err(unclassified)?;
        Ok(is_free)
    }

    fn insertion(&self, session: &SessionRow) -> Statement {
        let columns = ["id", "user_id", "fixed", "who", "seen", "revision", "expires_ms", "image"];
        let replace = OnConflict::column("id").update_columns(columns.into_iter().skip(1)).to_owned();
        let mut insert = Query::insert();
        insert.into_table(SESSIONS).columns(columns).on_conflict(replace).values_panic([
            session.id.as_str().into(),
            session.user.into(),
            session.fixed.as_str().into(),
            session.who.as_str().into(),
            session.seen.as_str().into(),
            session.revision.into(),
            session.expires_ms.into(),
            session.image.clone().into(),
        ]);
        self.statement(&insert)
    }

    /// A session that has not expired.
    pub async fn load(&self, id: &str, now_ms: i64) -> Result<Option<SessionRow>, StoreError> {
        let select = Query::select()
            .columns(["id", "user_id", "fixed", "who", "seen", "revision", "expires_ms", "image"])
            .from(SESSIONS)
            .and_where(is(id))
            .and_where(lives(now_ms))
            .take();
        let read = &mut |row: RawRow<'_>| {
            let image = row.bytes(7)?.unwrap_or_default().to_vec();
            Ok(SessionRow { image_bytes: image.len() as i64, image, ..described(row)? })
        };
        Ok(self.read(&self.statement(&select), read).await?.pop())
    }

    /// Replaces the image of a session that has that revision, counts the revision up, and has the session live longer.
    pub async fn save(
        &self,
        id: &str,
        expected: i64,
        image: &[u8],
        seen: &str,
        now_ms: i64,
        expires_ms: i64,
    ) -> Result<SessionSaved, StoreError> {
        let mut update = self.usage(id, seen, now_ms, expires_ms);
        update
            .value("revision", expected.saturating_add(1))
            .value("image", image.to_vec())
            .and_where(Expr::col("revision").eq(expected));
        if self.execute(&self.statement(&update)).await? > 0 {
            return Ok(SessionSaved::Done);
        }
        let select =
            Query::select().column("revision").from(SESSIONS).and_where(is(id)).and_where(lives(now_ms)).take();
        let found = self.read(&self.statement(&select), &mut |row| row.number(0)).await?;
        Ok(if found.is_empty() { SessionSaved::Gone } else { SessionSaved::Changed })
    }

    /// Has a session live longer, if it has not expired.
    pub async fn touch(&self, id: &str, seen: &str, now_ms: i64, expires_ms: i64) -> Result<(), StoreError> {
        self.execute(&self.statement(&self.usage(id, seen, now_ms, expires_ms))).await.map(|_| ())
    }

    fn usage(&self, id: &str, seen: &str, now_ms: i64, expires_ms: i64) -> UpdateStatement {
        let mut update = Query::update();
        update.table(SESSIONS).value("seen", seen).value("expires_ms", expires_ms);
        update.and_where(is(id)).and_where(lives(now_ms)).take()
    }

    /// Removes a session. Answers whether there was one.
    pub async fn end(&self, id: &str) -> Result<bool, StoreError> {
        let delete = Query::delete().from_table(SESSIONS).and_where(is(id)).take();
        Ok(self.execute(&self.statement(&delete)).await? > 0)
    }

    /// Removes a user's sessions, but for one. Answers how many there were.
    pub async fn end_user(&self, user: i64, except: Option<&str>) -> Result<u64, StoreError> {
        let mut delete = Query::delete();
        delete.from_table(SESSIONS).and_where(Expr::col("user_id").eq(user));
        if let Some(id) = except {
            delete.and_where(Expr::col("id").ne(id));
        }
        self.execute(&self.statement(&delete)).await
    }

    /// Changes what is known of the user in all of the user's sessions. Answers how many there were.
    pub async fn assign(&self, user: i64, who: &str) -> Result<u64, StoreError> {
        let mut update = Query::update();
        update.table(SESSIONS).value("who", who).and_where(Expr::col("user_id").eq(user));
        self.execute(&self.statement(&update)).await
    }

    /// Up to so many sessions that have not expired, by id, without their images.
    pub async fn list(&self, after: Option<&str>, limit: u32, now_ms: i64) -> Result<Vec<SessionRow>, StoreError> {
        let mut select = Query::select();
        select
            .columns(["id", "user_id", "fixed", "who", "seen", "revision", "expires_ms"])
            .expr(Expr::from(Func::cust("length").arg(Expr::col("image"))).cast_as("bigint"))
            .from(SESSIONS)
            .and_where(lives(now_ms))
            .order_by("id", Order::Asc)
            .limit(u64::from(limit));
        if let Some(id) = after {
            select.and_where(Expr::col("id").gt(id));
        }
        let read = &mut |row: RawRow<'_>| Ok(SessionRow { image_bytes: row.number(7)?, ..described(row)? });
        self.read(&self.statement(&select), read).await
    }

    /// How many sessions have not expired.
    pub async fn count(&self, now_ms: i64) -> Result<u64, StoreError> {
        let count = Query::select().expr(Func::count(Expr::col("id"))).from(SESSIONS).and_where(lives(now_ms)).take();
        let counted = self.read(&self.statement(&count), &mut |row| row.number(0)).await?;
        Ok(counted.first().map_or(0, |count| u64::try_from(*count).unwrap_or_default()))
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.read(&Statement::text("SELECT CAST(1 AS bigint)"), &mut |row| row.number(0)).await.map(|_| ())
    }

    /// Removes the sessions that have expired and the failed logins that are forgotten. Answers how many sessions there were.
    pub async fn sweep(&self, now_ms: i64) -> Result<u64, StoreError> {
        self.forget_failures(now_ms).await?;
        let delete = Query::delete().from_table(SESSIONS).and_where(lives(now_ms).not()).take();
        self.execute(&self.statement(&delete)).await
    }

    /// Connections remember these statements: there are few, and they come again and again.
    fn statement(&self, statement: &impl QueryStatementWriter) -> Statement {
        remembered(self.flavor, statement)
    }

    async fn execute(&self, statement: &Statement) -> Result<u64, StoreError> {
        Target::Alone(&self.pools).execute(statement).await.map_err(unclassified)
    }

    async fn read<T: Send>(
        &self,
        statement: &Statement,
        read: &mut (dyn FnMut(RawRow<'_>) -> Result<T, sqlx::Error> + Send),
    ) -> Result<Vec<T>, StoreError> {
        Target::Anywhere(&self.pools).fetch(statement, read).await.map_err(unclassified)
    }
}

fn is(id: &str) -> Expr {
    Expr::col("id").eq(id)
}

fn lives(now_ms: i64) -> Expr {
    Expr::col("expires_ms").gt(now_ms)
}

/// A row without its image.
fn described(row: RawRow<'_>) -> Result<SessionRow, sqlx::Error> {
    Ok(SessionRow {
        id: text(row, 0)?,
        user: row.integer(1)?,
        fixed: text(row, 2)?,
        who: text(row, 3)?,
        seen: text(row, 4)?,
        revision: row.number(5)?,
        expires_ms: row.number(6)?,
        image: Vec::new(),
        image_bytes: 0,
    })
}

/// One number, read in a transaction.
async fn fetch_within(open: &mut Open, statement: &Statement) -> Result<i64, StoreError> {
    let read: &mut (dyn FnMut(RawRow<'_>) -> Result<i64, sqlx::Error> + Send) = &mut |row| row.number(0);
    let numbers = Target::Within(open).fetch(statement, read).await.map_err(unclassified)?;
    Ok(numbers.first().copied().unwrap_or_default())
}
