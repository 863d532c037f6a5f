//! The host: engine, objects, transactions, HTTP.

pub mod access;
pub mod clock;
pub mod cluster;
pub mod engine;
pub mod errors;
pub mod flow;
pub mod front;
pub mod http;
pub mod json;
pub mod limits;
pub mod locks;
pub mod objects;
pub mod options;
pub mod request;
pub mod session;
pub mod users;
pub mod version;
pub mod versions;

pub use flow::{Node, NodeOptions};
