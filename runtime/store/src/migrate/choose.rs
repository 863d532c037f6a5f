//! What things are to be called by the version to come.
//!
//! What is there under the same name keeps its place, unless its kind changed; what was renamed takes the place of its
//! former name; what is new takes what is parked under its name and fits, or a name that is free. In this order, so that
//! nothing new takes the place of something that is only called differently.

use std::collections::{BTreeMap, BTreeSet};

use brooklet_model::{AssociationKind, EntityId, Manifest};

use super::{
    known::{Formers, Known, Stored, same},
    ledger::{column_item, pairs_definition, pairs_item, reference_definition, table_item},
};
use crate::{
    Naming,
    kind::Kind,
    limits,
    naming::EntityName,
    schema::{is_stored, names},
};

/// The names, and where to fill from what has a new place.
#[derive(Default)]
pub(super) struct Choice {
    pub(super) naming: Naming,
    /// By table and new column: the column with the values in another kind.
    pub(super) converted: BTreeMap<(String, String), String>,
    /// By new column or table of an association: where its references are.
    pub(super) carried: BTreeMap<String, Stored>,
}

/// Chooses names.
pub(super) struct Chooser<'a> {
    to: &'a Manifest,
    known: Known<'a>,
    formers: Formers<'a>,
    /// What the version before uses: items of the ledger. Nothing new may take it.
    used: BTreeSet<String>,
    /// Items that have an owner in the version to come.
    claimed: BTreeSet<String>,
    entities: Vec<Option<Chosen>>,
    choice: Choice,
}

/// An entity's names: what it was called in the version before, if it was there, and in the database.
#[derive(Clone)]
struct Chosen {
    before: Option<String>,
    called: EntityName,
}

impl<'a> Chooser<'a> {
    pub(super) fn new(to: &'a Manifest, known: Known<'a>, used: BTreeSet<String>) -> Self {
        let formers = Formers { to: &to.former, from: known.manifest.map(|manifest| &manifest.former) };
        let entities = vec![None; to.entities.len()];
        Self { to, known, formers, used, claimed: BTreeSet::new(), entities, choice: Choice::default() }
    }

    pub(super) fn choose(mut self) -> Choice {
        let stored: Vec<_> =
            (0..self.to.entities.len() as u32).map(EntityId).filter(|id| is_stored(self.to, *id)).collect();
        self.entities(&stored);
        for id in stored {
            self.attributes(id);
        }
        self.associations();
        self.choice
    }

    fn entities(&mut self, stored: &[EntityId]) {
        let to = self.to;
        let all = || to.entities.iter().map(|entity| entity.name.as_str());
        for renamed in [false, true] {
            for id in stored {
                let entity = to.entity(*id);
                let names = candidates(&entity.name, self.formers.entity(entity), renamed, all());
                if self.entities[id.index()].is_none() {
                    self.entities[id.index()] = names.into_iter().find_map(|name| {
                        let called = self.known.entity(&name)?;
                        self.claimed.insert(table_item(&called.table)).then_some(Chosen { before: Some(name), called })
                    });
                }
            }
        }
        for id in stored {
            if self.entities[id.index()].is_none() {
                let called = self.new_entity(&to.entity(*id).name);
                self.entities[id.index()] = Some(Chosen { before: None, called });
            }
        }
        for id in stored {
            let name = &to.entity(*id).name;
            let Some(Chosen { called, .. }) = &self.entities[id.index()] else { continue };
            if called.table != names::qualified(name) || called.discriminator != *name {
                self.choice.naming.set_entity(name, called.clone());
            }
        }
    }

    /// A table of one's own: one that is parked, or a new one.
    fn new_entity(&mut self, name: &str) -> EntityName {
        let by_rule = names::qualified(name);
        let parked = self.parked(&by_rule, &table_item, |_| true);
        let table = parked.unwrap_or_else(|| self.free(&by_rule, &[&table_item, &pairs_item]));
        self.claimed.insert(table_item(&table));
        let is_taken = |discriminator: &String| {
            self.entities.iter().flatten().any(|chosen| chosen.called.discriminator == *discriminator)
        };
        let mut numbers = (1..).map(|number| names::numbered(name, number));
        let discriminator = numbers.find(|discriminator| !is_taken(discriminator)).unwrap_or_default();
        EntityName { table, discriminator }
    }

