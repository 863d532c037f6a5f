//! What a model says about objects of sessions: shapes that change from version to version, and how long objects stay.

use std::sync::Arc;

use brooklet_compiler::{Options, compile, source::Source};
use brooklet_runtime::{
    Node, NodeOptions,
    flow::{Call, Failure, Outcome, Trigger, failure_codes},
    session::{Caller, Client},
};
use brooklet_state::SessionToken;

fn component(attributes: &str, reads: &str) -> Arc<[u8]> {
    then(attributes, reads, "")
}

/// The same, with statements behind it.
fn then(attributes: &str, reads: &str, statements: &str) -> Arc<[u8]> {
    let text = format!(
        "mdl 1;
        create module Notes;
        create enumeration Notes.Mood ( Good 'Good', Bad 'Bad' );
        create non-persistent entity Notes.Note ( {attributes} );
        create association Notes.Note_Session from Notes.Note to System.Session;
        create microflow Notes.Leave () begin
          $Note = create Notes.Note (Text = 'here', Notes.Note_Session = $currentSession);
        end;
        create microflow Notes.Read () returns String begin
          retrieve $Notes from $currentSession/Notes.Note_Session;
          $Note = head $Notes;
          if $Note = empty then return 'nothing'; end if;
          return {reads};
        end;
        {statements}"
    );
    let sources = [Source { name: "notes.mdl".to_owned(), text }];
    let compilation = compile(&sources, &Options::default());
    compilation.component.unwrap_or_else(|| panic!("{:#?}", compilation.diagnostics)).into()
}

async fn call(node: &Node, token: Option<&SessionToken>, microflow: &str) -> Outcome {
    call_with(node, token, microflow, "{}").await.expect("it runs")
}

async fn call_with(
    node: &Node,
    token: Option<&SessionToken>,
    microflow: &str,
    arguments: &str,
) -> Result<Outcome, Failure> {
    let client = Client { token: token.cloned(), ..Client::visitor("192.0.2.1") };
    let call = Call { caller: Caller::Client(client), ..Call::new(microflow, arguments, Trigger::Http) };
    node.run(call).await
}

/// The attributes of a note in the first version.
const FIRST: &str =
    "Text: String, Level: Integer default 3, Old: String, State: enum Notes.Mood default Notes.Mood.Good";

/// A node whose session has a note of the first version, then the second version.
async fn after(second: (&str, &str)) -> String {
    after_component(component(second.0, second.1)).await.result
}

async fn after_component(second: Arc<[u8]>) -> Outcome {
    let node = Node::start(NodeOptions::default()).await.expect("the node starts");
    node.activate(component(FIRST, "$Note/Text"), None).await.expect("the first version is accepted");
    let token = call(&node, None, "Notes.Leave").await.grant.expect("a session is granted").token;
    let read = call(&node, Some(&token), "Notes.Read").await;
    assert_eq!((read.result.as_str(), read.effects.as_str()), ("\"here\"", "[]"), "nothing is lost in its own version");
    node.activate(second, None).await.expect("the second version is accepted");
    call(&node, Some(&token), "Notes.Read").await
}

#[tokio::test]
async fn what_was_renamed_is_found_by_its_former_name() {
    let renamed = after_component(then(
        FIRST,
        "$Note/Body + toString($Note/Level) + toString($Note/State)",
        "alter entity Notes.Note rename attribute Text to Body;
         rename entity Notes.Note to Memo;
         rename association Notes.Note_Session to Memo_Session;
         alter enumeration Notes.Mood rename value Good to Great;",
    ));
    let read = renamed.await;
    assert_eq!((read.result.as_str(), read.effects.as_str()), ("\"here3Great\"", "[]"));
}

#[tokio::test]
async fn what_was_renamed_comes_before_what_merely_has_the_name() {
    let replaced = after_component(then(
        FIRST,
        "$Note/Old",
        "alter entity Notes.Note drop attribute Old; alter entity Notes.Note rename attribute Text to Old;",
    ));
    assert_eq!(replaced.await.result, "\"here\"");
}

