-- The last good copy of documents that providers publish (metadata, key sets, the list of banks), for a start while they
-- cannot be reached. One row an address, replaced by each fetch; nothing personal. Sealed, so that whoever writes into the
-- database cannot give us keys to trust.
create table last_good (
    url text not null primary key,
    document bytea not null,
    fetched_at timestamptz not null
);
