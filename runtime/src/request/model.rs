//! One version of a model, prepared for requests: what each would otherwise look up again and again.

use std::sync::Arc;

use brooklet_model::{
    AssociationId, AssociationKind, AttributeRef, AttributeType, ConstantId, DefaultValue, DeleteBehavior, EntityId,
    EventHandler, Manifest, Moment, Operation, SystemAssociation, SystemAttribute, ValidationRule,
};
use brooklet_store::{NewRow, Plan};
use brooklet_values::{Decimal, ObjectId, Rounding, Value};

use crate::users::UserTable;

use crate::access::Access;

/// The setting that says how long objects in memory live: `request`, which is the default, or `session`.
const NPE_SCOPE: (&str, &str) = ("model", "NpeScope");

/// One version of a model, prepared for requests. Built once per version and shared by all of its requests.
#[derive(Debug)]
pub struct Model {
    manifest: Arc<Manifest>,
    plan: Arc<Plan>,
    entities: Vec<EntityTable>,
    access: Access,
    /// Which associations are stored.
    associations_stored: Vec<bool>,
    /// Constants, with what the deployment gives instead of the model's values.
    constants: Vec<Value>,
    /// Associations, other than the runtime's own, of which users or sessions are an end.
    session_associations: Vec<AssociationId>,
    /// Whether all that is in memory stays until the session ends.
    everything_outlives: bool,
    /// Where users are, if the model has them.
    users: Option<UserTable>,
    pub(super) system: SystemEntities,
}

/// What requests need to know of an entity, inherited parts included.
#[derive(Debug)]
pub(super) struct EntityTable {
    /// Its attributes by slot.
    pub(super) slots: Vec<Slot>,
    /// Whether it has a table.
    pub(super) stored: bool,
    /// Event handlers by moment and operation: those of the most general entity first, each in model order.
    handlers: [[Vec<EventHandler>; 4]; 2],
    /// Validation rules: those of the most general entity first, each in model order.
    pub(super) rules: Vec<ValidationRule>,
    pub(super) created_date: Option<u32>,
    pub(super) changed_date: Option<u32>,
    pub(super) owner: Option<AssociationId>,
    pub(super) changed_by: Option<AssociationId>,
    /// Associations of which it is the FROM end.
    pub(super) owned: Vec<AssociationId>,
    /// Associations of which it is the TO end.
    pub(super) referring: Vec<AssociationId>,
}

/// An attribute, at its slot.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) attribute: AttributeRef,
    pub(super) name: String,
    pub(super) kind: AttributeType,
    /// What a new object has; what depends on the moment is computed then.
    default: SlotDefault,
    pub(super) calculated: bool,
    pub(super) system: Option<SystemAttribute>,
}

#[derive(Debug)]
enum SlotDefault {
    Value(Value),
    Now,
}

/// The entities of module System that the runtime makes objects of, if the model has them.
#[derive(Debug, Default)]
pub(super) struct SystemEntities {
    pub(super) user: Option<EntityId>,
    pub(super) session: Option<EntityId>,
    pub(super) error: Option<EntityId>,
}

impl Model {
    /// Prepares a version. `plan` is the same manifest's.
    pub fn new(manifest: Arc<Manifest>, plan: Arc<Plan>) -> Self {
        let ids = (0..manifest.entities.len() as u32).map(EntityId);
        let entities = ids.map(|id| EntityTable::new(&manifest, &plan, id)).collect();
        let associations = (0..manifest.associations.len() as u32).map(AssociationId);
        let associations_stored = associations.map(|id| plan.is_association_stored(id)).collect();
        let system = SystemEntities {
            user: manifest.entity_named("System.User"),
            session: manifest.entity_named("System.Session"),
            error: manifest.entity_named("System.Error"),
        };
        let constants = manifest.constants.iter().map(|constant| fixed_value(&constant.value)).collect();
        let session_associations = session_associations(&manifest, &system);
        let everything_outlives =
            manifest.setting(NPE_SCOPE.0, NPE_SCOPE.1).is_some_and(|scope| scope.eq_ignore_ascii_case("session"));
        let access = Access::new(manifest.clone(), plan.clone());
        Self {
            users: UserTable::find(&manifest, &plan),
            manifest,
            plan,
            entities,
            access,
            associations_stored,
            constants,
            session_associations,
            everything_outlives,
            system,
        }
    }

