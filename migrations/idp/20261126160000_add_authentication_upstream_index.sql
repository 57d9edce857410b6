-- Digest of realm and index alone: a logout token of OpenID Connect may name the session and not the person.
alter table authentication add column upstream_index_key bytea;

create index authentication_upstream_index on authentication (upstream_index_key) where upstream_index_key is not null;
