//! Data that violates rules which the version to come brings.
//!
//! It stays, and can be read; whoever changes such an object is asked to mend it. Rules that SQL cannot check cheaply are
//! listed as not checked.

use brooklet_model::{AttributeRef, AttributeType, Bound, Manifest, RuleKind};
use sea_query::{Alias, Expr, ExprTrait, Func, Query};

use super::planner::{Planner, col};
use crate::{
    StoreError,
    compile::literal,
    evolution::Warning,
    schema::{self, Column, ID, Member, Schema, Table},
};

/// A rule in words, and the rows that violate it; none when SQL cannot tell.
type Check = (String, Option<Expr>);

impl Planner<'_> {
    /// Counts what violates new rules.
    pub(super) async fn warn(&mut self) -> Result<(), StoreError> {
        if self.task.is_alone {
            return Ok(());
        }
        let before = match self.task.from {
            Some((manifest, naming)) => Some((manifest, schema::build(manifest, naming)?)),
            None => None,
        };
        let tables: Vec<Table> = self.model.schema.tables.iter().flatten().cloned().collect();
        for table in tables.iter().filter(|table| !self.created.contains(&table.name)).collect::<Vec<_>>() {
            for column in &table.columns {
                let Member::Attribute(at) = column.member else { continue };
                let was = before.as_ref().and_then(|(manifest, schema)| attribute_at(manifest, schema, table, column));
                for (rule, violated) in self.checks(table, column, at, was)? {
                    let rows = match violated {
                        None => None,
                        Some(violated) => {
                            let select = Query::select()
                                .expr(col(ID).count())
                                .from(Alias::new(&table.name))
                                .and_where(violated)
                                .take();
                            Some(self.number(&select).await?)
                        }
                    };
                    if rows != Some(0) {
                        self.warnings.push(Warning { member: self.attribute_name(at), rule, rows });
                    }
                }
            }
        }
        Ok(())
    }

    /// What is to be checked of an attribute, given what it was before.
    fn checks(
        &self,
        table: &Table,
        column: &Column,
        at: AttributeRef,
        was: Option<(&Manifest, AttributeRef)>,
    ) -> Result<Vec<Check>, StoreError> {
        let manifest = &self.model.manifest;
        let value = self.value_to_be(table, column)?;
        let mut checks = Vec::new();
        let is_violated = |by: &dyn Fn(Expr) -> Expr| Some(value.clone().map_or(Expr::val(false), by));
        let is_longer = |most: u32| {
            let most = i32::try_from(most).unwrap_or(i32::MAX);
            is_violated(&|value| Expr::from(Func::cust("length").arg(value)).gt(most))
        };
        let old = was.map(|(manifest, at)| &manifest.attribute(at).kind);
        match &manifest.attribute(at).kind {
            AttributeType::String { length: Some(most) } => {
                let fitted = matches!(old, Some(AttributeType::String { length: Some(before) }) if before <= most);
                if !fitted {
                    checks.push((format!("at most {most} characters"), is_longer(*most)));
                }
            }
            AttributeType::Enumeration(id) => {
                let keys = keys(manifest, &manifest.attribute(at).kind);
                let fitted = was.is_some_and(|(manifest, was)| {
                    matches!(old, Some(AttributeType::Enumeration(_)))
                        && self::keys(manifest, &manifest.attribute(was).kind).iter().all(|key| keys.contains(key))
                });
                if !fitted {
                    let rule = format!("a key of {}", manifest.enumeration(*id).name);
                    checks.push((rule, is_violated(&|value| value.is_not_in(keys.iter().copied()))));
                }
            }
            _ => {}
        }
        let old_rules: Vec<&RuleKind> = was.map(|(manifest, at)| rules(manifest, at)).unwrap_or_default();
        for rule in rules(manifest, at).into_iter().filter(|rule| !old_rules.contains(rule)) {
            let check = match rule {
                RuleKind::Unique(_) => continue,
                RuleKind::Required => {
                    let is_empty = |value: Expr| match column.kind.is_text() {
                        true => value.clone().is_null().or(Expr::from(Func::cust("trim").arg(value)).eq("")),
                        false => value.is_null(),
                    };
                    ("a value".to_owned(), Some(value.clone().map_or(Expr::val(true), is_empty)))
                }
                RuleKind::MaxLength(most) => (format!("at most {most} characters"), is_longer(*most)),
                RuleKind::Range { minimum, maximum } => {
                    let (least, most) = (self.bound(column, minimum.as_ref()), self.bound(column, maximum.as_ref()));
                    let violated = match (least, most) {
                        (Some(least), Some(most)) => is_violated(&|value| {
                            let below = least.clone().map_or(Expr::val(false), |least| value.clone().lt(least));
                            below.or(most.clone().map_or(Expr::val(false), |most| value.gt(most)))
                        }),
                        _ => None,
                    };
                    ("a value in the range".to_owned(), violated)
                }
                RuleKind::Equals(bound) => {
                    let equal = self.bound(column, Some(bound)).flatten();
                    let violated = equal.and_then(|equal| is_violated(&|value| value.ne(equal.clone())));
                    ("the value of the rule".to_owned(), violated)
                }
                RuleKind::Regex(pattern) => (format!("a text that matches {pattern}"), None),
                RuleKind::Expression(_) => ("what the rule's expression asks for".to_owned(), None),
            };
            checks.push(check);
        }
        Ok(checks)
    }

    /// A bound of a rule, none when there is none; nothing when it is no plain value.
    fn bound(&self, column: &Column, bound: Option<&Bound>) -> Option<Option<Expr>> {
        match bound {
            None => Some(None),
            Some(Bound::Value(value)) => {
                let value = literal(value).ok()??;
                Some(Some(Expr::Value(column.kind.bind(self.flavor().dialect, &value).ok()?)))
            }
            Some(Bound::Attribute(_)) => None,
        }
    }
}

fn keys<'m>(manifest: &'m Manifest, kind: &AttributeType) -> Vec<&'m str> {
    match kind {
        AttributeType::Enumeration(id) => {
            manifest.enumeration(*id).values.iter().map(|value| value.key.as_str()).collect()
        }
        _ => Vec::new(),
    }
}

fn rules(manifest: &Manifest, at: AttributeRef) -> Vec<&RuleKind> {
    let rules = manifest.entity(at.entity).rules.iter();
    rules.filter(|rule| rule.attribute == Some(at)).map(|rule| &rule.kind).collect()
}

/// The attribute that a version has in the same column.
fn attribute_at<'m>(
    manifest: &'m Manifest,
    schema: &Schema,
    table: &Table,
    column: &Column,
) -> Option<(&'m Manifest, AttributeRef)> {
    let known = schema.tables.iter().flatten().find(|known| known.name == table.name)?;
    match known.columns.iter().find(|known| known.name == column.name)?.member {
        Member::Attribute(at) => Some((manifest, at)),
        Member::Reference(_) => None,
    }
}
