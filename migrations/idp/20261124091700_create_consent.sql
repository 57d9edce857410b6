-- What a person allowed a client to learn. Remembered until revoked or until the client asks for more.
create table consent (
    consent_id uuid not null primary key,
    account_id uuid not null references account (account_id),
    client_id text not null,
    -- {"allowed": ["profile", …], "declined": ["email", …]}
    content jsonb not null,
    granted_at timestamptz not null,
    revoked_at timestamptz
);

create unique index consent_active on consent (account_id, client_id) where revoked_at is null;
