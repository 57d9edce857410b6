-- When the person authenticated, as the upstream says: auth_time on the wire. Null where it does not say; authenticated_at is
-- then the moment we took its answer, at the latest. Personal data as the row.
alter table authentication add column auth_time timestamptz;
-- Data boxes never said it, and general OpenID providers and CAAIS not always.
update authentication set auth_time = authenticated_at
where realm like 'nia:%' or realm like 'saml:%' or realm like 'bank_id:%' or realm like 'demo:%';