    fn attributes(&mut self, id: EntityId) {
        let entity = self.to.entity(id);
        let Some(Chosen { before, called: EntityName { table, .. } }) = self.entities[id.index()].clone() else {
            return;
        };
        let mut columns: Vec<Option<String>> = vec![None; entity.attributes.len()];
        if let Some(before) = &before {
            for renamed in [false, true] {
                for (column, attribute) in columns.iter_mut().zip(&entity.attributes) {
                    if column.is_some() || attribute.calculated.is_some() {
                        continue;
                    }
                    let formers = self.formers.attribute(&entity.name, before, &attribute.name);
                    let all = entity.attributes.iter().map(|other| other.name.as_str());
                    let names = candidates(&attribute.name, formers, renamed, all);
                    let known = &self.known;
                    let claimed = &mut self.claimed;
                    *column = names.into_iter().find_map(|name| {
                        let column = known.attribute(&table, before, &name)?;
                        claimed.insert(column_item(&table, &column)).then_some(column)
                    });
                }
            }
        }
        for (column, attribute) in columns.into_iter().zip(&entity.attributes) {
            if attribute.calculated.is_some() {
                continue;
            }
            let by_rule = names::attribute(&attribute.name);
            let kind = Kind::of(&attribute.kind).code();
            let column = self.column(&table, &by_rule, kind, column);
            if column != by_rule {
                self.choice.naming.set_attribute(&entity.name, &attribute.name, column);
            }
        }
    }

    /// The column for values of a kind, given where they are.
    fn column(&mut self, table: &str, by_rule: &str, kind: &str, present: Option<String>) -> String {
        let item = |column: &str| column_item(table, column);
        let fits = |definition: &str| definition == kind;
        let column = match present {
            Some(present) if self.known.ledger.get(&item(&present)).is_some_and(fits) => present,
            Some(present) => self.equal(table, &present, kind).unwrap_or_else(|| {
                let new = self.free(by_rule, &[&item]);
                self.choice.converted.insert((table.to_owned(), new.clone()), present);
                new
            }),
            None => self.parked(by_rule, &item, fits).unwrap_or_else(|| self.free(by_rule, &[&item])),
        };
        self.claimed.insert(item(&column));
        column
    }

    /// The column of a kind that triggers keep equal to another.
    fn equal(&self, table: &str, column: &str, kind: &str) -> Option<String> {
        let begin = format!("equal {table} ");
        let mut pairs = self.known.ledger.starting(&begin).filter_map(|(pair, _)| pair.split_once(' '));
        let other = pairs.find_map(|(one, other)| match (one == column, other == column) {
            (true, _) => Some(other),
            (_, true) => Some(one),
            _ => None,
        })?;
        (self.known.ledger.get(&column_item(table, other)) == Some(kind)).then(|| other.to_owned())
    }

    fn associations(&mut self) {
        let to = self.to;
        let all = || to.associations.iter().map(|association| association.name.as_str());
        let mut present: Vec<Option<Stored>> = vec![None; to.associations.len()];
        for renamed in [false, true] {
            for (present, association) in present.iter_mut().zip(&to.associations) {
                let Some(Chosen { called, .. }) = &self.entities[association.from.index()] else { continue };
                if present.is_some() || self.entities[association.to.index()].is_none() {
                    continue;
                }
                let names = candidates(&association.name, self.formers.association(association), renamed, all());
                let (known, claimed) = (&self.known, &mut self.claimed);
                *present = names.into_iter().find_map(|name| {
                    let stored = known.association(&called.table, &name)?;
                    claimed.insert(stored.item()).then_some(stored)
                });
            }
        }
        for (present, association) in present.into_iter().zip(&to.associations) {
            let (Some(from), Some(_)) =
                (&self.entities[association.from.index()], &self.entities[association.to.index()])
            else {
                continue;
            };
            let table = from.called.table.clone();
            let (from_root, to_root) = (self.root_table(association.from), self.root_table(association.to));
            let by_rule = names::qualified(&association.name);
            let (by_rule, name) = match association.kind {
                AssociationKind::Reference => {
                    let item = |column: &str| column_item(&table, column);
                    let name = self.place(&by_rule, &item, &[&item], &reference_definition(&to_root), present);
                    (by_rule, name)
                }
                AssociationKind::ReferenceSet => {
                    let definition = pairs_definition(&from_root, &to_root);
                    // An entity's table keeps its name.
                    let is_taken = self.claimed.contains(&table_item(&by_rule));
                    let by_rule = if is_taken { names::set(&by_rule) } else { by_rule };
                    let name = self.place(&by_rule, &pairs_item, &[&pairs_item, &table_item], &definition, present);
                    (by_rule, name)
                }
            };
            if name != by_rule {
                self.choice.naming.set_association(&association.name, name);
            }
        }
    }

