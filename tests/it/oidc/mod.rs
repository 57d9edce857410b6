//! The OpenID provider as clients see it over HTTP: once on SQLite, once on PostgreSQL with Redis.
//!
//! The modules mirror the conformance plans (config, basic, form post) and the endpoints.

mod lost_connections;
mod on_postgres_and_redis;
mod on_sqlite;
mod store_away;
