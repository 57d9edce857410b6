-- A refresh token. Those of one access_grant are its family: at most one is unused.
create table refresh_token (
    token_hash bytea primary key, -- SHA-256
    access_grant_id uuid not null references access_grant (access_grant_id),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz -- replaced by a newer one
);

create index refresh_token_grant on refresh_token (access_grant_id);
create index refresh_token_expires on refresh_token (expires_at);
