//! The host: engine, objects, transactions, HTTP.
