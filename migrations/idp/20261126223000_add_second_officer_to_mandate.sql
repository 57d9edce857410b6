-- The officer who agreed with the one who approved it (four eyes); null for a mandate that a login showed.
alter table mandate add column second_officer uuid;
