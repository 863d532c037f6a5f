//! The host: engine, objects, transactions, HTTP.

pub mod clock;
pub mod engine;
pub mod errors;
pub mod flow;
pub mod http;
pub mod json;
pub mod limits;
pub mod objects;
pub mod request;
pub mod version;

pub use flow::{Node, NodeOptions};
