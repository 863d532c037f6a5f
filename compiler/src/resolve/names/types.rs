//! Types of variables, parameters and results.

use brooklet_model::Type;

use super::Scope;
use crate::codes;
use crate::diagnostics::Diagnostics;
use crate::suggest::did_you_mean;
use crate::syntax::ast::{DataType, DataTypeKind, QualifiedName};

impl Scope<'_> {
    /// What a type means; an error when it means nothing here.
    pub fn data_type(self, data_type: &DataType, diagnostics: &mut Diagnostics) -> Option<Type> {
        Some(match &data_type.kind {
            DataTypeKind::Nothing => Type::Nothing,
            DataTypeKind::Boolean => Type::Boolean,
            DataTypeKind::Integer | DataTypeKind::Long | DataTypeKind::AutoNumber => Type::Integer,
            DataTypeKind::Decimal => Type::Decimal,
            DataTypeKind::String(_) | DataTypeKind::HashedString => Type::Text,
            DataTypeKind::DateTime | DataTypeKind::Date => Type::DateTime,
            DataTypeKind::Binary => Type::Binary,
            DataTypeKind::Enumeration(name) => Type::Enumeration(self.enumeration(name, diagnostics)?),
            DataTypeKind::List(name) => Type::List(self.entity(name, diagnostics)?),
            DataTypeKind::Named(name) => self.named(name, diagnostics)?,
            DataTypeKind::SystemMember(_) => {
                diagnostics
                    .error(
                        codes::TYPE_OUT_OF_PLACE,
                        data_type.span,
                        "only an attribute of an entity can have this type",
                    )
                    .help("write `DateTime`, or `System.User` for an owner");
                return None;
            }
            DataTypeKind::Opaque(word) => {
                diagnostics
                    .error(
                        codes::TYPE_OUT_OF_PLACE,
                        data_type.span,
                        format!("only a Java action can have a parameter of type '{word}'"),
                    )
                    .help("write the name of an entity");
                return None;
            }
            DataTypeKind::Legacy(word) => {
                legacy(word, data_type, diagnostics);
                return None;
            }
        })
    }

    /// What a name means where both an entity and an enumeration may stand.
    fn named(self, name: &QualifiedName, diagnostics: &mut Diagnostics) -> Option<Type> {
        if let Some(entity) = self.try_entity(name) {
            return Some(Type::Object(entity));
        }
        if let Some(enumeration) = self.try_enumeration(name) {
            return Some(Type::Enumeration(enumeration));
        }
        let full = self.full(name);
        let error =
            diagnostics.error(codes::UNKNOWN_TYPE, name.span, format!("there is no entity or enumeration '{full}'"));
        let candidates = self.names.entities.names().chain(self.names.enumerations.names());
        if let Some(kind) = self.names.kind_of(&full) {
            error.help(format!("'{full}' is {kind}"));
        } else if let Some(help) = did_you_mean(&full, candidates) {
            error.help(help);
        }
        None
    }
}

/// Reports a type that the language gave up.
pub(in crate::resolve) fn legacy(word: &str, data_type: &DataType, diagnostics: &mut Diagnostics) {
    diagnostics
        .error(codes::UNSUPPORTED_TYPE, data_type.span, format!("the type '{word}' is not supported"))
        .help("write `Decimal`, which is exact");
}
