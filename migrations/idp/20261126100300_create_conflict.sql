-- A link or merge that the rules do not decide: an officer does. One open row for an account, kind and subject.
create table conflict (
    conflict_id uuid not null primary key,
    -- names_differ | birth_date_differs | nothing_to_compare | subject_taken | second_state_subject | subjects_joined
    kind text not null,
    -- new | in_progress | resolved | dismissed
    state text not null,
    -- Who met it, and the other account where there is one.
    account_id uuid not null references account (account_id),
    other_account_id uuid references account (account_id),
    -- Configuration entry and realm of the upstream that brought it up.
    provider text not null,
    realm text not null,
    -- SHA-256 of realm and subject: the same attempt is the same row, and the pseudonym itself is not kept.
    subject_hash bytea not null,
    -- Personal data, sealed under the master key with the row's id: what was compared, and what the person says about
    -- it. Purpose: the officer's decision. Kept ninety days after the case is closed.
    details bytea not null,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    closed_at timestamptz
);

create unique index conflict_open on conflict (account_id, kind, subject_hash) where closed_at is null;
create index conflict_state on conflict (state, created_at);
