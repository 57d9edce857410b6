-- For whom the tokens of this grant speak; null: for the person themself. It never changes: another choice is another grant.
alter table access_grant add column mandate_id uuid references mandate (mandate_id);

create index access_grant_mandate on access_grant (mandate_id) where mandate_id is not null;
