//! What names mean, for whoever checks bodies of microflows.
//!
//! Names are case-sensitive, except those of attributes. A name that was given up by a rename or a move goes on to mean
//! what it meant, unless it is defined anew. An unqualified name belongs to the module of the document that uses it;
//! ask through a [`Scope`].

use std::collections::{HashMap, HashSet};

use brooklet_model::{AssociationId, AttributeRef, ConstantId, EntityId, EnumerationId, MicroflowId, Type};

use super::history::History;
use crate::syntax::ast::QualifiedName;
use crate::syntax::document::DocumentKind;

mod compiled;
mod lookup;
mod members;
mod types;

pub(super) use types::legacy;

/// What the names of a model mean.
#[derive(Debug, Default)]
pub struct Names {
    pub(super) entities: Register<EntityId>,
    pub(super) enumerations: Register<EnumerationId>,
    pub(super) constants: Register<ConstantId>,
    pub(super) microflows: Register<MicroflowId>,
    /// All of a name: `System.owner` occurs once per entity that has it.
    pub(super) associations: Register<Vec<AssociationId>>,
    pub(super) actions: Register<Action>,
    pub(super) documents: HashMap<DocumentKind, Register<()>>,
    /// By entity.
    pub(super) shapes: Vec<Shape>,
    /// FROM and TO, by association.
    pub(super) ends: Vec<(EntityId, EntityId)>,
    /// Keys with their positions, by enumeration; former keys included.
    pub(super) keys: Vec<HashMap<String, u32>>,
}

/// Names of one kind.
#[derive(Debug)]
pub(super) struct Register<Id> {
    ids: HashMap<String, Id>,
    /// From former names to present ones.
    aliases: HashMap<String, String>,
    /// Names whose definitions have errors: what uses them is not reported again.
    broken: HashSet<String>,
}

/// What is asked about an entity.
#[derive(Debug, Default)]
pub(super) struct Shape {
    pub(super) name: String,
    pub(super) generalization: Option<EntityId>,
    /// Its own attributes by name in lower case; former names, and those that a script gives to system attributes, too.
    pub(super) attributes: HashMap<String, AttributeRef>,
    /// How its own attributes are spelled, for suggestions.
    pub(super) spellings: Vec<String>,
    /// Names in lower case of attributes whose definitions have errors.
    pub(super) broken: HashSet<String>,
    /// Names in lower case, as a script spells them, of its associations that the runtime keeps.
    pub(super) owners: HashMap<String, AssociationId>,
}

/// The signature of a Java or JavaScript action: something that a host function must supply.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// Qualified name.
    pub name: String,
    /// Whether it is a JavaScript action.
    pub javascript: bool,
    /// Its parameters by name; no type where any object, list, entity or the like will do.
    pub parameters: Vec<(String, Option<Type>)>,
    /// The type of its result; none where it depends on the arguments.
    pub returns: Option<Type>,
}

/// An attribute or association of an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// An attribute, own or inherited.
    Attribute(AttributeRef),
    /// An association, and whether the entity is its TO end.
    Association(AssociationId, bool),
}

/// [`Names`] as a document of one module sees them.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    names: &'a Names,
    module: &'a str,
}

impl Names {
    /// The names as a document of that module sees them.
    pub fn scope<'a>(&'a self, module: &'a str) -> Scope<'a> {
        Scope { names: self, module }
    }

    /// Whether every object of `id` is also one of `general`.
    pub fn is_a(&self, id: EntityId, general: EntityId) -> bool {
        self.distance(id, general).is_some()
    }

    /// How many generalizations `general` is above `id`.
    pub(super) fn distance(&self, id: EntityId, general: EntityId) -> Option<usize> {
        self.lineage(id).position(|at| at == general)
    }

    pub(super) fn lineage(&self, id: EntityId) -> impl Iterator<Item = EntityId> + '_ {
        std::iter::successors(Some(id), |at| self.shapes.get(at.index())?.generalization)
    }

    /// An attribute by name, own or inherited; ignores case, and knows former names.
    pub fn attribute(&self, entity: EntityId, name: &str) -> Option<AttributeRef> {
        let name = name.to_ascii_lowercase();
        self.lineage(entity).find_map(|at| self.shapes.get(at.index())?.attributes.get(&name).copied())
    }

    /// The position of an enumeration's value by key; knows former keys.
    pub fn enumeration_key(&self, enumeration: EnumerationId, key: &str) -> Option<u32> {
        self.keys.get(enumeration.index())?.get(key).copied()
    }
}

impl<Id> Default for Register<Id> {
    fn default() -> Self {
        Self::new(&History::default())
    }
}

impl<Id> Register<Id> {
    pub(super) fn new(history: &History) -> Self {
        Self { ids: HashMap::new(), aliases: history.aliases(), broken: HashSet::new() }
    }

    pub(super) fn insert(&mut self, name: String, id: Id) {
        self.ids.insert(name, id);
    }

    /// Remembers a name whose definition has errors.
    pub(super) fn break_name(&mut self, name: String) {
        self.broken.insert(name);
    }

    pub(super) fn is_broken(&self, name: &str) -> bool {
        self.broken.contains(name)
    }

    pub(super) fn entry(&mut self, name: String) -> std::collections::hash_map::Entry<'_, String, Id> {
        self.ids.entry(name)
    }

    pub(super) fn get(&self, name: &str) -> Option<&Id> {
        self.ids.get(name).or_else(|| self.ids.get(self.aliases.get(name)?))
    }

    /// All names, sorted, so that suggestions do not depend on hashes.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let mut names: Vec<&str> = self.ids.keys().map(String::as_str).collect();
        names.sort_unstable();
        names.into_iter()
    }
}

impl<'a> Scope<'a> {
    /// All names.
    pub fn names(self) -> &'a Names {
        self.names
    }

    /// The module that completes unqualified names.
    pub fn module(self) -> &'a str {
        self.module
    }

    /// A name in full.
    pub fn full(self, name: &QualifiedName) -> String {
        match name.parts.as_slice() {
            [single] if !self.module.is_empty() => format!("{}.{single}", self.module),
            _ => name.text(),
        }
    }
}
