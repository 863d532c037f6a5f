//! Database queries: an XPath constraint with its names resolved, ready to be turned into SQL once per version.

use serde::{Deserialize, Serialize};

use crate::{AssociationId, AttributeRef, DefaultValue, EntityId, Type};

/// A retrieve from the database.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Query {
    /// What is retrieved, specializations included.
    pub entity: EntityId,
    /// Which of them; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraint: Option<Condition>,
    /// In which order; ties are broken by id, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sort: Vec<SortKey>,
    /// The types of the values that the microflow passes, by number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<Type>,
    /// The constraint as the model spells it, for messages.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// A Boolean expression over a candidate object.
///
/// A comparison over a path holds when *some* object at its end satisfies it. `=`, `!=` are total (a missing value equals
/// `empty` and differs from everything else); `< <= > >=` and text matches never hold for a missing value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// A constant.
    Constant(bool),
    /// All hold; true when there are none.
    And(Vec<Condition>),
    /// One holds; false when there are none.
    Or(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// Two operands compare.
    Compare {
        /// Left side.
        left: Operand,
        /// How they must compare.
        operator: CompareOperator,
        /// Right side.
        right: Operand,
    },
    /// A text matches another, ignoring case. Every text contains the empty text.
    Match {
        /// The text that is searched.
        operand: Operand,
        /// Where the needle must stand.
        how: TextMatch,
        /// What is looked for.
        needle: Operand,
    },
    /// There is an object at the end of the path (whose steps may filter).
    Exists(Vec<PathStep>),
    /// A Boolean operand (attribute or parameter) is true.
    Holds(Operand),
    /// The candidate is an object of exactly this entity, not of a specialization of it, and satisfies a condition there.
    Among {
        /// The candidate's entity, or a specialization of it.
        entity: EntityId,
        /// What else must hold of the candidate, as one of that entity; nothing when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        condition: Option<Box<Condition>>,
    },
}

/// One step from an object to associated objects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PathStep {
    /// The association that is followed.
    pub association: AssociationId,
    /// False from FROM to TO, true from TO to FROM.
    #[serde(default)]
    pub reversed: bool,
    /// The entity at the far end (it, or a specialization of it).
    pub target: EntityId,
    /// Only those that satisfy it count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Box<Condition>>,
}

/// An attribute of the candidate or of an object associated with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttributePath {
    /// The steps to the object; none for the candidate itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<PathStep>,
    /// The attribute there.
    pub attribute: AttributeRef,
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operand {
    /// An attribute.
    Attribute(AttributePath),
    /// The identity of the candidate (no steps) or of the objects at the end of a path.
    Identity(Vec<PathStep>),
    /// A value that the microflow passes: primitive or object (its identity). Empty when unset.
    Parameter(u32),
    /// A fixed value.
    Literal(DefaultValue),
    /// A date computed when the query runs.
    Token(Token),
    /// The current user's identity.
    CurrentUser,
    /// Whether the current user has the user role of that name: true or false.
    UserRole(String),
    /// A function of another operand.
    Function(XPathFunction, Box<Operand>),
}

/// How two operands must compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CompareOperator {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// Where a needle must stand in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TextMatch {
    /// Anywhere.
    Contains,
    /// At the start.
    StartsWith,
    /// At the end.
    EndsWith,
}

/// Functions that XPath knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum XPathFunction {
    /// Number of characters.
    Length,
    /// Calendar year in UTC; so with the others.
    YearFromDateTime,
    /// 1 to 4.
    QuarterFromDateTime,
    /// 1 to 12.
    MonthFromDateTime,
    /// 1 to 31.
    DayFromDateTime,
    /// 0 to 23.
    HoursFromDateTime,
    /// 0 to 59.
    MinutesFromDateTime,
    /// 0 to 59.
    SecondsFromDateTime,
    /// ISO week, 1 to 53.
    WeekFromDateTime,
    /// 1 (Sunday) to 7.
    WeekdayFromDateTime,
    /// 1 to 366.
    DayOfYearFromDateTime,
}

/// `[%CurrentDateTime%]`, `[%BeginOfCurrentDay%] - 3 * [%DayLength%]`, …: a moment relative to now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Token {
    /// Rounded to the begin or end of this unit; the current moment when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<DateTokenUnit>,
    /// Whether the end of the unit is meant, not its begin.
    #[serde(default)]
    pub end: bool,
    /// Days added before rounding: -1 for yesterday, 1 for tomorrow.
    #[serde(default)]
    pub day_offset: i32,
    /// Whether UTC counts, not the user's time zone.
    #[serde(default)]
    pub utc: bool,
    /// What is added afterwards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offsets: Vec<TokenOffset>,
}

/// A number of units added to a token.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TokenOffset {
    /// How many; negative to subtract.
    pub count: i64,
    /// Of what. Months and years are calendar units.
    pub unit: DateTokenUnit,
}

/// Units of date tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum DateTokenUnit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// One key of a sort order. Empty values come last when ascending and first when descending, on every database.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SortKey {
    /// What is compared. Over a path to many, the least value counts.
    pub path: AttributePath,
    /// From high to low.
    #[serde(default)]
    pub descending: bool,
}

impl Query {
    /// All objects of an entity, in no particular order but that of their ids.
    pub fn all(entity: EntityId) -> Self {
        Self { entity, constraint: None, sort: Vec::new(), parameters: Vec::new(), text: String::new() }
    }
}