    /// Associations by which an object can become the session's.
    pub(super) fn session_associations(&self) -> &[AssociationId] {
        &self.session_associations
    }

    /// Whether all that is in memory stays until the session ends: the model's setting `NpeScope` is `session`.
    pub(crate) fn everything_outlives(&self) -> bool {
        self.everything_outlives
    }

    /// Gives a constant another value than the model's; answers whether there is such a constant.
    pub fn set_constant(&mut self, name: &str, value: Value) -> bool {
        let found = self.manifest.constants.iter().position(|constant| constant.name == name);
        found.map(|index| self.constants[index] = value).is_some()
    }

    pub(super) fn constant(&self, id: ConstantId) -> Option<&Value> {
        self.constants.get(id.index())
    }

    /// How `round` decides ties: the setting `RoundingMode` of the model.
    pub(super) fn rounding(&self) -> Rounding {
        match self.manifest.setting("model", "RoundingMode") {
            Some(mode) if mode.eq_ignore_ascii_case("HalfEven") => Rounding::HalfEven,
            _ => Rounding::HalfAway,
        }
    }

    /// The model as data.
    pub fn manifest(&self) -> &Arc<Manifest> {
        &self.manifest
    }

    /// The model as the store knows it.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Who may do what with objects.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Where users are; none when the model has no stored users.
    pub(crate) fn users(&self) -> Option<&UserTable> {
        self.users.as_ref()
    }

    /// A new object of a stored entity as a row, with default values. Numbers of AutoNumbers are not drawn.
    pub(crate) fn new_row(&self, entity: EntityId, id: ObjectId, now_ms: i64) -> NewRow {
        let table = self.entity(entity);
        let mut attributes = table.defaults(now_ms);
        for slot in [table.created_date, table.changed_date].into_iter().flatten() {
            attributes[slot as usize] = Value::DateTime(now_ms);
        }
        NewRow { entity, id, attributes, references: Vec::new() }
    }

    /// What the slots of an entity have before anything is known of them; no moment counts as now.
    pub(crate) fn defaults(&self, id: EntityId) -> Vec<Value> {
        self.entity(id).defaults(0)
    }

    /// The event handlers of an entity, inherited ones first, in order.
    pub(crate) fn handlers(&self, id: EntityId, moment: Moment, operation: Operation) -> &[EventHandler] {
        self.entity(id).handlers(moment, operation)
    }

    pub(super) fn entity(&self, id: EntityId) -> &EntityTable {
        &self.entities[id.index()]
    }

    pub(super) fn is_stored(&self, association: AssociationId) -> bool {
        self.associations_stored[association.index()]
    }

    pub(super) fn is_set(&self, association: AssociationId) -> bool {
        self.manifest.association(association).kind == AssociationKind::ReferenceSet
    }

    /// The associations that say something about deleting objects of the entity.
    pub(super) fn referring_that(
        &self,
        entity: EntityId,
        behavior: DeleteBehavior,
    ) -> impl Iterator<Item = AssociationId> + '_ {
        let referring = self.entity(entity).referring.iter().copied();
        referring.filter(move |id| self.manifest.association(*id).on_delete == behavior)
    }
}

/// Associations, other than the runtime's own, of which users or sessions are an end.
fn session_associations(manifest: &Manifest, system: &SystemEntities) -> Vec<AssociationId> {
    let roots: Vec<_> = [system.user, system.session].into_iter().flatten().collect();
    let may_be = |entity| roots.iter().any(|root| manifest.is_a(entity, *root) || manifest.is_a(*root, entity));
    let associations = (0..).map(AssociationId).zip(&manifest.associations);
    associations
        .filter(|(_, one)| one.system.is_none() && (may_be(one.from) || may_be(one.to)))
        .map(|(id, _)| id)
        .collect()
}

