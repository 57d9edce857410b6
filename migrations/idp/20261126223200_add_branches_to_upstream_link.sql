-- The places behind the provider (for Bank iD the banks) that vouched for this subject, in the provider's words, separated by blanks. One
-- place knows a person by one subject: a second one of it may be a namesake's. Kept as long as the link.
alter table upstream_link add column branches text not null default '';
