//! A node with sessions of chosen sizes, and the calls that are measured. Each checks what it is answered.

use anyhow::{Context, ensure};
use brooklet_compiler::{Options, compile, source::Source};
use brooklet_runtime::{
    Node, NodeOptions,
    flow::{Call, Outcome, Trigger},
    session::{Caller, Client},
};
use brooklet_state::SessionToken;

/// A basket is the session's, and its items are reached through it.
pub(crate) const MODEL: &str = "mdl 1;
create module Bench;

create non-persistent entity Bench.Basket ( Changes: Integer default 0 );
create non-persistent entity Bench.Item (
  Number: Integer, Name: String(200), Amount: Decimal default 0, Due: DateTime, Done: Boolean default false
);
create association Bench.Basket_Session from Bench.Basket to System.Session;
create association Bench.Item_Basket from Bench.Item to Bench.Basket;
create persistent entity Bench.Order ( Number: Integer );

/** Fills the session: a basket, and items so that there are that many objects. No objects: an empty session. */
create microflow Bench.Fill ( Objects: Integer ) returns Integer
begin
  $Basket = create Bench.Basket (Bench.Basket_Session = $currentSession);
  declare $Made Integer = 1;
  while $Made < $Objects
  begin
    $Item = create Bench.Item (
      Number = $Made, Name = 'The item number ' + toString($Made), Amount = $Made * 1.05, Due = [%CurrentDateTime%],
      Bench.Item_Basket = $Basket
    );
    set $Made = $Made + 1;
  end while;
  return $Made;
end;

/** Empties the session. */
create microflow Bench.Empty () returns Integer
begin
  retrieve $Baskets from $currentSession/Bench.Basket_Session;
  delete $Baskets;
  return 0;
end;

create microflow Bench.Nothing () returns Integer
begin
  return -1;
end;

create microflow Bench.Read () returns Integer
begin
  retrieve $Baskets from $currentSession/Bench.Basket_Session;
  $Basket = head $Baskets;
  return if $Basket = empty then -1 else $Basket/Changes;
end;

create microflow Bench.Change () returns Integer
begin
  retrieve $Baskets from $currentSession/Bench.Basket_Session;
  $Basket = head $Baskets;
  if $Basket = empty then
    return -1;
  end if;
  change $Basket (Changes = $Basket/Changes + 1);
  return $Basket/Changes;
end;

/** Changes the session and the database. */
create microflow Bench.Order () returns Integer
begin
  $Changes = call microflow Bench.Change();
  $Order = create Bench.Order (Number = $Changes) commit;
  return $Changes;
end;
";

/// A node that has sessions.
pub(crate) struct BenchNode(Node);

/// A session, and what is known of it.
pub(crate) struct Session {
    token: SessionToken,
    /// How often its objects were changed; -1 when it has none.
    changes: i64,
    /// What the state store keeps for its objects.
    pub(crate) bytes: u64,
}

impl BenchNode {
    pub(crate) async fn start(options: NodeOptions) -> anyhow::Result<Self> {
        let sources = [Source { name: "bench.mdl".to_owned(), text: MODEL.to_owned() }];
        let compilation = compile(&sources, &Options::default());
        let component = compilation.component.with_context(|| format!("{:?}", compilation.diagnostics))?;
        let node = Node::start(options).await?;
        node.activate(component.into(), None).await?;
        Ok(Self(node))
    }

    pub(crate) async fn close(&self) {
        self.0.close().await;
    }

    /// A session with that many objects.
    pub(crate) async fn session(&self, objects: usize) -> anyhow::Result<Session> {
        let filled = self.call(None, "Bench.Fill", &format!(r#"{{"Objects": {objects}}}"#)).await?;
        ensure!(filled.result == objects.max(1).to_string(), "the session has {} objects", filled.result);
        let token = filled.grant.context("a session that has objects is granted")?.token;
        if objects == 0 {
            self.call(Some(&token), "Bench.Empty", "{}").await?;
        }
        let state = self.0.sessions().state();
        let loaded = state.load(token.id(), brooklet_runtime::clock::Clock::system(0).now_ms()).await?;
        let bytes = loaded.context("the session is there")?.image.len() as u64;
        ensure!((objects == 0) == (bytes == 0), "a session of {objects} objects has {bytes} bytes");
        Ok(Session { token, changes: if objects == 0 { -1 } else { 0 }, bytes })
    }

    /// Reads one object.
    pub(crate) async fn read(&self, session: &mut Session) -> anyhow::Result<()> {
        self.expect(Some(&session.token), "Bench.Read", session.changes).await
    }

    /// Changes one object, if there is one.
    pub(crate) async fn change(&self, session: &mut Session) -> anyhow::Result<()> {
        session.changed();
        self.expect(Some(&session.token), "Bench.Change", session.changes).await
    }

    /// Changes one object and the database.
    pub(crate) async fn change_both(&self, session: &mut Session) -> anyhow::Result<()> {
        session.changed();
        self.expect(Some(&session.token), "Bench.Order", session.changes).await
    }

    /// Does nothing, for somebody who has no session.
    pub(crate) async fn visit(&self) -> anyhow::Result<()> {
        self.expect(None, "Bench.Nothing", -1).await
    }

    async fn expect(&self, token: Option<&SessionToken>, microflow: &str, result: i64) -> anyhow::Result<()> {
        let outcome = self.call(token, microflow, "{}").await?;
        ensure!(outcome.result == result.to_string(), "{microflow} answers {}, not {result}", outcome.result);
        Ok(())
    }

    async fn call(&self, token: Option<&SessionToken>, microflow: &str, arguments: &str) -> anyhow::Result<Outcome> {
        let client = Client { token: token.cloned(), ..Client::visitor("127.0.0.1") };
        let call = Call { caller: Caller::Client(client), ..Call::new(microflow, arguments, Trigger::Http) };
        Ok(self.0.run(call).await?)
    }
}

impl Session {
    fn changed(&mut self) {
        if self.changes >= 0 {
            self.changes += 1;
        }
    }
}
