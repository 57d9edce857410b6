//! The portal over HTTP, against a provider of our own: once on SQLite, once on PostgreSQL with Redis.

mod on_postgres_and_redis;
mod on_sqlite;
mod store_away;
