-- A person in our eyes. Deliberately without name, e-mail or any other key that a stranger could guess.
create table account (
    account_id uuid not null primary key,
    -- active | disabled | deleted
    state text not null,
    -- Language of letters and pages, chosen by the person: cs | en | de.
    locale text,
    created_at timestamptz not null,
    changed_at timestamptz not null
);
