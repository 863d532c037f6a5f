//! From a manifest to the tables that it needs.

use std::collections::HashSet;

use brooklet_model::{
    Association, AssociationId, AssociationKind, AssociationOwner, AttributeRef, AttributeType, DefaultValue, EntityId,
    Manifest, RuleKind,
};

use super::{Column, Index, Member, Place, Schema, Sequence, TO_ID, Table, Unique, names};
use crate::{Naming, StoreError, kind::Kind};

/// The schema of a model whose things have these names.
pub(crate) fn build(manifest: &Manifest, naming: &Naming) -> Result<Schema, StoreError> {
    let entities = || (0..manifest.entities.len() as u32).map(EntityId);
    let tables = entities().map(|entity| table(manifest, naming, entity)).collect();
    let mut schema = Schema { tables, places: Vec::new(), indexes: Vec::new(), sequences: Vec::new() };
    for entity in entities() {
        if is_stored(manifest, entity) {
            add_indexes(manifest, entity, &mut schema)?;
            add_sequences(manifest, entity, &mut schema);
        }
    }
    for (index, association) in manifest.associations.iter().enumerate() {
        let place = add_association(manifest, naming, AssociationId(index as u32), association, &mut schema);
        schema.places.push(place);
    }
    check_names(&schema)?;
    Ok(schema)
}

/// Whether objects of an entity have a table.
pub(crate) fn is_stored(manifest: &Manifest, entity: EntityId) -> bool {
    let entity = manifest.entity(entity);
    entity.persistable && entity.unavailable.is_none()
}

fn table(manifest: &Manifest, naming: &Naming, id: EntityId) -> Option<Table> {
    if !is_stored(manifest, id) {
        return None;
    }
    let entity = manifest.entity(id);
    let stored_lineage = || manifest.lineage(id).filter(|at| is_stored(manifest, *at));
    let columns = entity.attributes.iter().enumerate().filter(|(_, attribute)| attribute.calculated.is_none()).map(
        |(index, attribute)| Column {
            name: naming
                .attribute(&entity.name, &attribute.name)
                .map_or_else(|| names::attribute(&attribute.name), str::to_owned),
            kind: Kind::of(&attribute.kind),
            member: Member::Attribute(AttributeRef { entity: id, index: index as u32 }),
            refers_to: None,
            default: match (&attribute.default, &attribute.kind) {
                // Existing objects are numbered when the column is added.
                (_, AttributeType::AutoNumber) => None,
                (None, AttributeType::Boolean) => Some(DefaultValue::Boolean(false)),
                (default, _) => default.clone(),
            },
        },
    );
    let called = naming.entity(&entity.name);
    Some(Table {
        name: called.map_or_else(|| names::qualified(&entity.name), |called| called.table.clone()),
        discriminator: called.map_or_else(|| entity.name.clone(), |called| called.discriminator.clone()),
        strangers: called.map(|called| called.strangers.clone()).unwrap_or_default(),
        entity: entity.name.clone(),
        parent: stored_lineage().nth(1),
        root: stored_lineage().last().unwrap_or(id),
        columns: columns.collect(),
    })
}

/// The indexes that the model asks for, and those that its rules of uniqueness need.
fn add_indexes(manifest: &Manifest, entity: EntityId, schema: &mut Schema) -> Result<(), StoreError> {
    let name = &manifest.entity(entity).name;
    for index in &manifest.entity(entity).indexes {
        let column = |attribute| schema.attribute(attribute).map(|column| column.name.clone());
        let columns = index.columns.iter().map(|at| Some((column(at.attribute)?, at.descending)));
        // An index over what is not stored helps nobody; one over inherited attributes cannot be made.
        let is_own = index.columns.iter().all(|at| at.attribute.entity == entity);
        if let (Some(columns), true) = (columns.collect::<Option<Vec<_>>>(), is_own) {
            add_index(schema, entity, columns, None);
        }
    }
    for rule in &manifest.entity(entity).rules {
        let RuleKind::Unique(attributes) = &rule.kind else { continue };
        let Some(owner) = attributes.first().map(|first| first.entity) else { continue };
        let members: Vec<_> = attributes.iter().map(|at| manifest.attribute(*at).name.clone()).collect();
        let columns = attributes.iter().map(|at| Some((schema.attribute(*at)?.name.clone(), false)));
        let (Some(columns), true) =
            (columns.collect::<Option<Vec<_>>>(), attributes.iter().all(|at| at.entity == owner))
        else {
            let reason = "uniqueness needs stored attributes of one entity";
            return Err(StoreError::Model(format!("{name}: {}: {reason}", members.join(", "))));
        };
        let entity = manifest.entity(owner).name.clone();
        add_index(schema, owner, columns, Some(Unique { entity, members }));
    }
    Ok(())
}

