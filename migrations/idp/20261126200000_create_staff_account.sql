-- An officer of the town. A realm of its own: nothing here points to an account of a person, and nothing there points here.
create table staff_account (
    staff_account_id uuid not null primary key,
    realm text not null,
    -- The provider's identifier of the officer's profile.
    subject text not null,
    -- Personal data, sealed: the officer's name. For the pages of the officer and for who reads what staff did; renewed by
    -- each login and kept as long as the log of what the officer did.
    name bytea not null,
    -- Roles at the last login, separated by blanks: a change of them is an event.
    roles text not null,
    created_at timestamptz not null,
    logged_in_at timestamptz not null,
    -- Set by an operator: the officer does not get in, whatever the provider says.
    disabled_at timestamptz
);

create unique index staff_account_subject on staff_account (realm, subject);
