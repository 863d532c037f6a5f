//! Compiled models on a node: microflows that must not run twice at once, and microflows that are held to the rights of
//! whoever called.

use std::{sync::Arc, time::Duration};

use brooklet_compiler::{Options, compile, source::Source};
use brooklet_runtime::{
    Node, NodeOptions,
    flow::{Call, Failure, FailureKind, Trigger},
    session::{Caller, Client},
};
use brooklet_state::SessionRecord;
use brooklet_store::{Cluster, Options as StoreOptions, Store};
use brooklet_test_support::Postgres;
use serde_json::{Value, json};

const LEASE: Duration = Duration::from_secs(60);

async fn node(store: &str, text: &str) -> Node {
    let sources = [Source { name: "shop.mdl".to_owned(), text: format!("mdl 1;\n{text}") }];
    let compilation = compile(&sources, &Options::default());
    let component = compilation.component.unwrap_or_else(|| panic!("{:#?}", compilation.diagnostics));
    let options = NodeOptions { store: store.to_owned(), ..NodeOptions::default() };
    let node = Node::start(options).await.expect("the node starts");
    node.activate(component.into(), None).await.expect("the model is accepted");
    node
}

async fn call_as(node: &Node, caller: Caller, microflow: &str, arguments: Value) -> Result<Value, Failure> {
    let arguments = arguments.to_string();
    let outcome = node.run(Call { caller, ..Call::new(microflow, &arguments, Trigger::Http) }).await?;
    Ok(serde_json::from_str(&outcome.result).expect("results are JSON"))
}

async fn call(node: &Node, microflow: &str, arguments: Value) -> Result<Value, Failure> {
    call_as(node, Caller::System, microflow, arguments).await
}

const DESK: &str = "
create module Desk;
create persistent entity Desk.Range (Next: Integer);
create microflow Desk.Rude ($Name: String) returns String
  disallow concurrent execution error message 'Somebody is at the desk'
begin
  return 'served ' + $Name;
end;
create microflow Desk.Silent () returns Boolean
  disallow concurrent execution
begin
  return true;
end;
create microflow Desk.Polite ($Name: String, $Number: Integer) returns String
  disallow concurrent execution error microflow Desk.Wait
begin
  return 'served ' + $Name;
end;
create microflow Desk.Wait ($number: Integer) returns String
begin
  return 'wait, ' + toString($number);
end;
create microflow Desk.Deaf ($Number: Integer) returns Integer
  disallow concurrent execution error microflow Desk.Wait
begin
  return 1;
end;
create microflow Desk.Asking ($Name: String) returns String
begin
  $Answer = call microflow Desk.Rude(Name = $Name) on error begin
    return $latestError/ErrorType + ': ' + $latestError/Message;
  end error;
  return $Answer;
end;
create microflow Desk.Countdown ($Number: Integer) returns Integer
  disallow concurrent execution error message 'Somebody counts'
begin
  if $Number = 0 then
    return 0;
  end if;
  $Rest = call microflow Desk.Countdown(Number = $Number - 1);
  return $Rest + 1;
end;
create microflow Desk.Open () begin create Desk.Range (Next = 0) commit; end;
create microflow Desk.Next () returns Integer
  disallow concurrent execution error message 'Somebody draws a number'
begin
  retrieve $Range from Desk.Range first;
  declare $Pass Integer = 0;
  while $Pass < 20000 begin
    set $Pass = $Pass + 1;
  end while;
  change $Range (Next = $Range/Next + 1) commit;
  return $Range/Next;
end;
create microflow Desk.Drawn () returns Integer
begin
  retrieve $Range from Desk.Range first;
  return $Range/Next;
end;";

/// A node, and what another node of the same cluster could do.
async fn desk(store: &str) -> (Node, Cluster) {
    let node = node(store, DESK).await;
    let other = Store::connect(store, StoreOptions::default()).await.unwrap();
    (node, other.cluster())
}

/// Each kind of database, with a folder that must live as long.
fn databases() -> Vec<(String, Option<tempfile::TempDir>)> {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite:{}", folder.path().join("desk.sqlite").display());
    vec![(sqlite, Some(folder)), (Postgres::shared().database(), None)]
}

