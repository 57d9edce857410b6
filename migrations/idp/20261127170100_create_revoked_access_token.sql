-- An access token that was revoked alone, kept until a day after it would have expired. All else a token carries itself.
create table revoked_access_token (
    access_token_id uuid primary key, -- random
    expires_at timestamptz not null
);

create index revoked_access_token_expires on revoked_access_token (expires_at);
