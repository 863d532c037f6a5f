//! One version of a model, prepared for one kind of database.

mod layout;

use std::{
    collections::HashMap,
    fmt,
    hash::Hash,
    sync::{Arc, PoisonError, RwLock},
};

use brooklet_model::{AssociationId, AttributeType, EntityId, Manifest, Query, QueryId};

use sea_query::Values;

use crate::{
    Bindings, Naming, StoreError,
    compile::{self, Fixed, NOBODY, Rendered, Shape, Variant},
    database::Statement,
    dialect::Flavor,
    limits, migrate,
    schema::{self, Place, Schema},
};

pub(crate) use layout::Layout;

/// One version of a model, prepared for one kind of database.
#[derive(Debug)]
pub struct Plan {
    pub(crate) model: Arc<Model>,
    queries: Vec<CompiledQuery>,
}

/// A query, ready to run many times. The SQL of each combination of empty parameters is rendered when it is first met.
#[derive(Debug)]
pub struct CompiledQuery {
    model: Arc<Model>,
    query: Query,
    rendered: Cache<Variant>,
}

/// What plans and queries share.
pub(crate) struct Model {
    pub(crate) manifest: Arc<Manifest>,
    /// What things are called where the rule does not say it.
    pub(crate) naming: Naming,
    pub(crate) schema: Schema,
    pub(crate) flavor: Flavor,
    /// Stands for all tables and columns that the model needs.
    pub(crate) fingerprint: String,
    layouts: Vec<Option<Layout>>,
    references: Vec<Vec<AssociationId>>,
    auto_numbers: Vec<Vec<u32>>,
    fixed: Cache<Fixed>,
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").field("flavor", &self.flavor).finish_non_exhaustive()
    }
}

/// Statements that were rendered before.
#[derive(Debug)]
struct Cache<K>(RwLock<HashMap<K, Arc<Rendered>>>);

impl<K: Copy + Eq + Hash> Cache<K> {
    fn get_or(
        &self,
        key: K,
        render: impl FnOnce() -> Result<Rendered, StoreError>,
    ) -> Result<Arc<Rendered>, StoreError> {
        // A panic elsewhere leaves the map as it was: each entry is put in as a whole.
        if let Some(known) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(known.clone());
        }
        let rendered = Arc::new(render()?);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // Who passes many parameters in ever new combinations pays for rendering, not everybody in memory.
        if known.len() < limits::VARIANTS_PER_CACHE_MAX {
            known.insert(key, rendered.clone());
        }
        Ok(rendered)
    }
}

impl<K> Default for Cache<K> {
    fn default() -> Self {
        Self(RwLock::new(HashMap::new()))
    }
}

impl Plan {
    pub(crate) fn new(manifest: Arc<Manifest>, naming: &Naming, flavor: Flavor) -> Result<Self, StoreError> {
        let model = Arc::new(Model::new(manifest, naming, flavor)?);
        let queries = model.manifest.queries.iter().map(|query| model.clone().query(query.clone())).collect();
        Ok(Self { model, queries })
    }

    /// The model.
    pub fn manifest(&self) -> &Manifest {
        &self.model.manifest
    }

    /// What things are called in the database.
    pub fn naming(&self) -> &Naming {
        &self.model.naming
    }

    /// A query of the model; an error when the model has no such query.
    pub fn query(&self, id: QueryId) -> Result<&CompiledQuery, StoreError> {
        self.queries.get(id.index()).ok_or_else(|| StoreError::Model(format!("there is no query {}", id.0)))
    }

    /// Renders each query of the model once, so that mistakes show before the first request.
    pub fn check_queries(&self) -> Vec<(QueryId, StoreError)> {
        let check =
            |(index, query): (usize, &CompiledQuery)| query.check().err().map(|error| (QueryId(index as u32), error));
        self.queries.iter().enumerate().filter_map(check).collect()
    }

    /// Compiles a query that the caller put together: a query of the model with an access rule's constraint, say. Keep
    /// the result with the version; compiling is not free.
    pub fn compile(&self, query: &Query) -> Result<CompiledQuery, StoreError> {
        let compiled = self.model.clone().query(query.clone());
        compiled.check()?;
        Ok(compiled)
    }

    /// Whether objects of the entity have a table: it is persistable and available.
    pub fn is_stored(&self, entity: EntityId) -> bool {
        self.model.schema.table(entity).is_some()
    }

    /// Whether the association is stored: both of its ends are.
    pub fn is_association_stored(&self, association: AssociationId) -> bool {
        self.model.schema.place(association).is_some()
    }

    /// The stored references (not sets) that objects of the entity own, inherited ones included.
    pub fn references(&self, entity: EntityId) -> &[AssociationId] {
        self.model.references.get(entity.index()).map_or(&[], Vec::as_slice)
    }

