-- Two accounts of one person that became one. Reversible until `undo_until`.
create table account_merge (
    merge_id uuid not null primary key,
    -- The account that stays, and the one that is no more while the merge stands (its state is `merged`).
    survivor_id uuid not null references account (account_id),
    merged_id uuid not null references account (account_id),
    merged_at timestamptz not null,
    undo_until timestamptz not null,
    undone_at timestamptz
);

create unique index account_merge_active on account_merge (merged_id) where undone_at is null;
create index account_merge_survivor on account_merge (survivor_id);
