-- A signed-in browser. The cookie's value is renewed at each privilege step and kept as its SHA-256 only.
create table browser_session (
    browser_session_id uuid not null primary key,
    account_id uuid not null references account (account_id),
    token_hash bytea not null,
    -- Personal data: browser and system in words ("Firefox, Windows"), so that a person recognises the device.
    -- Kept ninety days after the end of the session.
    device text not null,
    created_at timestamptz not null,
    seen_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz,
    -- logout | replaced | ended_by_person | upstream_logout | account_disabled
    end_reason text
);

create unique index browser_session_token on browser_session (token_hash);
create index browser_session_account on browser_session (account_id);
