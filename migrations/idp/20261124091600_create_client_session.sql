-- A browser session's presence at one client.
create table client_session (
    client_session_id uuid not null primary key,
    browser_session_id uuid not null references browser_session (browser_session_id),
    account_id uuid not null references account (account_id),
    client_id text not null,
    -- Random, towards this client only; sid in ID token and logout token.
    sid text not null,
    -- The subject identifier this client knows; the logout token repeats it after any later merge.
    sub text not null,
    created_at timestamptz not null,
    used_at timestamptz not null,
    ended_at timestamptz
);

create unique index client_session_active on client_session (browser_session_id, client_id) where ended_at is null;
create unique index client_session_sid on client_session (sid);
create index client_session_account on client_session (account_id);
