//! Numbers by which the parts of one manifest refer to one another.

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// The number as an index into the manifest's table.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id!(/// An entity: an index into `Manifest::entities`.
    EntityId);
id!(/// An association: an index into `Manifest::associations`.
    AssociationId);
id!(/// An enumeration: an index into `Manifest::enumerations`.
    EnumerationId);
id!(/// A constant: an index into `Manifest::constants`.
    ConstantId);
id!(/// A microflow: an index into `Manifest::microflows`.
    MicroflowId);
id!(/// A database query: an index into `Manifest::queries`.
    QueryId);
id!(/// A source file: an index into `Manifest::sources`.
    SourceId);

/// An attribute: the entity that declares it, and its index among that entity's own attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AttributeRef {
    /// The entity that declares the attribute (not a specialization that inherits it).
    pub entity: EntityId,
    /// The index into that entity's `attributes`.
    pub index: u32,
}