    /// The column or table for an association, given where its references are.
    fn place(
        &mut self,
        by_rule: &str,
        item: &dyn Fn(&str) -> String,
        taken: &[&dyn Fn(&str) -> String],
        definition: &str,
        present: Option<Stored>,
    ) -> String {
        let fits = |known: &str| known == definition;
        let name = match present {
            Some(stored)
                if stored.item() == item(stored.name()) && self.known.ledger.get(&stored.item()).is_some_and(fits) =>
            {
                stored.name().to_owned()
            }
            Some(stored) => {
                let new = self.free(by_rule, taken);
                self.choice.carried.insert(new.clone(), stored);
                new
            }
            None => self.parked(by_rule, item, fits).unwrap_or_else(|| self.free(by_rule, taken)),
        };
        self.claimed.insert(item(&name));
        name
    }

    fn root_table(&self, entity: EntityId) -> String {
        let root = self.to.lineage(entity).filter_map(|at| self.entities[at.index()].as_ref()).last();
        root.map(|chosen| chosen.called.table.clone()).unwrap_or_default()
    }

    /// What was parked last under a name, fits, and is nobody's.
    fn parked(&self, name: &str, item: &dyn Fn(&str) -> String, fits: impl Fn(&str) -> bool) -> Option<String> {
        let ledger = self.known.ledger;
        let numbered = (1..=limits::NAMESAKES_MAX).map(|number| names::numbered(name, number));
        let is_free = |name: &String| {
            let item = item(name);
            let is_nobodys = ledger.parked(&item).is_some() || self.known.manifest.is_some();
            is_nobodys
                && !self.used.contains(&item)
                && !self.claimed.contains(&item)
                && ledger.get(&item).is_some_and(&fits)
        };
        numbered.filter(is_free).max_by_key(|name| ledger.parked(&item(name)).unwrap_or(i64::MAX))
    }

    /// A name that nothing has or had.
    fn free(&self, name: &str, items: &[&dyn Fn(&str) -> String]) -> String {
        let is_taken = |name: &String| {
            let mut items = items.iter().map(|item| item(name));
            items.any(|item| self.known.ledger.has(&item) || self.claimed.contains(&item))
        };
        let mut numbered = (1..).map(|number| names::numbered(name, number));
        numbered.find(|name| !is_taken(name)).unwrap_or_default()
    }
}

impl Stored {
    /// The name of the column, or of the table of pairs.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Column { column, .. } => column,
            Self::Pairs { table } => table,
        }
    }

    /// What the ledger calls it.
    pub(super) fn item(&self) -> String {
        match self {
            Self::Column { table, column } => column_item(table, column),
            Self::Pairs { table } => pairs_item(table),
        }
    }
}

/// The names under which something is looked for: its own, or its former ones that nothing else has now.
fn candidates<'n>(
    name: &str,
    formers: Vec<String>,
    renamed: bool,
    all: impl Iterator<Item = &'n str> + Clone,
) -> Vec<String> {
    if !renamed {
        return vec![name.to_owned()];
    }
    formers.into_iter().filter(|former| !all.clone().any(|other| same(other, former))).collect()
}
