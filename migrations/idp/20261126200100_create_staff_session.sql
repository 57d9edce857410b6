-- A browser that an officer is signed in with. Its cookie is another one than that of people's sessions.
create table staff_session (
    staff_session_id uuid not null primary key,
    staff_account_id uuid not null references staff_account (staff_account_id),
    -- SHA-256 of the cookie's value.
    token_hash bytea not null,
    provider text not null,
    realm text not null,
    -- Roles in the provider's words, a list in JSON. What they mean is read from the configuration at each use.
    granted text not null,
    -- Personal data: browser and system in words. For recognising the device; kept as long as the row.
    device text not null,
    -- The provider's own time of authentication.
    authenticated_at timestamptz not null,
    created_at timestamptz not null,
    seen_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz,
    -- logout | replaced | upstream_logout | account_disabled
    end_reason text,
    -- Personal data, sealed: what the logout at the provider needs. Kept as long as the row, ninety days after its end.
    upstream_session bytea,
    -- Digests of realm and index, and of realm and name, so that a logout message finds the session.
    upstream_index_key bytea,
    upstream_subject_key bytea
);

create unique index staff_session_token on staff_session (token_hash);
create index staff_session_account on staff_session (staff_account_id);
create index staff_session_upstream_index on staff_session (upstream_index_key) where upstream_index_key is not null;
create index staff_session_upstream_subject on staff_session (upstream_subject_key) where upstream_subject_key is not null;
