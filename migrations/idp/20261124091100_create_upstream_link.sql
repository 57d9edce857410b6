-- An account's tie to one subject of one upstream provider.
create table upstream_link (
    upstream_link_id uuid not null primary key,
    account_id uuid not null references account (account_id),
    -- Computed by the provider from kind, environment and issuer; renaming a configuration entry orphans nobody.
    realm text not null,
    -- Personal data: the provider's pseudonym of the person, compared byte by byte at every login. Kept as long
    -- as the account, never released to a client.
    subject text not null,
    -- Name of the configuration entry at the last login, for display.
    provider text not null,
    created_at timestamptz not null,
    used_at timestamptz not null,
    ended_at timestamptz
);

create unique index upstream_link_active on upstream_link (realm, subject) where ended_at is null;
create index upstream_link_account on upstream_link (account_id);