impl EntityTable {
    fn new(manifest: &Manifest, plan: &Plan, id: EntityId) -> Self {
        let slots: Vec<_> = manifest.slots(id).into_iter().map(|attribute| Slot::new(manifest, attribute)).collect();
        let mut lineage: Vec<_> = manifest.lineage(id).collect();
        lineage.reverse();
        let all = || lineage.iter().map(|at| manifest.entity(*at));
        let handlers = [Moment::Before, Moment::After].map(|moment| {
            [Operation::Create, Operation::Commit, Operation::Delete, Operation::Rollback].map(|operation| {
                let handlers = all().flat_map(|entity| &entity.handlers);
                handlers.filter(|handler| (handler.moment, handler.operation) == (moment, operation)).cloned().collect()
            })
        });
        let system_slot = |which| slots.iter().position(|slot| slot.system == Some(which)).map(|slot| slot as u32);
        let (created_date, changed_date) =
            (system_slot(SystemAttribute::CreatedDate), system_slot(SystemAttribute::ChangedDate));
        let ends = || manifest.associations_of(id);
        let owned: Vec<_> = ends().filter(|(_, end)| manifest.is_a(id, end.from)).map(|(end, _)| end).collect();
        let referring = ends().filter(|(_, end)| manifest.is_a(id, end.to)).map(|(end, _)| end).collect();
        let system_association =
            |which| owned.iter().copied().find(|end| manifest.association(*end).system == Some(which));
        Self {
            stored: plan.is_stored(id),
            handlers,
            rules: all().flat_map(|entity| entity.rules.clone()).collect(),
            created_date,
            changed_date,
            owner: system_association(SystemAssociation::Owner),
            changed_by: system_association(SystemAssociation::ChangedBy),
            owned,
            referring,
            slots,
        }
    }

    pub(super) fn handlers(&self, moment: Moment, operation: Operation) -> &[EventHandler] {
        &self.handlers[moment as usize][operation as usize]
    }

    /// The attributes of a new object.
    pub(super) fn defaults(&self, now_ms: i64) -> Vec<Value> {
        let value = |slot: &Slot| match &slot.default {
            SlotDefault::Value(value) => value.clone(),
            SlotDefault::Now => Value::DateTime(now_ms),
        };
        self.slots.iter().map(value).collect()
    }
}

impl Slot {
    fn new(manifest: &Manifest, reference: AttributeRef) -> Self {
        let attribute = manifest.attribute(reference);
        let default = match (&attribute.kind, &attribute.default) {
            _ if attribute.calculated.is_some() => SlotDefault::Value(Value::Empty),
            // The default is where its numbers start; a new object has none yet.
            (AttributeType::AutoNumber, _) => SlotDefault::Value(Value::Empty),
            (_, Some(DefaultValue::CurrentDateTime)) => SlotDefault::Now,
            (AttributeType::Boolean, None | Some(DefaultValue::Empty)) => SlotDefault::Value(Value::Boolean(false)),
            (AttributeType::Decimal, Some(DefaultValue::Integer(number))) => {
                SlotDefault::Value(Value::Decimal(Decimal::from(*number)))
            }
            (_, None) => SlotDefault::Value(Value::Empty),
            (_, Some(value)) => SlotDefault::Value(fixed_value(value)),
        };
        Self {
            attribute: reference,
            name: attribute.name.clone(),
            kind: attribute.kind.clone(),
            default,
            calculated: attribute.calculated.is_some(),
            system: attribute.system,
        }
    }
}

/// A fixed value of the manifest. The current moment, which is none, is empty.
pub(super) fn fixed_value(value: &DefaultValue) -> Value {
    match value {
        DefaultValue::Empty | DefaultValue::CurrentDateTime => Value::Empty,
        DefaultValue::Boolean(value) => Value::Boolean(*value),
        DefaultValue::Integer(value) => Value::Integer(*value),
        DefaultValue::Decimal(text) => text.parse().map_or(Value::Empty, Value::Decimal),
        DefaultValue::Text(text) => Value::Text(text.as_str().into()),
        DefaultValue::Enumeration(key) => Value::Enumeration(key.as_str().into()),
        DefaultValue::DateTime(value) => Value::DateTime(*value),
    }
}
