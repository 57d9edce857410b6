-- An access token: opaque, or the `jti` of a signed one.
create table access_token (
    token_hash bytea primary key, -- SHA-256 of the token or of its jti
    access_grant_id uuid references access_grant (access_grant_id), -- null: the client for itself
    client_id text not null,
    resource_id text,
    scope text not null, -- separated by blanks
    created_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz
);

create index access_token_grant on access_token (access_grant_id);
create index access_token_expires on access_token (expires_at);
