-- The `sub` of an account towards an organisation: random, stored, never derived.
create table pairwise_subject (
    organisation_id text not null references organisation (organisation_id),
    account_id uuid not null references account (account_id),
    sub text not null unique,
    created_at timestamptz not null,
    primary key (organisation_id, account_id)
);

create index pairwise_subject_account on pairwise_subject (account_id);