#[tokio::test]
async fn who_comes_second_gets_the_modelled_message() {
    for (store, _folder) in databases() {
        let (node, other) = desk(&store).await;
        let rude = || call(&node, "Desk.Rude", json!({ "Name": "Ann" }));
        assert_eq!(rude().await.unwrap(), "served Ann");
        assert_eq!(rude().await.unwrap(), "served Ann", "the lock is given back when a call ends");

        let token = other.acquire("microflow:Desk.Rude", "another node", LEASE).await.unwrap().unwrap();
        let refused = rude().await.unwrap_err();
        assert_eq!(refused.kind, FailureKind::Conflict);
        assert_eq!((refused.code, refused.message.as_str()), ("concurrent-execution", "Somebody is at the desk"));
        let place = &refused.frames[0];
        assert_eq!((place.microflow.as_str(), place.line), ("Desk.Rude", Some(6)), "it happened at the clause");

        let asked = call(&node, "Desk.Asking", json!({ "Name": "Bob" })).await.unwrap();
        assert_eq!(asked, "concurrent-execution: Somebody is at the desk", "callers can handle it");

        other.release("microflow:Desk.Rude", token).await.unwrap();
        assert_eq!(rude().await.unwrap(), "served Ann");
    }
}

#[tokio::test]
async fn a_rule_without_words_has_a_message_too() {
    for (store, _folder) in databases() {
        let (node, other) = desk(&store).await;
        assert_eq!(call(&node, "Desk.Silent", json!({})).await.unwrap(), true);
        other.acquire("microflow:Desk.Silent", "another node", LEASE).await.unwrap().unwrap();
        let refused = call(&node, "Desk.Silent", json!({})).await.unwrap_err();
        assert_eq!(refused.code, "concurrent-execution");
        assert!(refused.message.contains("Desk.Silent"), "{}", refused.message);
    }
}

#[tokio::test]
async fn who_comes_second_runs_the_modelled_microflow() {
    for (store, _folder) in databases() {
        let (node, other) = desk(&store).await;
        let polite = || call(&node, "Desk.Polite", json!({ "Name": "Ann", "Number": 7 }));
        assert_eq!(polite().await.unwrap(), "served Ann");
        other.acquire("microflow:Desk.Polite", "another node", LEASE).await.unwrap().unwrap();
        assert_eq!(polite().await.unwrap(), "wait, 7", "it gets the parameter of the same name");

        assert_eq!(call(&node, "Desk.Deaf", json!({ "Number": 7 })).await.unwrap(), 1);
        other.acquire("microflow:Desk.Deaf", "another node", LEASE).await.unwrap().unwrap();
        let deaf = call(&node, "Desk.Deaf", json!({ "Number": 7 })).await.unwrap();
        assert_eq!(deaf, Value::Null, "a result of another type is none");
    }
}

