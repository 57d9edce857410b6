-- A mandate that one officer has verified and another one has to agree with (four eyes). Nobody acts by it; it becomes a row of
-- mandate, or nothing.
create table mandate_proposal (
    mandate_proposal_id uuid not null primary key,
    -- Personal data: the person who would act. Kept until ninety days after the decision, as the whole row.
    account_id uuid not null references account (account_id),
    -- company | association | sole_trader | public_body
    kind text not null,
    -- Identification number (IČO) of the body; of a sole trader personal data. For the officer who decides, and for the mandate.
    ico text,
    -- Its name, as the register or the officer wrote it; of a sole trader personal data. Purpose as for ico.
    name text not null,
    -- The person's part in the body, as the paper says.
    role text,
    -- How the officer saw it: counter | register
    source text not null,
    -- What the person may do for the body, separated by blanks: view submit pay manage
    scope text not null,
    -- Number of the file that holds the paper.
    evidence text,
    valid_from timestamptz not null,
    valid_until timestamptz not null,
    proposed_by uuid not null references staff_account (staff_account_id),
    proposed_at timestamptz not null,
    expires_at timestamptz not null,
    -- The other officer, or the same one who takes it back; null for one that ran out of time.
    decided_by uuid references staff_account (staff_account_id),
    decided_at timestamptz,
    -- approved | refused | taken_back | expired
    outcome text
);

create index mandate_proposal_account on mandate_proposal (account_id);
create index mandate_proposal_open on mandate_proposal (expires_at) where decided_at is null;
create index mandate_proposal_decided on mandate_proposal (decided_at) where decided_at is not null;
