-- An e-mail address or phone number of a person. Nobody is ever found, linked or logged in by one.
create table contact (
    contact_id uuid not null primary key,
    account_id uuid not null references account (account_id),
    -- email | phone
    kind text not null,
    -- Personal data, sealed under the master key with the row's id. Purpose: telling the person what happened to their
    -- identity. Kept until thirty days after it ended (the notice of its removal still goes there), null afterwards.
    value bytea,
    -- Keyed digest of the folded address: unique while proven, and a login does not bring back what the person removed.
    -- Kept as long as the account.
    search_key bytea not null,
    -- Name of the provider's configuration entry that told it; null when the person typed it.
    provider text,
    added_at timestamptz not null,
    -- Since when it is proven to be the person's; null: only stated.
    proven_at timestamptz,
    -- code | provider
    proven_by text,
    -- When its mail server last refused it for good.
    refused_at timestamptz,
    ended_at timestamptz
);

create index contact_account on contact (account_id);
create unique index contact_proven on contact (kind, search_key) where proven_at is not null and ended_at is null;
create unique index contact_current on contact (account_id, kind, search_key) where ended_at is null;
