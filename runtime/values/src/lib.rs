//! Values of microflows, and the library of expression functions.

mod decimal;
mod value;

pub use decimal::Decimal;
pub use value::{ListHandle, ObjectHandle, ObjectId, Value};
