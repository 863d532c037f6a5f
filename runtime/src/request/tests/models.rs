//! A small language for models of tests.

use brooklet_model::{
    Association, AssociationId, AssociationKind, AssociationOwner, Attribute, AttributeRef, AttributeType,
    DefaultValue, DeleteBehavior, Entity, EntityId, EventHandler, Manifest, Microflow, MicroflowId, MicroflowKind,
    Moment, Operation, Place, Query, QueryId, RuleKind, SourceId, SystemAssociation, SystemAttribute, Type,
    ValidationRule,
};

/// A model in the making.
#[derive(Default)]
pub(super) struct Models {
    pub(super) manifest: Manifest,
}

pub(super) const TEXT: AttributeType = AttributeType::String { length: Some(200) };

impl Models {
    /// A persistable entity.
    pub(super) fn entity(&mut self, name: &str) -> EntityId {
        self.manifest.entities.push(Entity {
            name: if name.contains('.') { name.to_owned() } else { format!("Test.{name}") },
            persistable: true,
            generalization: None,
            attributes: Vec::new(),
            indexes: Vec::new(),
            rules: Vec::new(),
            handlers: Vec::new(),
            unavailable: None,
            documentation: String::new(),
        });
        EntityId(self.manifest.entities.len() as u32 - 1)
    }

    /// An entity without a table.
    pub(super) fn transient(&mut self, name: &str) -> EntityId {
        let id = self.entity(name);
        self.at(id).persistable = false;
        id
    }

    /// A specialization.
    pub(super) fn special(&mut self, name: &str, general: EntityId) -> EntityId {
        let id = self.entity(name);
        self.at(id).generalization = Some(general);
        id
    }

    fn at(&mut self, id: EntityId) -> &mut Entity {
        &mut self.manifest.entities[id.index()]
    }

    /// An attribute; answers its slot. Give generalizations theirs first.
    pub(super) fn attribute(&mut self, entity: EntityId, name: &str, kind: AttributeType) -> u32 {
        self.attribute_with(entity, name, kind, None, None)
    }

    /// An attribute with a default value.
    pub(super) fn defaulting(&mut self, entity: EntityId, name: &str, kind: AttributeType, value: DefaultValue) -> u32 {
        self.attribute_with(entity, name, kind, Some(value), None)
    }

    /// `createdDate` or `changedDate`.
    pub(super) fn system(&mut self, entity: EntityId, which: SystemAttribute) -> u32 {
        let name = match which {
            SystemAttribute::CreatedDate => "createdDate",
            SystemAttribute::ChangedDate => "changedDate",
        };
        self.attribute_with(entity, name, AttributeType::DateTime { localize: true }, None, Some(which))
    }

    fn attribute_with(
        &mut self,
        entity: EntityId,
        name: &str,
        kind: AttributeType,
        default: Option<DefaultValue>,
        system: Option<SystemAttribute>,
    ) -> u32 {
        let index = self.at(entity).attributes.len() as u32;
        self.at(entity).attributes.push(Attribute {
            name: name.to_owned(),
            kind,
            default,
            calculated: None,
            system,
            documentation: String::new(),
        });
        self.manifest.slot(AttributeRef { entity, index })
    }

    /// A reference from one entity to another.
    pub(super) fn reference(&mut self, name: &str, from: EntityId, to: EntityId) -> AssociationId {
        self.manifest.associations.push(Association {
            name: format!("Test.{name}"),
            from,
            to,
            kind: AssociationKind::Reference,
            owner: AssociationOwner::Default,
            on_delete: DeleteBehavior::KeepReferences,
            delete_message: None,
            system: None,
            documentation: String::new(),
        });
        AssociationId(self.manifest.associations.len() as u32 - 1)
    }

    /// A reference set.
    pub(super) fn set(&mut self, name: &str, from: EntityId, to: EntityId) -> AssociationId {
        let id = self.reference(name, from, to);
        self.association(id).kind = AssociationKind::ReferenceSet;
        id
    }

    pub(super) fn association(&mut self, id: AssociationId) -> &mut Association {
        &mut self.manifest.associations[id.index()]
    }

    pub(super) fn both_own(&mut self, id: AssociationId) {
        self.association(id).owner = AssociationOwner::Both;
    }

    /// `System.owner` or `System.changedBy`.
    pub(super) fn user_association(&mut self, from: EntityId, to: EntityId, which: SystemAssociation) -> AssociationId {
        let name = match which {
            SystemAssociation::Owner => "owner",
            SystemAssociation::ChangedBy => "changedBy",
        };
        let id = self.reference(name, from, to);
        self.association(id).system = Some(which);
        id
    }

    pub(super) fn microflow(&mut self, name: &str, kind: MicroflowKind) -> MicroflowId {
        self.manifest.microflows.push(Microflow {
            name: format!("Test.{name}"),
            kind,
            parameters: Vec::new(),
            returns: Type::Boolean,
            place: Place { source: SourceId(0), line: 1, column: 1 },
            applies_entity_access: false,
            disallow_concurrent: None,
            allowed_roles: Vec::new(),
            unavailable: None,
            activities: Vec::new(),
            function: 0,
            body: String::new(),
            documentation: String::new(),
        });
        MicroflowId(self.manifest.microflows.len() as u32 - 1)
    }

    /// An event handler that gets the object, and raises an error if it answers false.
    pub(super) fn handler(
        &mut self,
        entity: EntityId,
        moment: Moment,
        operation: Operation,
        name: &str,
    ) -> MicroflowId {
        let microflow = self.microflow(name, MicroflowKind::Microflow);
        let handler = EventHandler { moment, operation, microflow, passes_object: true, raise_error: true };
        self.at(entity).handlers.push(handler);
        microflow
    }

    /// The last handler of the entity skips silently.
    pub(super) fn silently(&mut self, entity: EntityId) {
        self.at(entity).handlers.last_mut().expect("a handler").raise_error = false;
    }

    /// A validation rule on an attribute that the entity declares itself.
    pub(super) fn rule(&mut self, entity: EntityId, attribute: u32, kind: RuleKind, message: &str) {
        let attribute = Some(self.own(entity, attribute));
        self.at(entity).rules.push(ValidationRule { attribute, kind, message: Some(message.to_owned()) });
    }

    /// The attribute at a slot.
    pub(super) fn own(&self, entity: EntityId, slot: u32) -> AttributeRef {
        self.manifest.slots(entity)[slot as usize]
    }

    pub(super) fn query(&mut self, query: Query) -> QueryId {
        self.manifest.queries.push(query);
        QueryId(self.manifest.queries.len() as u32 - 1)
    }
}
