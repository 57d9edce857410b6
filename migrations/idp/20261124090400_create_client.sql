-- An application registered with us. Rows of origin 'file' are a copy of the configuration file and change with it alone.
create table client (
    client_id text primary key,
    organisation_id text not null references organisation (organisation_id),
    origin text not null, -- 'file' or 'cli'
    definition jsonb not null, -- everything but secrets
    secret_hash bytea, -- SHA-256; the secret is ours, at least 256 bits
    former_secret_hash bytea, -- honoured until former_secret_until
    former_secret_until timestamptz,
    created_at timestamptz not null,
    disabled_at timestamptz
);
