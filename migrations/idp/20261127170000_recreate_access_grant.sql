-- A code names the key of the grant it is redeemed for, which lets that happen once: no hash of the code beside it any more.
-- Access tokens carry what they stand for; whoever holds one of before asks for another.
drop table access_token;

create table access_grant_anew (
    access_grant_id uuid primary key, -- the code names it
    client_id text not null references client (client_id),
    account_id uuid not null, -- as its session at the client has it; a reference would want an index of its own
    browser_session_id uuid not null,
    client_session_id uuid not null,
    authentication_id uuid not null, -- levels and auth_time of every token come from this row
    sub text not null, -- personal data towards one organisation; goes with the account
    scope text not null, -- separated by blanks
    claims jsonb not null, -- the claims parameter
    resource_id text,
    offline boolean not null, -- outlives the browser session
    created_at timestamptz not null,
    revoked_at timestamptz,
    mandate_id uuid references mandate (mandate_id) -- for whom its tokens speak; null: for the person
);

insert into access_grant_anew (access_grant_id, client_id, account_id, browser_session_id, client_session_id,
    authentication_id, sub, scope, claims, resource_id, offline, created_at, revoked_at, mandate_id)
select access_grant_id, client_id, account_id, browser_session_id, client_session_id,
    authentication_id, sub, scope, claims, resource_id, offline, created_at, revoked_at, mandate_id
from access_grant;

create table refresh_token_anew (
    token_hash bytea primary key, -- SHA-256
    access_grant_id uuid not null references access_grant_anew (access_grant_id),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz -- replaced by a newer one
);

insert into refresh_token_anew (token_hash, access_grant_id, created_at, expires_at, used_at)
select token_hash, access_grant_id, created_at, expires_at, used_at from refresh_token;

drop table refresh_token;
drop table access_grant;
alter table access_grant_anew rename to access_grant;
alter table refresh_token_anew rename to refresh_token;

-- Those of an account or of a browser are found by its sessions at clients.
create index access_grant_client_session on access_grant (client_session_id);
create index access_grant_mandate on access_grant (mandate_id) where mandate_id is not null;
create index refresh_token_grant on refresh_token (access_grant_id);
create index refresh_token_expires on refresh_token (expires_at);
