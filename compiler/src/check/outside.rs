//! Queries that no microflow runs: of clients and tools, over a model that is compiled already.
//!
//! The text is hostile until shown otherwise. The parser bounds how deeply it is nested and how many operators and steps it
//! has ([`Limits::OUTSIDE`]), so that reading it, and walking the result, needs a small stack only; its length is bounded
//! here.

use std::fmt;

use brooklet_model::{AttributePath, Condition, EntityId, Manifest, Query, SortKey, SourceId};

use crate::{
    codes,
    diagnostics::{Diagnostic, Diagnostics, Severity},
    resolve::Names,
    syntax::{self, Fragment, Limits, Place, ast::XPathKind},
};

use super::{flow::without_flow, xpath::Parameters};

/// A constraint or a sort key from outside may have so many bytes.
const MAX_QUERY_BYTES: usize = 16 * 1024;

/// A query from outside may be sorted by so many keys.
const MAX_SORT_KEYS: usize = 16;

/// The newest version has no spellings that an older one gave up; in XPath, there is no other difference.
const VERSION: u32 = syntax::NEWEST_VERSION;

/// Why a query cannot be run. Its text says what to type instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// What is wrong with it.
    pub part: QueryPart,
    /// Where in that part, in characters from 1.
    pub column: usize,
    /// The code, one of [`codes`].
    pub code: &'static str,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What to type instead.
    pub help: Option<String>,
}

/// A part of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueryPart {
    /// The entity.
    Entity,
    /// The constraint.
    Constraint,
    /// The sort key of that index.
    Sort(usize),
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.part {
            QueryPart::Entity => {}
            QueryPart::Constraint => write!(f, "constraint, character {}: ", self.column)?,
            QueryPart::Sort(index) => write!(f, "sort key {}, character {}: ", index + 1, self.column)?,
        }
        f.write_str(&self.message)?;
        self.help.as_ref().map_or(Ok(()), |help| write!(f, "; {help}"))
    }
}

impl std::error::Error for QueryError {}

/// The query over an entity with an XPath constraint, with or without brackets (none when it is blank), sorted by attributes
/// or paths to attributes, each descending or not.
///
/// Names are those of the manifest. There are no variables: what is compared with is written as text, number, enumeration's
/// key, moment (`'2026-12-31T23:59:59Z'`), object's id, or token (`'[%CurrentUser%]'`). The answer has no parameters.
/// Finding it takes time in the size of the model: who asks the same again and again should keep it.
///
/// ```
/// use brooklet_compiler::{Options, compile, query, source::Source};
///
/// let text = "create persistent entity Shop.Order ( Total: Decimal, State: String );";
/// let compiled = compile(&[Source { name: "shop.mdl".into(), text: text.into() }], &Options::default());
/// let manifest = compiled.manifest.unwrap();
/// let order = manifest.entity_named("Shop.Order").unwrap();
///
/// let found = query(&manifest, order, "[Total > 100][State = 'Open']", &[("Total", true)]).unwrap();
/// assert!(found.constraint.is_some());
/// let wrong = query(&manifest, order, "[Totl > 100]", &[]).unwrap_err();
/// assert!(wrong.to_string().contains("did you mean `Total`?"));
/// ```
pub fn query(
    manifest: &Manifest,
    entity: EntityId,
    constraint: &str,
    sort: &[(&str, bool)],
) -> Result<Query, QueryError> {
    let known = manifest.entities.get(entity.index());
    let Some(record) = known.filter(|record| record.persistable && record.unavailable.is_none()) else {
        let name = known.map_or("the entity", |record| &record.name);
        return Err(refused(QueryPart::Entity, codes::NOTHING_IN_DATABASE, format!("{name} is not in the database")));
    };
    if sort.len() > MAX_SORT_KEYS {
        let message = format!("there are more than {MAX_SORT_KEYS} sort keys");
        return Err(refused(QueryPart::Sort(MAX_SORT_KEYS), codes::TOO_LONG, message));
    }
    let texts = std::iter::once((QueryPart::Constraint, constraint));
    for (part, text) in texts.chain(sort.iter().enumerate().map(|(index, (text, _))| (QueryPart::Sort(index), *text))) {
        if text.len() > MAX_QUERY_BYTES {
            let message = format!("this has {} bytes, and at most {MAX_QUERY_BYTES} are read", text.len());
            return Err(refused(part, codes::SOURCE_TOO_LARGE, message));
        }
    }
    let names = Names::compiled(manifest);
    let (module, _) = record.name.split_once('.').unwrap_or_default();
    let mut reader = Reader { manifest, names: &names, module, entity, diagnostics: Diagnostics::default() };
    let condition = if constraint.trim().is_empty() { None } else { Some(reader.constraint(constraint)) };
    let keys = sort.iter().zip(1..).map(|((text, descending), source)| {
        let path = reader.sort_key(text, SourceId(source))?;
        Some(SortKey { path, descending: *descending })
    });
    let keys: Option<Vec<SortKey>> = keys.collect();
    match (reader.first_error(constraint, sort), &condition, keys) {
        (None, None | Some(Some(_)), Some(sort)) => Ok(Query {
            entity,
            constraint: condition.flatten(),
            sort,
            parameters: Vec::new(),
            text: constraint.trim().to_owned(),
        }),
        (Some(error), ..) => Err(error),
        (None, ..) => Err(refused(QueryPart::Constraint, codes::INVALID_XPATH, "this cannot be understood".to_owned())),
    }
}

