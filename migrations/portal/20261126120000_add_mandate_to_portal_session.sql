-- The mandate by which the person acts in this session; null: for themself. Personal data (pseudonym) towards the broker, for
-- telling sessions apart; until the row goes.
alter table portal_session add column mandate text;
