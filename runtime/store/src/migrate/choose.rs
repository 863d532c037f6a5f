//! What things are to be called by the version to come.
//!
//! What comes from the same origin keeps its place, whatever it is called, unless its kind changed; then, where origins do not
//! tell, what is there under the same name, and what was renamed takes the place of its former name; what is new takes what
//! is parked under its name and fits, or a name that is free. In this order, so that nothing new takes the place of something
//! that is only called differently.

use std::collections::{BTreeMap, BTreeSet};

use brooklet_model::{Association, AssociationKind, Attribute, AttributeType, EntityId, Manifest};

use super::{
    known::{Formers, Found, Known, Stored, same},
    ledger::{column_item, pairs_definition, pairs_item, reference_definition, table_item, trigger_item},
    planner::trigger_name,
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
    /// By table and new column: keys that have another name now, before and after.
    pub(super) keys: BTreeMap<(String, String), Vec<(String, String)>>,
    /// By table and column: columns of more general or more special tables that held the attribute.
    pub(super) moved: BTreeMap<(String, String), Vec<(String, String)>>,
    /// By new column or table of an association: where its references are.
    pub(super) carried: BTreeMap<String, Found>,
    /// By column or table of an association that is taken into use again: where its references are now.
    pub(super) refreshed: BTreeMap<String, Found>,
    /// Associations that go on with what they held when their places were left.
    pub(super) resumed: Vec<String>,
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

/// Where an attribute's values are: what it was called in the version before, and its column.
#[derive(Clone)]
struct Present {
    attribute: String,
    column: String,
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
        let origins = self.known.entities_by_origin(to);
        for (id, name) in stored.iter().filter_map(|id| Some((*id, origins[id.index()].as_ref()?))) {
            self.take_entity(id, name);
        }
        for renamed in [false, true] {
            for id in stored {
                let entity = to.entity(*id);
                let names = candidates(&entity.name, self.formers.entity(entity), renamed, all());
                for name in names {
                    self.take_entity(*id, &name);
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
            let strangers = self.strangers(*id);
            let Some(Chosen { called, .. }) = &mut self.entities[id.index()] else { continue };
            called.strangers = strangers;
            if called.table != names::qualified(name) || called.discriminator != *name || !called.strangers.is_empty() {
                self.choice.naming.set_entity(name, called.clone());
            }
        }
    }

    /// Gives an entity that has no names yet those of an entity of the version before, if they are nobody's.
    fn take_entity(&mut self, id: EntityId, name: &str) {
        let chosen = &mut self.entities[id.index()];
        if let (None, Some(called)) = (&chosen, self.known.entity(name))
            && self.claimed.insert(table_item(&called.table))
        {
            *chosen = Some(Chosen { before: Some(name.to_owned()), called });
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
        EntityName { table, discriminator, strangers: BTreeSet::new() }
    }

    /// Discriminators of rows in an entity's table that are no objects of it: of what has specialized it, and exists without it.
    fn strangers(&self, id: EntityId) -> BTreeSet<String> {
        let Some(Chosen { before, called }) = &self.entities[id.index()] else { return BTreeSet::new() };
        let mut strangers = called.strangers.clone();
        // A table that was parked still has the rows of whatever specialized its entity then.
        let was_parked = before.is_none() && self.known.ledger.has(&table_item(&called.table));
        for (index, other) in self.entities.iter().enumerate() {
            let Some(Chosen { before: was, called: other }) = other else { continue };
            if self.to.is_a(EntityId(index as u32), id) {
                strangers.remove(&other.discriminator);
            } else if was_parked
                || was
                    .as_ref()
                    .zip(before.as_ref())
                    .is_some_and(|(was, before)| self.known.has_specialized(was, before, (&other.table, &called.table)))
            {
                strangers.insert(other.discriminator.clone());
            }
        }
        strangers
    }

    fn attributes(&mut self, id: EntityId) {
        let entity = self.to.entity(id);
        let Some(Chosen { before, called: EntityName { table, .. } }) = self.entities[id.index()].clone() else {
            return;
        };
        let mut columns: Vec<Option<Present>> = vec![None; entity.attributes.len()];
        if let Some(before) = &before {
            let origins = self.known.attributes_by_origin(self.to, entity, before);
            for (column, name) in columns.iter_mut().zip(&origins) {
                self.take_column(column, (&table, before), name);
            }
            for renamed in [false, true] {
                for (column, attribute) in columns.iter_mut().zip(&entity.attributes) {
                    if attribute.calculated.is_some() {
                        continue;
                    }
                    let formers = self.formers.attribute(&entity.name, before, &attribute.name);
                    let all = entity.attributes.iter().map(|other| other.name.as_str());
                    let names = candidates(&attribute.name, formers, renamed, all);
                    self.take_column(column, (&table, before), &names);
                }
            }
        }
        for (present, attribute) in columns.into_iter().zip(&entity.attributes) {
            if attribute.calculated.is_some() {
                continue;
            }
            let by_rule = names::attribute(&attribute.name);
            let keys = match (&before, &present) {
                (Some(before), Some(present)) => {
                    self.known.renamed_keys(self.to, &attribute.kind, (before, &present.attribute))
                }
                _ => Vec::new(),
            };
            let kind = Kind::of(&attribute.kind).code();
            let is_new = present.is_none();
            let column = self.column(&table, &by_rule, kind, present.map(|present| present.column), keys);
            if let (true, Some(before)) = (is_new, &before) {
                self.note_moved((&table, &column), before, attribute);
            }
            if column != by_rule {
                self.choice.naming.set_attribute(&entity.name, &attribute.name, column);
            }
        }
    }

    /// Notes where values of an attribute are that has moved up or down in its hierarchy. A place that nobody has left yet has
    /// values of its own.
    fn note_moved(&mut self, (table, column): (&str, &str), before: &str, attribute: &Attribute) {
        let item = column_item(table, column);
        let is_left = !self.known.ledger.has(&item) || self.known.ledger.parked(&item).is_some();
        // Keys of enumerations may mean something else by now.
        if !is_left || matches!(attribute.kind, AttributeType::AutoNumber | AttributeType::Enumeration(_)) {
            return;
        }
        let relatives = self.entities.iter().zip(&self.to.entities).filter_map(|(chosen, entity)| {
            let Chosen { before: Some(was), called } = chosen.as_ref()? else { return None };
            let has_it = entity.attributes.iter().any(|other| same(&other.name, &attribute.name));
            let is_same_kind = self.known.is_of_kind(was, attribute);
            if has_it || !is_same_kind || !self.known.are_related(was, before) {
                return None;
            }
            Some((called.table.clone(), self.known.attribute(&called.table, was, &attribute.name)?))
        });
        let kind = Some(Kind::of(&attribute.kind).code());
        let sources: Vec<_> =
            relatives.filter(|(table, column)| self.known.ledger.get(&column_item(table, column)) == kind).collect();
        if !sources.is_empty() {
            self.choice.moved.insert((table.to_owned(), column.to_owned()), sources);
        }
    }

    /// Gives an attribute that has none yet the first column that is nobody's of those that attributes of these names had.
    fn take_column<'n>(
        &mut self,
        present: &mut Option<Present>,
        (table, before): (&str, &str),
        names: impl IntoIterator<Item = &'n String>,
    ) {
        for attribute in names {
            if let (None, Some(column)) = (&present, self.known.attribute(table, before, attribute))
                && self.claimed.insert(column_item(table, &column))
            {
                *present = Some(Present { attribute: attribute.clone(), column });
            }
        }
    }

    /// The column for values of a kind, given where they are.
    fn column(
        &mut self,
        table: &str,
        by_rule: &str,
        kind: &str,
        present: Option<String>,
        keys: Vec<(String, String)>,
    ) -> String {
        let item = |column: &str| column_item(table, column);
        let fits = |definition: &str| definition == kind;
        let column = match present {
            Some(present) if keys.is_empty() && self.known.ledger.get(&item(&present)).is_some_and(fits) => present,
            Some(present) => self.equal(table, &present, kind).unwrap_or_else(|| {
                let new = self.free(by_rule, &[&item]);
                let place = (table.to_owned(), new.clone());
                self.choice.keys.insert(place.clone(), keys);
                self.choice.converted.insert(place, present);
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
        let mut present: Vec<Option<Found>> = vec![None; to.associations.len()];
        let origins = self.known.associations_by_origin(to);
        for ((present, association), name) in present.iter_mut().zip(&to.associations).zip(&origins) {
            self.take_association(present, association, name);
        }
        for renamed in [false, true] {
            for (present, association) in present.iter_mut().zip(&to.associations) {
                let names = candidates(&association.name, self.formers.association(association), renamed, all());
                self.take_association(present, association, &names);
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
                    let wanted = Wanted { table: Some(table), definition: reference_definition(&to_root) };
                    let name = self.place(&association.name, &by_rule, &wanted, present);
                    (by_rule, name)
                }
                AssociationKind::ReferenceSet => {
                    // An entity's table keeps its name.
                    let is_taken = self.claimed.contains(&table_item(&by_rule));
                    let by_rule = if is_taken { names::set(&by_rule) } else { by_rule };
                    let wanted = Wanted { table: None, definition: pairs_definition(&from_root, &to_root) };
                    let name = self.place(&association.name, &by_rule, &wanted, present);
                    (by_rule, name)
                }
            };
            if name != by_rule {
                self.choice.naming.set_association(&association.name, name);
            }
        }
    }

    /// Gives an association that has none yet the first place that is nobody's of those that associations of these names had.
    fn take_association<'n>(
        &mut self,
        present: &mut Option<Found>,
        association: &Association,
        names: impl IntoIterator<Item = &'n String>,
    ) {
        let table = |entity: EntityId| self.entities[entity.index()].as_ref().map(|chosen| chosen.called.table.clone());
        let (Some(from), Some(to)) = (table(association.from), table(association.to)) else { return };
        for name in names {
            if let (None, Some(found)) = (&present, self.known.association((&from, &to), name))
                && self.claimed.insert(found.stored.item())
            {
                *present = Some(found);
            }
        }
    }

    /// The column or table for an association, given where its references are.
    fn place(&mut self, association: &str, by_rule: &str, wanted: &Wanted, present: Option<Found>) -> String {
        let fits = |known: &str| known == wanted.definition;
        let item = |name: &str| wanted.item(name);
        let free = |chooser: &Self| match wanted.table {
            Some(_) => chooser.free(by_rule, &[&item]),
            None => chooser.free(by_rule, &[&item, &table_item]),
        };
        let former = self.parked(by_rule, &item, fits);
        let name = match (present, former) {
            (Some(found), _) if self.is_there(&found, wanted) => found.stored.name().to_owned(),
            (None, former) => former.unwrap_or_else(|| free(self)),
            (Some(found), former) => match (self.linked(&found.stored, wanted), former) {
                (Some(linked), _) => linked,
                // What it held then is better than what can be made of references to other things.
                (None, Some(former)) if found.is_turned || found.has_other_end => {
                    self.choice.resumed.push(association.to_owned());
                    former
                }
                // Where one kind has several objects and the other none, only the former place still knows them.
                (None, Some(former)) if found.stored.is_pairs() == wanted.table.is_some() => {
                    self.choice.refreshed.insert(former.clone(), found);
                    former
                }
                _ => {
                    let new = free(self);
                    self.choice.carried.insert(new.clone(), found);
                    new
                }
            },
        };
        self.claimed.insert(item(&name));
        name
    }

    /// Whether references are in the wanted place already.
    fn is_there(&self, found: &Found, wanted: &Wanted) -> bool {
        let item = found.stored.item();
        let fits = |known: &str| known == wanted.definition;
        !found.is_turned && item == wanted.item(found.stored.name()) && self.known.ledger.get(&item).is_some_and(fits)
    }

    /// The wanted place, if there is one that triggers keep equal to where references are.
    fn linked(&self, stored: &Stored, wanted: &Wanted) -> Option<String> {
        let ledger = self.known.ledger;
        let begin = wanted.item("");
        let mut fitting = ledger.starting(&begin).filter(|(_, definition)| *definition == wanted.definition);
        let name = fitting.find(|(name, _)| {
            let places = match (stored, &wanted.table) {
                (Stored::Column { table, column }, None) => [table.as_str(), column, name],
                (Stored::Pairs { table: pairs }, Some(table)) => [table.as_str(), name, pairs],
                _ => return false,
            };
            ledger.has(&trigger_item(&trigger_name(&places)))
        });
        name.map(|(name, _)| name.to_owned())
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

    pub(super) fn is_pairs(&self) -> bool {
        matches!(self, Self::Pairs { .. })
    }

    /// What the ledger calls it.
    pub(super) fn item(&self) -> String {
        match self {
            Self::Column { table, column } => column_item(table, column),
            Self::Pairs { table } => pairs_item(table),
        }
    }
}

/// The place that an association is to have.
struct Wanted {
    /// The table of its column; none for a table of pairs.
    table: Option<String>,
    /// What the ledger says of it.
    definition: String,
}

impl Wanted {
    /// What the ledger calls a place of a name.
    fn item(&self, name: &str) -> String {
        self.table.as_ref().map_or_else(|| pairs_item(name), |table| column_item(table, name))
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
