-- What went to whom, when. One row a client session and set of claims; repeats move last_at and count.
create table release (
    release_id uuid not null primary key,
    account_id uuid not null references account (account_id),
    client_id text not null,
    client_session_id uuid not null references client_session (client_session_id),
    -- {"claims": ["given_name", …]}: names of claims, never their values.
    content jsonb not null,
    -- SHA-256 of the sorted names.
    content_hash bytea not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    times bigint not null
);

create unique index release_once on release (client_session_id, content_hash);
create index release_account on release (account_id, last_at);
