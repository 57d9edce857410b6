-- Who may act for whom: a person for a company, an association, a business or an office. It counts while it is neither
-- revoked nor out of date.
create table mandate (
    mandate_id uuid not null primary key,
    -- Personal data: the person who acts. Kept as long as the account.
    account_id uuid not null references account (account_id),
    -- company | association | sole_trader | public_body
    kind text not null,
    -- Identification number (IČO) of the body, eight digits; null where the source named none. Of a sole trader it is personal
    -- data. For telling services whom the person acts for; kept a year after the mandate's end.
    ico text,
    -- Its name as the source wrote it; of a sole trader personal data. Purpose and time as for ico.
    name text not null,
    -- Where it comes from: the kind of the provider whose login showed it (isds), or how an officer saw it (counter, register, …).
    source text not null,
    -- The link whose logins show it; null for one that an officer approved.
    upstream_link_id uuid references upstream_link (upstream_link_id),
    -- The source's own identifier of the body: the data box.
    reference text,
    -- The person's part in the body in the source's words.
    role text,
    -- What the person may do for the body, separated by blanks: view submit pay manage
    scope text not null,
    -- How well the mandate itself is proved, in words of the identity level.
    level text not null,
    -- Officer who approved it; null for one that a login showed.
    approved_by uuid,
    created_at timestamptz not null,
    -- When a login or an officer showed it last.
    shown_at timestamptz not null,
    valid_from timestamptz not null,
    valid_until timestamptz not null,
    revoked_at timestamptz,
    -- not_shown | expired | given_up | withdrawn | body_ended
    end_reason text
);

create index mandate_account on mandate (account_id);
create index mandate_end on mandate (valid_until) where revoked_at is null;
create unique index mandate_of_link on mandate (upstream_link_id, reference) where revoked_at is null;
