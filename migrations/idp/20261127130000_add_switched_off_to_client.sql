-- When an operator switched the client off; null: it is on. Apart from disabled_at, which says that nobody registers it any more: a
-- start never switches a client of the configuration on again.
alter table client add column switched_off_at timestamptz;
