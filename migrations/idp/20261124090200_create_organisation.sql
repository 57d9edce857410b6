-- A body of the town. Its clients see one `sub` for a person.
create table organisation (
    organisation_id text primary key, -- its key in the configuration
    name jsonb not null, -- {cs, en, de}
    origin text not null, -- 'file' or 'cli'
    created_at timestamptz not null,
    removed_at timestamptz
);
