-- One value about a person. A new value supersedes the old one, which stays as history.
create table fact (
    fact_id uuid not null primary key,
    account_id uuid not null references account (account_id),
    -- The proof it came with; null when the person stated it.
    verification_id uuid references verification (verification_id),
    -- given_name, family_name, birth_date, …
    kind text not null,
    -- vouched: the source took it from a register or checked it; self_stated: it passed on what the person told it.
    standing text not null,
    -- Personal data, sealed under the master key with the row's id. Purpose: shown to the person and released to
    -- clients by approved claim. Kept as long as the account; superseded values for ten years (changes of name).
    value bytea not null,
    -- Keyed digest of the normalised family name, birth date or e-mail, so that an officer's search finds the row
    -- by equality while the file holds no name. Null for everything else.
    search_key bytea,
    recorded_at timestamptz not null,
    superseded_at timestamptz
);

create index fact_account on fact (account_id);
create index fact_search on fact (search_key) where superseded_at is null and search_key is not null;
