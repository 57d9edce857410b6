-- A client's entitlement to tokens, made by redeeming a code. Revoking it revokes every token of it.
create table access_grant (
    access_grant_id uuid primary key,
    code_hash bytea not null unique, -- a code is good for one row only
    client_id text not null references client (client_id),
    account_id uuid not null references account (account_id),
    browser_session_id uuid not null,
    client_session_id uuid not null,
    authentication_id uuid not null, -- levels and auth_time of every token come from this row
    sub text not null, -- personal data towards one organisation; goes with the account
    scope text not null, -- separated by blanks
    claims jsonb not null, -- the claims parameter
    resource_id text,
    offline boolean not null, -- outlives the browser session
    created_at timestamptz not null,
    revoked_at timestamptz
);

create index access_grant_client_session on access_grant (client_session_id);
create index access_grant_browser_session on access_grant (browser_session_id);
create index access_grant_account on access_grant (account_id, client_id);
