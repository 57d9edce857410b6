-- One login inside a browser session; a session holds several, and a client's demand picks one that meets it.
create table authentication (
    authentication_id uuid not null primary key,
    browser_session_id uuid not null references browser_session (browser_session_id),
    account_id uuid not null references account (account_id),
    upstream_link_id uuid not null references upstream_link (upstream_link_id),
    verification_id uuid not null references verification (verification_id),
    provider text not null,
    realm text not null,
    identity_level text not null,
    login_level text not null,
    -- The eIDAS URI, only when this login came through NIA at that level.
    eidas text,
    -- The upstream's own time of authentication; auth_time on the wire.
    authenticated_at timestamptz not null,
    recorded_at timestamptz not null,
    -- Personal data: the upstream's name and index of its session, sealed; needed to end it there. Kept as long as
    -- the browser session's row.
    upstream_session bytea,
    -- Digest of realm, name and index, so that a logout message finds the session.
    upstream_session_key bytea,
    -- Digest of realm and name alone: a logout message may name no index.
    upstream_subject_key bytea
);

create index authentication_session on authentication (browser_session_id);
create index authentication_account on authentication (account_id);
create index authentication_upstream_session on authentication (upstream_session_key) where upstream_session_key is not null;
create index authentication_upstream_subject on authentication (upstream_subject_key) where upstream_subject_key is not null;
