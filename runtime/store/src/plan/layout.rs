//! Which column of a result holds which member of which entity.
//!
//! A row of an entity has the columns of its generalizations, of itself and of all its specializations, in this order. Its
//! discriminator says which of them count.

use brooklet_model::{AssociationId, EntityId, Manifest};
use brooklet_values::{ObjectId, Value};

use crate::{
    Row,
    database::RawRow,
    kind::Kind,
    schema::{Member, Schema},
};

/// How rows of an entity are read.
#[derive(Debug)]
pub(crate) struct Layout {
    columns: Vec<LayoutColumn>,
    /// The entity itself first, then its specializations.
    concrete: Vec<Concrete>,
}

/// A column of a result.
#[derive(Debug)]
pub(crate) struct LayoutColumn {
    pub(crate) owner: EntityId,
    pub(crate) name: String,
    kind: Kind,
    member: Member,
}

/// Where the members of a concrete entity are.
#[derive(Debug)]
struct Concrete {
    entity: EntityId,
    discriminator: String,
    /// By slot: the column; none when it is not stored.
    slots: Vec<Option<usize>>,
    references: Vec<(AssociationId, usize)>,
}

impl Layout {
    /// The layout of an entity; none when it is not stored. `references` are those of each entity.
    pub(crate) fn new(
        manifest: &Manifest,
        schema: &Schema,
        references: &[Vec<AssociationId>],
        entity: EntityId,
    ) -> Option<Self> {
        schema.table(entity)?;
        let mut owners: Vec<_> = manifest.lineage(entity).collect();
        owners.reverse();
        let special = manifest.specializations(entity).filter(|at| *at != entity && schema.table(*at).is_some());
        let special: Vec<_> = special.collect();
        owners.extend(&special);
        let mut columns = Vec::new();
        for owner in owners {
            let members = schema.table(owner).map_or(&[][..], |table| &table.columns);
            columns.extend(members.iter().map(|column| LayoutColumn {
                owner,
                name: column.name.clone(),
                kind: column.kind,
                member: column.member,
            }));
        }
        let at = |member| columns.iter().position(|column| column.member == member);
        let concrete = std::iter::once(entity).chain(special).map(|entity| Concrete {
            entity,
            discriminator: schema.table(entity).map(|table| table.discriminator.clone()).unwrap_or_default(),
            slots: manifest.slots(entity).into_iter().map(|slot| at(Member::Attribute(slot))).collect(),
            references: references[entity.index()]
                .iter()
                .filter_map(|association| Some((*association, at(Member::Reference(*association))?)))
                .collect(),
        });
        let concrete = concrete.collect();
        Some(Self { columns, concrete })
    }

    /// Whether the concrete entity has to be read.
    pub(crate) fn is_discriminated(&self) -> bool {
        self.concrete.len() > 1
    }

    pub(crate) fn columns(&self) -> &[LayoutColumn] {
        &self.columns
    }

    /// The object in a row whose columns start at `first`: its id, its discriminator if there is one, and its members.
    pub(crate) fn read(&self, row: RawRow<'_>, first: usize) -> Result<Row, sqlx::Error> {
        let id = ObjectId(row.number(first)?);
        let members = first + 1 + usize::from(self.is_discriminated());
        let concrete = if self.is_discriminated() { self.concrete(row.text(first + 1)?) } else { &self.concrete[0] };
        let value = |column: &Option<usize>| match column {
            Some(column) => row.value(members + column, self.columns[*column].kind),
            None => Ok(Value::Empty),
        };
        let reference = |(association, column): &(AssociationId, usize)| {
            Ok((*association, row.integer(members + column)?.map(ObjectId)))
        };
        Ok(Row {
            entity: concrete.entity,
            id,
            attributes: concrete.slots.iter().map(value).collect::<Result<_, sqlx::Error>>()?,
            references: concrete.references.iter().map(reference).collect::<Result<_, sqlx::Error>>()?,
        })
    }

    /// The entity that a discriminator names. A newer version of the model may have written one that this version does
    /// not know: such an object is read as what was asked for.
    fn concrete(&self, discriminator: Option<&str>) -> &Concrete {
        self.concrete
            .iter()
            .find(|concrete| Some(concrete.discriminator.as_str()) == discriminator)
            .unwrap_or(&self.concrete[0])
    }
}
