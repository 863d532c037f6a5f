//! What somebody is editing survives the node that it was edited through, and all of them (R24, R25).

use brooklet_test_support::Signal;
use serde_json::{Value, json};

use super::world::{Client, Desk, Lost, MANAGER, Reply, STORES};

const NODES: usize = 3;
const TICKETS: &str = "/api/objects/Desk.Ticket";

/// One ticket is changed and another one is new; neither is committed when the node dies that was asked for it.
#[test]
fn what_was_edited_through_a_killed_node_is_committed_through_another() {
    for store in STORES {
        let mut desk = Desk::start(NODES, store, &[]);
        let (editor, other) = (Client::login(desk.url(0), MANAGER), Client::login(desk.url(1), MANAGER));
        let old = create(&editor, desk.url(2), &json!({"Number": 1, "Subject": "before"}));
        commit(&editor, desk.url(1), &old, None);

        let changed = change(&editor, desk.url(0), &old, &json!({"Subject": "after"}));
        let new = create(&editor, desk.url(0), &json!({"Number": 2, "Subject": "new"}));
        assert_eq!(subjects(&desk), ["1 before"], "{store:?}: nothing is committed yet");
        desk.end(&[0], Signal::Kill);

        let tag = changed.header("etag").expect("a tag");
        let seen = good(editor.get(desk.url(1), &path(&old)));
        assert_eq!((subject(&seen), seen.header("etag")), ("after", Some(tag.clone())), "{store:?}: {seen}");
        assert_eq!(
            subject(&good(other.get(desk.url(1), &path(&old)))),
            "before",
            "{store:?}: it is the editor's alone"
        );
        let hidden = other.get(desk.url(2), &path(&new)).expect("an answer");
        assert_eq!(hidden.status, 404, "{store:?}: it is the editor's alone: {hidden}");

        commit(&editor, desk.url(1), &old, Some(&tag));
        commit(&editor, desk.url(2), &new, None);
        assert_eq!(subjects(&desk), ["1 after", "2 new"], "{store:?}");
        assert_eq!(subject(&good(other.get(desk.url(2), &path(&old)))), "after", "{store:?}");
    }
}

/// An editor: a draft, a ticket that is changed, and one that is new.
struct Editor {
    number: usize,
    session: Client,
    changed: Value,
    new: Value,
}

impl Editor {
    /// Somebody who begins to edit, each thing through another node.
    fn begin(desk: &Desk<'_>, number: usize) -> Self {
        let url = |node: usize| desk.url((number + node) % NODES);
        let session = Client::login(url(0), MANAGER);
        for (node, word) in ["draft", "of", &number.to_string()].into_iter().enumerate() {
            session.result(url(node), "Desk.ACT_Write", &json!({"Text": word}));
        }
        let changed = create(&session, url(0), &json!({"Number": number, "Subject": "before"}));
        commit(&session, url(1), &changed, None);
        change(&session, url(2), &changed, &json!({"Subject": format!("changed by {number}")}));
        let new = create(&session, url(1), &json!({"Number": number + NODES, "Subject": format!("new from {number}")}));
        Self { number, session, changed, new }
    }

    fn all_is_there(&self, url: &str, when: &str) {
        let when = format!("{when}: editor {}", self.number);
        let read = self.session.result(url, "Desk.ACT_Read", &json!({}));
        assert_eq!(read, json!(format!("draft of {}", self.number)), "{when}");
        let changed = good(self.session.get(url, &path(&self.changed)));
        assert_eq!(subject(&changed), format!("changed by {}", self.number), "{when}");
        let new = good(self.session.get(url, &path(&self.new)));
        assert_eq!(subject(&new), format!("new from {}", self.number), "{when}");
    }
}

#[test]
fn nodes_are_started_again_one_by_one_and_then_all_at_once_and_nothing_is_lost() {
    for store in STORES {
        let mut desk = Desk::start(NODES, store, &[]);
        let editors: Vec<_> = (0..NODES).map(|number| Editor::begin(&desk, number)).collect();
        let check = |desk: &Desk<'_>, nodes: &[usize], when: &str| {
            for node in nodes {
                editors.iter().for_each(|editor| editor.all_is_there(desk.url(*node), when));
            }
        };
        for signal in [Signal::Terminate, Signal::Kill] {
            for node in 0..NODES {
                desk.end(&[node], signal);
                let others: Vec<_> = (0..NODES).filter(|other| *other != node).collect();
                check(&desk, &others, &format!("{store:?}, {signal:?} of node {node}"));
                desk.start_again(&[node]);
                check(&desk, &[node], &format!("{store:?}, {signal:?} of node {node}, back"));
            }
            desk.end(&[0, 1, 2], signal);
            desk.start_again(&[0, 1, 2]);
            check(&desk, &[0, 1, 2], &format!("{store:?}, {signal:?} of all"));
        }
        assert_eq!(subjects(&desk), ["0 before", "1 before", "2 before"], "{store:?}: nothing is committed yet");
        for (node, editor) in editors.iter().enumerate() {
            let objects = json!({"objects": [named(&editor.changed), named(&editor.new)]});
            good(editor.session.post(desk.url(node), "/api/commit", &objects));
        }
        let all =
            ["0 changed by 0", "1 changed by 1", "2 changed by 2", "3 new from 0", "4 new from 1", "5 new from 2"];
        assert_eq!(subjects(&desk), all, "{store:?}");
    }
}

/// Makes a ticket; answers it as the session sees it.
fn create(client: &Client, url: &str, members: &Value) -> Value {
    let reply = client.post(url, TICKETS, members).unwrap_or_else(|lost| panic!("{lost}"));
    assert_eq!(reply.status, 201, "{reply}");
    reply.body["object"].clone()
}

fn change(client: &Client, url: &str, ticket: &Value, members: &Value) -> Reply {
    good(client.send("PATCH", url, &path(ticket), Some(members), &[]))
}

fn commit(client: &Client, url: &str, ticket: &Value, tag: Option<&str>) {
    let headers: Vec<_> = tag.iter().map(|tag| ("if-match", *tag)).collect();
    good(client.send("POST", url, &format!("{}/commit", path(ticket)), Some(&json!({})), &headers));
}

fn good(sent: Result<Reply, Lost>) -> Reply {
    let reply = sent.unwrap_or_else(|lost| panic!("{lost}"));
    assert_eq!(reply.status, 200, "{reply}");
    reply
}

fn path(ticket: &Value) -> String {
    format!("{TICKETS}/{}", ticket["id"].as_str().expect("an id"))
}

fn named(ticket: &Value) -> Value {
    json!({"entity": "Desk.Ticket", "id": ticket["id"]})
}

fn subject(reply: &Reply) -> &str {
    reply.body["object"]["members"]["Subject"].as_str().unwrap_or_else(|| panic!("no subject: {reply}"))
}

/// What the database has.
fn subjects(desk: &Desk<'_>) -> Vec<String> {
    desk.query("SELECT number || ' ' || subject FROM \"desk$ticket\" ORDER BY number")
}
