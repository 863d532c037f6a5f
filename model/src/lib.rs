//! The application model as data.
//!
//! A [`Manifest`] is what a compiled component says about itself: its entities, associations, enumerations, microflow
//! signatures, queries, roles and settings. The compiler writes it, as compressed JSON, into a custom section named
//! [`MANIFEST_SECTION`] of the component; hosts and tools read it without running anything.
//!
//! Things refer to one another by number: an [`EntityId`] is an index into [`Manifest::entities`], and so on. Numbers
//! hold within one manifest only; what must survive a new version of the model (tables, stored objects) goes by name.
//!
//! This crate knows neither SQL nor Wasm nor MDL; it leaves those to the crates that depend on it.

pub mod compatibility;
mod condition;
pub mod difference;
mod domain;
mod flow;
pub mod functions;
mod ids;
mod manifest;
mod origin;
mod pairing;
mod security;

pub use condition::{
    AttributePath, CompareOperator, Condition, DateTokenUnit, Operand, PathStep, Query, SortKey, TextMatch, Token,
    TokenOffset, XPathFunction,
};
pub use domain::{
    Association, AssociationKind, AssociationOwner, Attribute, AttributeType, Bound, Constant, DefaultValue,
    DeleteBehavior, Entity, Enumeration, EnumerationValue, EventHandler, Index, IndexColumn, Moment, Operation,
    RuleKind, SystemAssociation, SystemAttribute, ValidationRule,
};
pub use flow::{Activity, ConcurrencyRule, Microflow, MicroflowKind, Parameter, Place, Successor, Type, Unavailable};
pub use ids::{AssociationId, AttributeRef, ConstantId, EntityId, EnumerationId, MicroflowId, QueryId, SourceId};
pub use manifest::{Former, MANIFEST_SCHEMA, MANIFEST_SECTION, Manifest, ManifestError};
pub use origin::{Origin, Origins, same_origin};
pub use pairing::Pairing;
pub use security::{AccessRule, DemoUser, MemberAccess, ModuleRole, Security, SecurityLevel, UserRole};
