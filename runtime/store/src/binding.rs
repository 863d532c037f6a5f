//! What a query is run with.

use brooklet_model::Token;
use brooklet_values::{ObjectId, Value};

/// The value of one parameter of a query.
///
/// Handles of an object space mean nothing here: the caller translates them to ids.
#[derive(Clone, Debug, PartialEq)]
pub enum QueryParameter {
    /// A primitive value, or [`Value::Empty`].
    Value(Value),
    /// An object; none when the variable is empty.
    Object(Option<ObjectId>),
    /// The objects of a list: `=` holds for each of them.
    Objects(Vec<ObjectId>),
}

impl QueryParameter {
    /// Whether `= empty` is meant.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Value(Value::Empty) | Self::Object(None))
    }
}

/// Computes a date token, in milliseconds since 1970. Time zones and calendars are the caller's business.
pub type TokenClock<'a> = dyn Fn(&Token) -> i64 + Send + Sync + 'a;

/// Everything that a run of a query depends on.
pub struct Bindings<'a> {
    /// The parameters, by number.
    pub parameters: &'a [QueryParameter],
    /// `[%CurrentUser%]`; none when nobody is logged in.
    pub current_user: Option<ObjectId>,
    /// Names of the current user's user roles.
    pub user_roles: &'a [String],
    /// Computes date tokens.
    pub tokens: &'a TokenClock<'a>,
}

impl Bindings<'_> {
    /// No parameters, no user, and tokens that all mean 1970: for queries that use none of them.
    pub fn none() -> Bindings<'static> {
        Bindings { parameters: &[], current_user: None, user_roles: &[], tokens: &|_| 0 }
    }
}
