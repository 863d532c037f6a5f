//! Finding users and roles by name.

use brooklet_model::{AttributePath, AttributeRef, CompareOperator, Condition, Manifest, Operand, Query, Type};
use brooklet_store::{Bindings, CompiledQuery, Plan, QueryParameter, Range, Row, StoreError, Transaction};
use brooklet_values::Value;

use super::{Account, UserTable};

/// Finds users and roles by name. Made once per version.
#[derive(Debug)]
pub(crate) struct Directory {
    pub(super) table: UserTable,
    by_name: CompiledQuery,
    roles: CompiledQuery,
}

impl Directory {
    /// None when the model has no stored users.
    pub(crate) fn new(manifest: &Manifest, plan: &Plan) -> Result<Option<Self>, StoreError> {
        let Some(table) = UserTable::find(manifest, plan) else { return Ok(None) };
        let name = manifest.slots(table.user)[table.name as usize];
        let by_name = Query {
            entity: table.user,
            constraint: Some(equals_first_parameter(name)),
            sort: Vec::new(),
            parameters: vec![Type::Text],
            text: "[Name = $Name]".to_owned(),
        };
        let roles = Query {
            entity: table.role,
            constraint: None,
            sort: Vec::new(),
            parameters: Vec::new(),
            text: String::new(),
        };
        Ok(Some(Self { by_name: plan.compile(&by_name)?, roles: plan.compile(&roles)?, table }))
    }

    /// The user of that name; none when there is none.
    pub(super) async fn named(&self, transaction: &mut Transaction, name: &str) -> Result<Option<Account>, StoreError> {
        match self.row_of(transaction, name).await? {
            Some(row) => self.table.read(transaction, row).await.map(Some),
            None => Ok(None),
        }
    }

    /// The row of the user of that name; takes the same time when there is none.
    pub(super) async fn row_of(&self, transaction: &mut Transaction, name: &str) -> Result<Option<Row>, StoreError> {
        // PostgreSQL refuses to compare with it; a name cannot have it.
        if name.contains('\0') {
            return Ok(None);
        }
        let parameters = [QueryParameter::Value(Value::from(name))];
        let bindings = Bindings { parameters: &parameters, ..Bindings::none() };
        Ok(transaction.retrieve(&self.by_name, &bindings, Range::FIRST).await?.pop())
    }

    /// The rows of all user roles, with their names.
    pub(super) async fn roles(&self, transaction: &mut Transaction) -> Result<Vec<(String, Row)>, StoreError> {
        let rows = transaction.retrieve(&self.roles, &Bindings::none(), Range::ALL).await?;
        Ok(rows.into_iter().filter_map(|row| Some((self.table.role_name(&row)?, row))).collect())
    }
}

fn equals_first_parameter(attribute: AttributeRef) -> Condition {
    Condition::Compare {
        left: Operand::Attribute(AttributePath { steps: Vec::new(), attribute }),
        operator: CompareOperator::Equal,
        right: Operand::Parameter(0),
    }
}