#[tokio::test]
async fn who_is_in_may_enter_again() {
    for (store, _folder) in databases() {
        let (node, _) = desk(&store).await;
        assert_eq!(call(&node, "Desk.Countdown", json!({ "Number": 5 })).await.unwrap(), 5);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_at_once_each_draws_its_own_number() {
    for (store, _folder) in databases() {
        let (node, _) = desk(&store).await;
        call(&node, "Desk.Open", json!({})).await.unwrap();
        let node = Arc::new(node);
        let callers: Vec<_> = (0..40)
            .map(|_| {
                let node = node.clone();
                tokio::spawn(async move { call(&node, "Desk.Next", json!({})).await })
            })
            .collect();
        let mut numbers = Vec::new();
        for caller in callers {
            match caller.await.unwrap() {
                Ok(number) => numbers.push(number.as_i64().unwrap()),
                Err(refused) => assert_eq!(refused.message, "Somebody draws a number"),
            }
        }
        numbers.sort_unstable();
        let drawn = call(&node, "Desk.Drawn", json!({})).await.unwrap().as_i64().unwrap();
        assert!(drawn > 0);
        assert_eq!(numbers, (1..=drawn).collect::<Vec<_>>(), "no number twice, none lost");
    }
}

/// A clerk sees two of five orders, and may do to these what it wants.
const SHOP: &str = "
create module Shop;
create module role Shop.Clerk;
create user role Clerk (Shop.Clerk, System.User);
alter app security ( SecurityLevel: Production );
create persistent entity Shop.Order (
  Number: Integer,
  SeenBefore: Integer,
  SeenAfter: Integer,
  Everything: Integer calculated by Shop.CAL_Everything
)
on before commit call Shop.BCO_Order
on after create call Shop.ACR_Order;
grant create, delete, read *, write * on entity Shop.Order to Shop.Clerk where '[Number < 3 or Number > 5]';

create microflow Shop.Fill ()
begin
  declare $Number Integer = 1;
  while $Number <= 5 begin
    create Shop.Order (Number = $Number) commit without events;
    set $Number = $Number + 1;
  end while;
end;

/** All orders. */
create microflow Shop.All () returns Integer
begin
  retrieve $Orders from Shop.Order;
  $Count = count $Orders;
  return $Count;
end;
create microflow Shop.CAL_Everything ($Order: Shop.Order) returns Integer
begin
  $Count = call microflow Shop.All();
  return $Count;
end;
create microflow Shop.BCO_Order ($Order: Shop.Order) returns Boolean
begin
  $Count = call microflow Shop.All();
  change $Order (SeenBefore = $Count);
  return true;
end;
create microflow Shop.ACR_Order ($Order: Shop.Order)
begin
  $Count = call microflow Shop.All();
  change $Order (SeenAfter = $Count);
end;

/** The caller's orders. */
@applyentityaccess
create microflow Shop.Mine () returns Integer
begin
  retrieve $Orders from Shop.Order;
  $Count = count $Orders;
  return $Count;
end;
@applyentityaccess
create microflow Shop.MineAround () returns String
begin
  $Before = call microflow Shop.Mine();
  $All = call microflow Shop.All();
  retrieve $Orders from Shop.Order;
  $Own = count $Orders;
  return toString($Before) + ' ' + toString($All) + ' ' + toString($Own);
end;
create microflow Shop.AllAround () returns String
begin
  $Before = call microflow Shop.All();
  $Mine = call microflow Shop.MineAround();
  retrieve $Orders from Shop.Order;
  $Own = count $Orders;
  return toString($Before) + ' ' + $Mine + ' ' + toString($Own);
end;

@applyentityaccess
create microflow Shop.MineThatFails ($Deep: Boolean)
begin
  if $Deep then
    call microflow Shop.Fail();
  end if;
  throw 'failed';
end;
create microflow Shop.Fail () begin throw 'failed'; end;
create microflow Shop.AllAfterErrors () returns String
begin
  call microflow Shop.MineThatFails(Deep = true) on error continue;
  $One = call microflow Shop.All();
  call microflow Shop.MineThatFails(Deep = false) on error begin
    $Two = call microflow Shop.All();
    return toString($One) + ' ' + toString($Two);
  end error;
  return 'no error';
end;
@applyentityaccess
create microflow Shop.MineAfterErrors () returns String
begin
  call microflow Shop.Fail() on error continue;
  retrieve $Orders from Shop.Order;
  $One = count $Orders;
  call microflow Shop.MineThatFails(Deep = true) on error without rollback begin
    retrieve $Again from Shop.Order;
    $Two = count $Again;
    return toString($One) + ' ' + toString($Two);
  end error;
  return 'no error';
end;

/** Leaves from the middle. */
@applyentityaccess
create microflow Shop.MineInLoop () returns Integer
begin
  retrieve $Orders from Shop.Order;
  loop $Order in $Orders begin
    call microflow Shop.Fail() on error without rollback begin
      if $Order/Number = 1 then
        return $Order/Number;
      end if;
    end error;
  end loop;
  return 0;
end;
create microflow Shop.AllAfterReturn () returns String
begin
  $First = call microflow Shop.MineInLoop();
  $All = call microflow Shop.All();
  return toString($First) + ' ' + toString($All);
end;

/** What runs around an object sees everything. */
@applyentityaccess
create microflow Shop.MineWithEvents () returns String
begin
  $Order = create Shop.Order (Number = 9) commit;
  retrieve $Orders from Shop.Order;
  $Own = count $Orders;
  return toString($Order/SeenAfter) + ' ' + toString($Order/SeenBefore) + ' ' + toString($Order/Everything)
    + ' ' + toString($Own);
end;

/** Rights hold for what somebody else has fetched, too. */
create microflow Shop.Fetch ($Number: Integer) returns Shop.Order
begin
  retrieve $Order from Shop.Order where Number = $Number first;
  return $Order;
end;
@applyentityaccess
create microflow Shop.ChangeFetched ($Number: Integer) returns Integer
begin
  $Order = call microflow Shop.Fetch(Number = $Number);
  change $Order (SeenAfter = 1);
  return $Order/Number;
end;

/** Held to rights, one at a time; what runs instead is not held. */
@applyentityaccess
create microflow Shop.MineAlone () returns Integer
  disallow concurrent execution error microflow Shop.All
begin
  $Count = call microflow Shop.Mine();
  return $Count;
end;
create microflow Shop.AroundAlone () returns String
begin
  $Alone = call microflow Shop.MineAlone();
  $All = call microflow Shop.All();
  return toString($Alone) + ' ' + toString($All);
end;

grant execute on microflow Shop.Mine to Shop.Clerk;
grant execute on microflow Shop.All to Shop.Clerk;
grant execute on microflow Shop.MineAround to Shop.Clerk;
grant execute on microflow Shop.AllAround to Shop.Clerk;
grant execute on microflow Shop.AllAfterErrors to Shop.Clerk;
grant execute on microflow Shop.MineAfterErrors to Shop.Clerk;
grant execute on microflow Shop.AllAfterReturn to Shop.Clerk;
grant execute on microflow Shop.MineWithEvents to Shop.Clerk;
grant execute on microflow Shop.ChangeFetched to Shop.Clerk;
grant execute on microflow Shop.AroundAlone to Shop.Clerk;";

/// A shop with five orders, and its clerk.
async fn shop(store: &str) -> (Node, Caller) {
    let node = node(store, SHOP).await;
    call(&node, "Shop.Fill", json!({})).await.unwrap();
    let record = SessionRecord {
        user: Some(1),
        user_name: "ann".to_owned(),
        user_roles: vec!["Clerk".to_owned()],
        administrator: false,
        anonymous: false,
        language: "en_US".to_owned(),
        time_zone: "UTC".to_owned(),
        object: 2,
        created_ms: 0,
        user_agent: String::new(),
    };
    let visitor = Client::visitor("127.0.0.1");
    let token = node.sessions().open(&record, &visitor, "").await.unwrap();
    (node, Caller::Client(Client { token: Some(token), ..visitor }))
}

#[tokio::test]
async fn rights_hold_where_the_model_says_so_and_nowhere_else() {
    for (store, _folder) in databases() {
        let (node, clerk) = shop(&store).await;
        let ask = |microflow| call_as(&node, clerk.clone(), microflow, json!({}));
        assert_eq!(ask("Shop.All").await.unwrap(), 5);
        assert_eq!(ask("Shop.Mine").await.unwrap(), 2);
        assert_eq!(ask("Shop.MineAround").await.unwrap(), "2 5 2");
        assert_eq!(ask("Shop.AllAround").await.unwrap(), "5 2 5 2 5");
        // Nobody's calls have all rights.
        assert_eq!(call(&node, "Shop.Mine", json!({})).await.unwrap(), 5);
    }
}

#[tokio::test]
async fn errors_and_early_returns_leave_rights_as_they_were() {
    for (store, _folder) in databases() {
        let (node, clerk) = shop(&store).await;
        let ask = |microflow| call_as(&node, clerk.clone(), microflow, json!({}));
        assert_eq!(ask("Shop.AllAfterErrors").await.unwrap(), "5 5");
        assert_eq!(ask("Shop.MineAfterErrors").await.unwrap(), "2 2");
        assert_eq!(ask("Shop.AllAfterReturn").await.unwrap(), "1 5");
    }
}

#[tokio::test]
async fn handlers_and_calculated_attributes_have_all_rights() {
    for (store, _folder) in databases() {
        let (node, clerk) = shop(&store).await;
        let seen = call_as(&node, clerk, "Shop.MineWithEvents", json!({})).await.unwrap();
        assert_eq!(seen, "5 5 6 3");
    }
}

#[tokio::test]
async fn what_others_fetch_is_still_held_to_rights() {
    for (store, _folder) in databases() {
        let (node, clerk) = shop(&store).await;
        let change = |number| call_as(&node, clerk.clone(), "Shop.ChangeFetched", json!({ "Number": number }));
        assert_eq!(change(1).await.unwrap(), 1);
        let denied = change(3).await.unwrap_err();
        assert_eq!(denied.code, "access-denied");
        assert_eq!(denied.frames[0].microflow, "Shop.ChangeFetched");
    }
}

#[tokio::test]
async fn both_guards_stand_around_one_microflow() {
    for (store, _folder) in databases() {
        let (node, clerk) = shop(&store).await;
        let other = Store::connect(&store, StoreOptions::default()).await.unwrap().cluster();
        let ask = || call_as(&node, clerk.clone(), "Shop.AroundAlone", json!({}));
        assert_eq!(ask().await.unwrap(), "2 5");
        other.acquire("microflow:Shop.MineAlone", "another node", LEASE).await.unwrap().unwrap();
        assert_eq!(ask().await.unwrap(), "5 5");
    }
}
