//! Persistent entities on SQLite and PostgreSQL.