fn refused(part: QueryPart, code: &'static str, message: String) -> QueryError {
    QueryError { part, column: 1, code, message, help: None }
}

/// Reads the parts of one query.
struct Reader<'a> {
    manifest: &'a Manifest,
    names: &'a Names,
    /// The module that completes unqualified names: the entity's.
    module: &'a str,
    entity: EntityId,
    diagnostics: Diagnostics,
}

impl Reader<'_> {
    fn constraint(&mut self, text: &str) -> Option<Condition> {
        let xpath = syntax::parse_xpath(fragment(text, SourceId(0)), Limits::OUTSIDE, &mut self.diagnostics);
        let (entity, scope) = (self.entity, self.names.scope(self.module));
        without_flow(self.manifest, scope, VERSION, &mut self.diagnostics, |checker| {
            checker.constraint(entity, &xpath, &mut Parameters::default())
        })
    }

    fn sort_key(&mut self, text: &str, source: SourceId) -> Option<AttributePath> {
        let xpath = syntax::parse_xpath(fragment(text, source), Limits::OUTSIDE, &mut self.diagnostics);
        let steps = match xpath.kind {
            XPathKind::Path(steps) if steps.iter().all(|step| step.predicates.is_empty()) => steps,
            XPathKind::Error => return None,
            _ => {
                self.diagnostics
                    .error(codes::INVALID_SORT, xpath.span, "this is no attribute")
                    .help("write the name of an attribute, or a path to one: `Module.Association/Module.Entity/Name`");
                return None;
            }
        };
        let (entity, scope) = (self.entity, self.names.scope(self.module));
        without_flow(self.manifest, scope, VERSION, &mut self.diagnostics, |checker| {
            checker.sort_path(entity, &steps, xpath.span)
        })
    }

    fn first_error(&mut self, constraint: &str, sort: &[(&str, bool)]) -> Option<QueryError> {
        let found = std::mem::take(&mut self.diagnostics).into_sorted();
        let Diagnostic { code, message, span, help, .. } =
            found.into_iter().find(|one| one.severity == Severity::Error)?;
        let (part, text) = match span.source.index() {
            0 => (QueryPart::Constraint, constraint),
            key => (QueryPart::Sort(key - 1), sort.get(key - 1).map_or("", |(text, _)| text)),
        };
        let before = text.get(..span.start as usize).unwrap_or_default();
        Some(QueryError { part, column: before.chars().count() + 1, code, message, help })
    }
}

fn fragment(text: &str, source: SourceId) -> Fragment<'_> {
    Fragment { text, place: Place::Offset { source, base: 0 }, version: VERSION }
}
