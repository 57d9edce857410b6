-- One row is one browser signed in at the portal. A row lives at most a day after its session ends or expires.
create table portal_session (
    portal_session_id uuid not null primary key,
    -- SHA-256 of the cookie's value; the value itself is never stored.
    cookie_hash bytea not null,
    -- Personal data (pseudonym): who the broker says is signed in. For the list of devices and for logout by subject; until the row goes.
    subject text not null,
    -- The broker's identifier of its session with us. For logout by the broker; until the row goes.
    broker_sid text,
    acr text,
    auth_time timestamptz,
    -- Personal data: how the person signed in (nia, isds, …). For the list of devices; until the row goes.
    login_provider text,
    -- Personal data: browser and system in words. For the list of devices; until the row goes.
    device text not null,
    -- Personal data, sealed: what the broker released. For the pages; emptied when the session ends.
    claims bytea,
    -- Sealed; emptied when the session ends.
    refresh_token bytea,
    -- Personal data, sealed: hint for the logout at the broker; emptied when the session ends.
    id_token bytea,
    created_at timestamptz not null,
    last_used_at timestamptz not null,
    -- When the broker last confirmed the session.
    refreshed_at timestamptz not null,
    -- One replica at a time refreshes; after a failure nobody tries before this moment.
    refresh_lease_until timestamptz,
    -- First of an unbroken row of failures to reach the broker.
    unreachable_since timestamptz,
    expires_at timestamptz not null,
    ended_at timestamptz,
    ended_by text
);

create unique index portal_session_cookie_hash on portal_session (cookie_hash);
create index portal_session_subject on portal_session (subject);
create index portal_session_broker_sid on portal_session (broker_sid);
create index portal_session_expires_at on portal_session (expires_at);
