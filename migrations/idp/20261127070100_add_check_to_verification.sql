-- When a bank verified the person, long before the login; null where it does not tell.
alter table verification add column checked_at timestamptz;
-- In what process: the identification number of the bank.
alter table verification add column process text;
