//! Logging in and out at the broker over HTTP, through the demo provider: once on SQLite, once on PostgreSQL with Redis.

mod on_postgres_and_redis;
mod on_sqlite;
