//! Entities without their members: names, generalizations, persistability.

use brooklet_model::{Entity, EntityId};

use super::{Builder, module_of};
use crate::codes;
use crate::resolve::draft::EntityDraft;
use crate::resolve::names::Shape;
use crate::resolve::table::Entry;
use crate::syntax::document::EntityKind;

impl Builder<'_, '_> {
    /// Gives the entities their numbers: that of an entry is its index.
    pub(super) fn entities(&mut self, entries: &[Entry<EntityDraft>]) {
        for (index, entry) in entries.iter().enumerate() {
            self.names.entities.insert(entry.name.clone(), EntityId(index as u32));
            self.names.shapes.push(Shape { name: entry.name.clone(), ..Shape::default() });
        }
        for entry in entries {
            let entity = self.entity(entry);
            self.manifest.entities.push(entity);
        }
        self.generalizations(entries);
    }

    fn entity(&mut self, entry: &Entry<EntityDraft>) -> Entity {
        let unavailable = match entry.value.kind {
            EntityKind::Persistent | EntityKind::NonPersistent => None,
            EntityKind::View => Some("OQL view entities come later"),
            EntityKind::External => Some("external entities come later"),
        };
        if let Some(reason) = unavailable {
            let message = format!("nothing fills the entity '{}' yet: {reason}", entry.name);
            self.diagnostics.note(codes::ENTITY_ELSEWHERE, entry.span, message);
        }
        Entity {
            name: entry.name.clone(),
            persistable: entry.value.kind == EntityKind::Persistent,
            generalization: None,
            attributes: Vec::new(),
            indexes: Vec::new(),
            rules: Vec::new(),
            handlers: Vec::new(),
            unavailable: unavailable.map(str::to_owned),
            documentation: entry.value.documentation.clone(),
        }
    }

    fn generalizations(&mut self, entries: &[Entry<EntityDraft>]) {
        for (index, entry) in entries.iter().enumerate() {
            let Some(name) = &entry.value.generalization else { continue };
            let general = self.names.scope(module_of(&entry.name)).entity(name, self.diagnostics);
            let Some(general) = general else { continue };
            let id = EntityId(index as u32);
            // Each link is made only if it closes no circle, so that following them always ends.
            if self.names.is_a(general, id) {
                let message = format!("the entity '{}' specializes itself", entry.name);
                self.diagnostics
                    .error(codes::GENERALIZATION_CYCLE, name.span, message)
                    .help("remove one `extends` of the circle");
                continue;
            }
            self.names.shapes[index].generalization = Some(general);
            self.manifest.entities[index].generalization = Some(general);
        }
        for id in self.general_first() {
            self.inherit_persistability(&entries[id.index()], id);
        }
    }

    /// All entities, each after what it specializes.
    pub(super) fn general_first(&self) -> Vec<EntityId> {
        let mut ids: Vec<EntityId> = (0..self.manifest.entities.len() as u32).map(EntityId).collect();
        ids.sort_by_key(|id| self.names.lineage(*id).count());
        ids
    }

    fn inherit_persistability(&mut self, entry: &Entry<EntityDraft>, id: EntityId) {
        let Some(general) = self.manifest.entity(id).generalization else { return };
        let general = self.manifest.entity(general);
        let (persistable, general_name) = (general.persistable, general.name.clone());
        let entity = &mut self.manifest.entities[id.index()];
        if entity.persistable == persistable || entity.unavailable.is_some() {
            return;
        }
        entity.persistable = persistable;
        let (is, keyword) =
            if persistable { ("persistent", "persistent") } else { ("not persistent", "non-persistent") };
        let message = format!("the entity '{}' is {is}, because '{general_name}' is", entry.name);
        self.diagnostics
            .warning(codes::PERSISTABILITY, entry.span, message)
            .help(format!("write `create {keyword} entity`"));
    }
}
