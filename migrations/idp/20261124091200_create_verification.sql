-- One proof of who somebody is. Levels are computed from the valid rows, never stored with the account.
create table verification (
    verification_id uuid not null primary key,
    account_id uuid not null references account (account_id),
    -- upstream | counter
    method text not null,
    -- The link whose login proved it; null for the counter.
    upstream_link_id uuid references upstream_link (upstream_link_id),
    provider text,
    realm text,
    -- unverified | contact | town | state | state_high
    identity_level text not null,
    -- The upstream's own word for the level, where it has a standing in law (eIDAS URI).
    assurance text,
    -- Framework the proof was made under, for verified_claims.
    trust_framework text,
    -- Officers of a counter check; null for an upstream login.
    verified_by uuid,
    second_officer uuid,
    created_at timestamptz not null,
    -- When it was proved last: every login of the same link at the same level proves it again.
    verified_at timestamptz not null,
    valid_until timestamptz,
    revoked_at timestamptz
);

create index verification_account on verification (account_id);
create unique index verification_of_link on verification (upstream_link_id, identity_level) where revoked_at is null;
