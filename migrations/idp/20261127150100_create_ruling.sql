-- Who a subject is by the word of two officers, beside what the rules say: this person although the upstream says another name or date of
-- birth, or not this person although the upstream says so.
create table ruling (
    ruling_id uuid not null primary key,
    decision_id uuid not null,
    -- same | apart
    says text not null,
    -- Whose account it was about. Kept as long as the account.
    account_id uuid not null references account (account_id),
    -- The way in that the subject has; of *same* alone.
    upstream_link_id uuid references upstream_link (upstream_link_id),
    realm text not null,
    -- SHA-256 of realm and subject, as in conflict.
    subject_hash bytea not null,
    -- Personal data, sealed under the master key with the row's id: the name and date of birth that the officers took for this person's;
    -- nobody else of that subject is let in by it. Kept as long as the account.
    told bytea not null,
    decided_at timestamptz not null
);

create index ruling_subject on ruling (subject_hash);
create index ruling_account on ruling (account_id);
create index ruling_link on ruling (upstream_link_id) where upstream_link_id is not null;
