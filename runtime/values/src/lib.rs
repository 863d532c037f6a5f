//! Values of microflows, and the library of expression functions.
//!
//! A [`Value`] is what a variable or an attribute holds; a [`Decimal`] is exact. [`evaluate`] computes the functions of the
//! table [`brooklet_model::functions`]; [`template::render`] fills message templates, and [`token::resolve`] computes moments
//! such as `[%BeginOfCurrentWeek%]`.
//!
//! Everything here is a pure function of its arguments: the clock, the time zone, the language and the source of chance come
//! in a [`Context`]. Nothing waits and nothing is read or written, but for a cache of compiled patterns. Objects, lists and the
//! JSON form of values are left to the runtime.

mod context;
mod decimal;
mod error;
mod format;
mod functions;
mod limits;
mod locale;
mod moment;
pub mod template;
pub mod token;
mod value;

pub use brooklet_model::functions::Function;
pub use context::{Context, RandomSource};
pub use decimal::{Decimal, DecimalError, Rounding};
pub use error::{FunctionError, FunctionErrorKind};
pub use functions::evaluate;
pub use jiff::{civil::Weekday, tz::TimeZone};
pub use limits::{PATTERN_LENGTH_LIMIT, REGEX_BACKTRACK_LIMIT, REGEX_CACHE_LIMIT, TEXT_LENGTH_LIMIT};
pub use value::{ListHandle, ObjectHandle, ObjectId, Value};
