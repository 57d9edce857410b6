-- What an officer has decided about somebody's ways in and another one has to agree with (four eyes): a case of conflict, or a way in
-- that its owner has lost. What changes nothing needs one officer and is decided at once.
create table decision (
    decision_id uuid not null primary key,
    -- The case; null for a removal. No reference: cases are forgotten earlier.
    conflict_id uuid,
    -- The way in to be removed; null for a case.
    upstream_link_id uuid references upstream_link (upstream_link_id),
    -- Personal data: whom it is about, and who else had the subject when it was proposed. Purpose: to find at the agreement that the
    -- case is still the one that was judged. Kept ninety days after expires_at, as the whole row, or until the account is closed.
    account_id uuid not null references account (account_id),
    other_account_id uuid references account (account_id),
    -- same-person | another-person | nothing-to-do | removed
    outcome text not null,
    -- Personal data, sealed under the master key with the row's id: the officer's reason, whom the upstream named, and the login name
    -- of whoever ran the command. Purpose and time as above.
    details bytea not null,
    proposed_by uuid not null references staff_account (staff_account_id),
    proposed_at timestamptz not null,
    expires_at timestamptz not null,
    decided_by uuid references staff_account (staff_account_id),
    decided_at timestamptz,
    -- agreed | declined | expired
    result text
);

create unique index decision_open_conflict on decision (conflict_id) where decided_at is null;
create unique index decision_open_link on decision (upstream_link_id) where decided_at is null;
create index decision_account on decision (account_id);
create index decision_other on decision (other_account_id) where other_account_id is not null;
create index decision_expires on decision (expires_at);
