//! Kinds of documents and their words.

use super::super::document::DocumentKind;
use super::super::token::TokenKind;
use super::{Parsed, Parser};
use crate::codes;
use crate::suggest::did_you_mean;

/// How a kind of document is written, and what becomes of it.
pub(super) struct Kind {
    /// Its words.
    pub(super) words: &'static [&'static str],
    /// The kind; none when it has no name of its own in [`DocumentKind`].
    kind: Option<DocumentKind>,
    /// What a document of this kind needs that is not built yet; none when it means nothing to a server.
    pub(super) needs: Option<&'static str>,
    /// The code of the spelling, when it is an old one.
    old: Option<&'static str>,
    /// How it is written today.
    canonical: &'static str,
}

const fn known(words: &'static [&'static str], kind: DocumentKind) -> Kind {
    Kind { words, kind: Some(kind), needs: None, old: None, canonical: "" }
}

const fn visual(words: &'static [&'static str], canonical: &'static str) -> Kind {
    Kind { words, kind: None, needs: None, old: None, canonical }
}

const fn other(words: &'static [&'static str], canonical: &'static str, needs: &'static str) -> Kind {
    Kind { words, kind: None, needs: Some(needs), old: None, canonical }
}

const fn old(code: &'static str, words: &'static [&'static str], canonical: &'static str, needs: &'static str) -> Kind {
    Kind { words, kind: None, needs: Some(needs), old: Some(code), canonical }
}

/// All kinds; of two that begin alike, the longer comes first.
static KINDS: &[Kind] = &[
    known(&["module", "role"], DocumentKind::ModuleRole),
    known(&["module"], DocumentKind::Module),
    known(&["entity"], DocumentKind::Entity),
    known(&["persistent", "entity"], DocumentKind::Entity),
    known(&["view", "entity"], DocumentKind::Entity),
    known(&["external", "entity"], DocumentKind::Entity),
    known(&["enumeration"], DocumentKind::Enumeration),
    known(&["association"], DocumentKind::Association),
    known(&["constant"], DocumentKind::Constant),
    known(&["microflow"], DocumentKind::Microflow),
    known(&["nanoflow"], DocumentKind::Nanoflow),
    known(&["rule"], DocumentKind::Microflow),
    known(&["java", "action"], DocumentKind::JavaAction),
    known(&["javascript", "action"], DocumentKind::JavaScriptAction),
    known(&["validation", "rule"], DocumentKind::ValidationRule),
    known(&["regular", "expression"], DocumentKind::RegularExpression),
    known(&["user", "role"], DocumentKind::UserRole),
    known(&["demo", "user"], DocumentKind::DemoUser),
    known(&["folder"], DocumentKind::Folder),
    known(&["page"], DocumentKind::Page),
    known(&["snippet"], DocumentKind::Snippet),
    known(&["layout"], DocumentKind::Layout),
    visual(&["navigation"], "navigation"),
    visual(&["menu"], "menu"),
    visual(&["image", "collection"], "image collection"),
    visual(&["icon", "collection"], "icon collection"),
    visual(&["building", "block"], "building block"),
    visual(&["page", "template"], "page template"),
    visual(&["fragment"], "fragment"),
    visual(&["translations"], "translations"),
    visual(&["notebook"], "notebook"),
    visual(&["annotation"], "annotation"),
    visual(&["styling"], "styling"),
    visual(&["configuration"], "configuration"),
    Kind {
        words: &["workflow"],
        kind: Some(DocumentKind::Workflow),
        needs: Some("workflows"),
        old: None,
        canonical: "",
    },
    Kind {
        words: &["scheduled", "event"],
        kind: Some(DocumentKind::ScheduledEvent),
        needs: Some("scheduled events"),
        old: None,
        canonical: "",
    },
    Kind {
        words: &["task", "queue"],
        kind: Some(DocumentKind::Queue),
        needs: Some("task queues"),
        old: None,
        canonical: "",
    },
    Kind {
        words: &["queue"],
        kind: Some(DocumentKind::Queue),
        needs: Some("task queues"),
        old: Some(codes::OLD_QUEUE),
        canonical: "task queue",
    },
    other(&["published", "rest", "service"], "published rest service", "published REST services"),
    other(&["published", "odata", "service"], "published odata service", "published OData services"),
    other(&["published", "web", "service"], "published web service", "SOAP services"),
    other(&["consumed", "rest", "service"], "consumed rest service", "consumed REST services"),
    other(&["consumed", "odata", "service"], "consumed odata service", "consumed OData services"),
    other(&["consumed", "web", "service"], "consumed web service", "SOAP services"),
    other(&["consumed", "mcp", "service"], "consumed mcp service", "agents"),
    old(codes::OLD_REST_CLIENT, &["rest", "client"], "consumed rest service", "consumed REST services"),
    old(codes::OLD_ODATA_CLIENT, &["odata", "client"], "consumed odata service", "consumed OData services"),
    old(codes::OLD_ODATA_SERVICE, &["odata", "service"], "published odata service", "published OData services"),
    other(&["external", "entities"], "external entities", "consumed OData services"),
    other(&["business", "event", "service"], "business event service", "business events"),
    other(&["database", "connection"], "database connection", "external databases"),
    other(&["json", "structure"], "json structure", "mappings"),
    other(&["xml", "schema"], "xml schema", "mappings"),
    other(&["message", "definition", "collection"], "message definition collection", "mappings"),
    other(&["message", "definition"], "message definition", "mappings"),
    other(&["import", "mapping"], "import mapping", "import mappings"),
    other(&["export", "mapping"], "export mapping", "export mappings"),
    other(&["data", "transformer"], "data transformer", "data transformers"),
    other(&["ai", "model"], "ai model", "agents"),
    other(&["model"], "ai model", "agents"),
    other(&["knowledge", "base"], "knowledge base", "agents"),
    other(&["agent"], "agent", "agents"),
];

impl Kind {
    /// What the tree calls it.
    pub(super) fn document_kind(&self) -> DocumentKind {
        self.kind.clone().unwrap_or_else(|| DocumentKind::Other(self.canonical.to_owned()))
    }
}

impl Parser<'_> {
    /// Takes the words of a kind of document, such as `microflow` or `published rest service`.
    pub(super) fn document_kind(&mut self) -> Parsed<DocumentKind> {
        Ok(self.kind()?.document_kind())
    }

    pub(super) fn kind(&mut self) -> Parsed<&'static Kind> {
        let token = self.peek();
        if self.at_words(&["non"]) && self.is_word(2, "persistent") && self.is_word(3, "entity") {
            self.bump();
            self.bump();
            self.bump();
        }
        let Some(kind) = KINDS.iter().find(|kind| self.at_words(kind.words)) else { return self.unknown_kind() };
        for _ in kind.words {
            self.bump();
        }
        if let Some(code) = kind.old {
            self.old_spelling(code, token, &format!("`{}`", kind.canonical));
        }
        Ok(kind)
    }

    fn unknown_kind<T>(&mut self) -> Parsed<T> {
        let token = self.peek();
        if token.kind != TokenKind::Word {
            return self.expected("a kind of document");
        }
        let word = self.text(token);
        let help = did_you_mean(word, KINDS.iter().flat_map(|kind| kind.words).copied());
        let span = self.span_of(token);
        let message = format!("`{word}` is no kind of document");
        let diagnostic = self.diagnostics.error(codes::UNKNOWN_DOCUMENT_KIND, span, message);
        if let Some(help) = help {
            diagnostic.help(help);
        }
        Err(super::Failed)
    }
}
