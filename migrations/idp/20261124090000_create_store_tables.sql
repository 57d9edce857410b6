-- The tables of the crate `store`. The same file stands in migrations/idp and migrations/portal.
-- Times are UTC and come from the application, ids too (UUIDv7).

-- What a login, a code, a replay guard or a counter needs for minutes. Rows past `expires_at` do not exist for any
-- reader and are swept every minute.
create table short_lived (
    -- v:{purpose}:{hash} for values, n:{purpose}:{hash} for counts; the hash hides what a client or a person sent.
    entry_key text primary key,
    -- Personal data, sealed under the master key: carries a login from page to page. At most 60 minutes, until
    -- `expires_at`.
    value bytea,
    -- For counts.
    counted bigint,
    expires_at timestamptz not null
);
create index short_lived_expires_at on short_lived (expires_at);

-- Work for later. A finished job is deleted; one that was given up stays until an operator removes it.
create table job (
    job_id uuid primary key,
    kind text not null,
    -- The id of what it is about. No personal data.
    reference text not null,
    -- An object of ids and codes. No personal data.
    payload jsonb not null,
    created_at timestamptz not null,
    due_at timestamptz not null,
    attempts bigint not null,
    -- Whoever holds the token may write the result; past `leased_until` anybody may claim the job anew.
    leased_until timestamptz,
    lease_token uuid,
    -- The code of the last failure, never a text from another system.
    failure text,
    given_up_at timestamptz
);
create index job_due_at on job (due_at) where given_up_at is null;

-- What happened. Inserted unchained in the transaction of what it tells, chained by a job within two seconds.
-- Rows are never deleted; they tell for ten years who did what to whom.
create table audit_event (
    audit_event_id uuid primary key,
    at timestamptz not null,
    kind text not null,
    -- Personal data (pseudonymous): who did it, as account:{id}, staff:{id}, client:{id}. Evidence; kept with the row.
    actor text not null,
    -- Personal data (pseudonymous): the account it is about, shown to that person. Evidence; kept with the row.
    subject uuid,
    -- Keeps erased details from being guessed by their hash. Erased together with them.
    salt bytea,
    -- Personal data: circumstances such as provider, service, address of the network. For clearing up misuse; erased
    -- after the retention that the operator sets, or on the person's demand. JSON, byte for byte as it was hashed.
    details text,
    -- SHA-256 over salt and details: what the chain holds in their place.
    details_hash bytea not null,
    -- Place in the chain, from 1, without gaps. Null until chained.
    position bigint,
    -- SHA-256 over the hash before and this row. Null until chained.
    hash bytea
);
create unique index audit_event_position on audit_event (position) where position is not null;
create index audit_event_waiting on audit_event (audit_event_id) where position is null;
create index audit_event_subject on audit_event (subject, at) where subject is not null;
create index audit_event_erasable on audit_event (at) where details is not null;

-- Heads of the chain, signed hourly with a key derived from the master key: what stands before one cannot be rewritten
-- by somebody who has the database alone.
create table audit_checkpoint (
    position bigint primary key,
    hash bytea not null,
    at timestamptz not null,
    signature bytea not null
);

-- One row: a known text sealed under the master key this database was made with. Tells a wrong key at the start.
create table master_key_check (
    master_key_check_id bigint primary key,
    sealed bytea not null
);