fn add_index(schema: &mut Schema, entity: EntityId, columns: Vec<(String, bool)>, unique: Option<Unique>) {
    let Some(table) = schema.table(entity).map(|table| table.name.clone()) else { return };
    add_index_to(schema, table, columns, unique);
}

fn add_index_to(schema: &mut Schema, table: String, columns: Vec<(String, bool)>, unique: Option<Unique>) {
    let name = names::index(&table, &columns, if unique.is_some() { "unique" } else { "index" });
    if !columns.is_empty() && !schema.indexes.iter().any(|index| index.name == name) {
        schema.indexes.push(Index { name, table, columns, unique });
    }
}

fn add_sequences(manifest: &Manifest, entity: EntityId, schema: &mut Schema) {
    for (index, attribute) in manifest.entity(entity).attributes.iter().enumerate() {
        let at = AttributeRef { entity, index: index as u32 };
        let Some(column) = schema.attribute(at).filter(|_| attribute.kind == AttributeType::AutoNumber) else {
            continue;
        };
        let Some(table) = schema.table(entity) else { continue };
        let start = match attribute.default {
            Some(DefaultValue::Integer(start)) => start,
            _ => 1,
        };
        let name = names::sequence(&table.name, &column.name);
        schema.sequences.push(Sequence { name, attribute: at, start });
    }
}

/// Where an association is stored; its column and its index are added.
fn add_association(
    manifest: &Manifest,
    naming: &Naming,
    id: AssociationId,
    association: &Association,
    schema: &mut Schema,
) -> Option<Place> {
    let name_of_root = |entity| Some(schema.table(schema.table(entity)?.root)?.name.clone());
    let (from_root, to_root) = (name_of_root(association.from)?, name_of_root(association.to)?);
    let called = naming.association(&association.name).map(str::to_owned);
    let name = called.clone().unwrap_or_else(|| names::qualified(&association.name));
    match association.kind {
        AssociationKind::Reference => {
            let table = schema.tables.get_mut(association.from.index())?.as_mut()?;
            table.columns.push(Column {
                name: name.clone(),
                kind: Kind::Id,
                member: Member::Reference(id),
                refers_to: Some(to_root.clone()),
                default: None,
            });
            let one_to_one = association.owner == AssociationOwner::Both && association.system.is_none();
            let unique = one_to_one.then(|| Unique {
                entity: manifest.entity(association.from).name.clone(),
                members: vec![association.name.clone()],
            });
            add_index(schema, association.from, vec![(name.clone(), false)], unique);
            Some(Place::Column { owner: association.from, column: name, refers_to: to_root })
        }
        AssociationKind::ReferenceSet => {
            // An entity may have the association's name: its table keeps it.
            let taken = called.is_none() && schema.tables.iter().flatten().any(|table| table.name == name);
            let table = if taken { names::set(&name) } else { name };
            add_index_to(schema, table.clone(), vec![(TO_ID.to_owned(), false)], None);
            Some(Place::Pairs { table, from: from_root, to: to_root })
        }
    }
}

/// Two things of one name would share their data.
fn check_names(schema: &Schema) -> Result<(), StoreError> {
    let mut tables = HashSet::new();
    let pairs = schema.places.iter().flatten().filter_map(|place| match place {
        Place::Pairs { table, .. } => Some(table),
        Place::Column { .. } => None,
    });
    for name in schema.tables.iter().flatten().map(|table| &table.name).chain(pairs) {
        if !tables.insert(name) {
            return Err(StoreError::Model(format!("two entities or associations would have the table {name:?}")));
        }
    }
    for table in schema.tables.iter().flatten() {
        let mut columns = HashSet::new();
        if let Some(twice) = table.columns.iter().find(|column| !columns.insert(&column.name)) {
            return Err(StoreError::Model(format!(
                "{}: two members would have the column {:?}",
                table.entity, twice.name
            )));
        }
    }
    Ok(())
}