    /// The slots of the entity's AutoNumber attributes, to be drawn before the first insert.
    pub fn auto_numbers(&self, entity: EntityId) -> &[u32] {
        self.model.auto_numbers.get(entity.index()).map_or(&[], Vec::as_slice)
    }
}

impl Model {
    pub(crate) fn new(manifest: Arc<Manifest>, naming: &Naming, flavor: Flavor) -> Result<Self, StoreError> {
        let schema = schema::build(&manifest, naming)?;
        let naming = naming.clone();
        let entities = || (0..manifest.entities.len() as u32).map(EntityId);
        let references: Vec<_> = entities().map(|entity| references(&manifest, &schema, entity)).collect();
        let layouts = entities().map(|entity| Layout::new(&manifest, &schema, &references, entity)).collect();
        let auto_numbers = entities().map(|entity| auto_numbers(&manifest, entity)).collect();
        let fingerprint = migrate::fingerprint(&schema, &manifest.former);
        let fixed = Cache::default();
        Ok(Self { manifest, naming, schema, flavor, fingerprint, layouts, references, auto_numbers, fixed })
    }

    /// Marks the text of a statement with the schema that it is for.
    ///
    /// Connections remember statements by their text, with the types of their columns and values. A newer model whose
    /// attribute has another type must not meet what an older one left there.
    pub(crate) fn marked(&self, sql: String) -> Arc<str> {
        format!("{sql} /* {} */", &self.fingerprint[..12]).into()
    }

    /// A statement over so many rows. Only one over a single row, or over a list of ids, is worth remembering.
    pub(crate) fn statement(&self, (sql, values): (String, Values), rows: usize) -> Statement {
        match rows {
            1 => Statement { sql: self.marked(sql), values, remembered: true },
            _ => Statement::once((sql, values)),
        }
    }

    fn query(self: Arc<Self>, query: Query) -> CompiledQuery {
        CompiledQuery { model: self, query, rendered: Cache::default() }
    }

    /// How rows of an entity are read; none when it is not stored.
    pub(crate) fn layout(&self, entity: EntityId) -> Option<&Layout> {
        self.layouts.get(entity.index())?.as_ref()
    }

    /// A statement that follows from the model alone.
    pub(crate) fn fixed(&self, statement: Fixed) -> Result<Arc<Rendered>, StoreError> {
        self.fixed.get_or(statement, || statement.render(self))
    }
}

/// Stored references that an entity owns, the most general entity's first.
fn references(manifest: &Manifest, schema: &Schema, entity: EntityId) -> Vec<AssociationId> {
    let associations = (0..manifest.associations.len() as u32).map(AssociationId);
    let is_own = |id: &AssociationId| match schema.place(*id) {
        Some(Place::Column { owner, .. }) => manifest.is_a(entity, *owner),
        _ => false,
    };
    associations.filter(is_own).collect()
}

fn auto_numbers(manifest: &Manifest, entity: EntityId) -> Vec<u32> {
    let slots = manifest.slots(entity).into_iter().enumerate();
    slots
        .filter(|(_, at)| manifest.attribute(*at).kind == AttributeType::AutoNumber)
        .map(|(slot, _)| slot as u32)
        .collect()
}

impl CompiledQuery {
    /// What the query retrieves.
    pub fn entity(&self) -> EntityId {
        self.query.entity
    }

    /// The query that was compiled.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// Renders the most common form.
    fn check(&self) -> Result<(), StoreError> {
        if self.query.parameters.len() > limits::PARAMETERS_PER_QUERY_MAX {
            let reason = format!("it has more than {} parameters", limits::PARAMETERS_PER_QUERY_MAX);
            return Err(StoreError::Query { query: self.query.text.clone(), reason });
        }
        self.variant(Variant { shape: Shape::Rows, empty: 0 }).map(|_| ())
    }

    /// The statement for a shape and for the parameters that are empty in this run.
    pub(crate) fn rendered(&self, shape: Shape, bindings: &Bindings<'_>) -> Result<Arc<Rendered>, StoreError> {
        if bindings.parameters.len() > limits::PARAMETERS_PER_QUERY_MAX {
            self.check()?;
        }
        let nobody = if bindings.current_user.is_none() { NOBODY } else { 0 };
        let parameters = bindings.parameters.iter().take(limits::PARAMETERS_PER_QUERY_MAX).enumerate();
        let empty =
            parameters.fold(nobody, |empty, (number, parameter)| empty | (u64::from(parameter.is_empty()) << number));
        self.variant(Variant { shape, empty })
    }

    fn variant(&self, variant: Variant) -> Result<Arc<Rendered>, StoreError> {
        self.rendered.get_or(variant, || compile::render(&self.model, &self.query, variant))
    }
}
