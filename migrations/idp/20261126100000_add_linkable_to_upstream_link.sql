-- Whether the subject names one person for good. One that does not (a data box without its user's own identifier)
-- lets its account in and stays that account's only way in.
alter table upstream_link add column linkable boolean not null default true;
