-- An API of the town for which access tokens are signed.
create table resource (
    resource_id text primary key, -- its key in the configuration
    organisation_id text not null references organisation (organisation_id),
    uri text not null unique,
    definition jsonb not null,
    origin text not null, -- 'file' or 'cli'
    created_at timestamptz not null,
    removed_at timestamptz
);
