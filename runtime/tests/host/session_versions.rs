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
        end;"
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

/// A node whose session has a note of the first version, then the second version.
async fn after(second: (&str, &str)) -> String {
    let node = Node::start(NodeOptions::default()).await.expect("the node starts");
    let first = component("Text: String, Level: Integer default 3, Old: String", "$Note/Text");
    node.activate(first, None).await.expect("the first version is accepted");
    let token = call(&node, None, "Notes.Leave").await.grant.expect("a session is granted").token;
    assert_eq!(call(&node, Some(&token), "Notes.Read").await.result, "\"here\"");
    node.activate(component(second.0, second.1), None).await.expect("the second version is accepted");
    call(&node, Some(&token), "Notes.Read").await.result
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