#[tokio::test]
async fn a_value_is_converted_when_it_fits_into_another_type() {
    let second =
        ("Text: String, Level: Decimal, State: String", "$Note/Text + toString($Note/Level + 0.5) + $Note/State");
    let read = after_component(component(second.0, second.1)).await;
    assert_eq!((read.result.as_str(), read.effects.as_str()), ("\"here3.5Good\"", "[]"));
}

#[tokio::test]
async fn what_is_lost_is_said_to_the_client_until_the_session_is_written_anew() {
    let node = Node::start(NodeOptions::default()).await.expect("the node starts");
    node.activate(component(FIRST, "$Note/Text"), None).await.expect("the first version is accepted");
    let token = call(&node, None, "Notes.Leave").await.grant.expect("a session is granted").token;
    let second = component("Level: Boolean, Text: String", "$Note/Text");
    node.activate(second, None).await.expect("the second version is accepted");
    let expected = serde_json::json!([{
        "kind": "notice",
        "about": "session",
        "message": "the session held what the model has no place for any more: attribute Notes.Note.State, \
                    values of attribute Notes.Note.Level",
    }]);
    for _ in 0..2 {
        let read = call(&node, Some(&token), "Notes.Read").await;
        assert_eq!(serde_json::from_str::<serde_json::Value>(&read.effects).ok().as_ref(), Some(&expected));
    }
    call(&node, Some(&token), "Notes.Leave").await;
    assert_eq!(call(&node, Some(&token), "Notes.Read").await.effects, "[]");
}

#[tokio::test]
async fn new_attributes_have_their_defaults_and_old_ones_their_values() {
    let second = ("Text: String, Added: Integer default 7, Level: Integer", "$Note/Text + $Note/Added + $Note/Level");
    assert_eq!(after(second).await, "\"here73\"");
}

#[tokio::test]
async fn a_value_that_does_not_fit_any_more_gives_way_to_the_default() {
    let second = ("Text: String, Level: Boolean default true", "$Note/Text + toString($Note/Level)");
    assert_eq!(after(second).await, "\"heretrue\"");
}

#[tokio::test]
async fn what_the_model_does_not_have_any_more_is_left_out() {
    assert_eq!(after(("Text: String", "$Note/Text")).await, "\"here\"");
}

/// A note that nothing leads to, named by its id in the next call.
async fn named_again(setting: &str) -> Result<Outcome, Failure> {
    let text = format!(
        "mdl 1;
        create module Notes;
        create non-persistent entity Notes.Note ( Text: String );
        create microflow Notes.Leave () returns Notes.Note begin
          $Note = create Notes.Note (Text = 'here');
          return $Note;
        end;
        create microflow Notes.Read ( Note: Notes.Note ) returns String begin return $Note/Text; end;
        {setting}"
    );
    let sources = [Source { name: "notes.mdl".to_owned(), text }];
    let compilation = compile(&sources, &Options::default());
    let component = compilation.component.unwrap_or_else(|| panic!("{:#?}", compilation.diagnostics)).into();
    let node = Node::start(NodeOptions::default()).await.expect("the node starts");
    node.activate(component, None).await.expect("the model is accepted");
    let left = call(&node, None, "Notes.Leave").await;
    let note: serde_json::Value = serde_json::from_str(&left.result).expect("results are JSON");
    let token = left.grant.map(|grant| grant.token);
    call_with(&node, token.as_ref(), "Notes.Read", &serde_json::json!({"Note": {"id": note["id"]}}).to_string()).await
}

#[tokio::test]
async fn a_model_can_ask_for_everything_to_stay_until_the_session_ends() {
    let read = named_again("alter settings runtime (NpeScope: 'session');").await.expect("it is still there");
    assert_eq!(read.result, "\"here\"");
}

#[tokio::test]
async fn without_that_objects_in_memory_go_with_their_request() {
    let failure = named_again("").await.expect_err("it is gone");
    assert_eq!(failure.code, failure_codes::ARGUMENT_NOT_FOUND);
}
