-- Names of attributes, never values, that a provider was seen to send. Its list is not public, and an operator has to learn
-- it from the first logins. No personal data.
create table provider_attribute (
    realm text not null,
    name text not null,
    seen_at timestamptz not null,
    primary key (realm, name)
);
