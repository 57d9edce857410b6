-- When the public register was asked last who sits in the body's statutory bodies: once a day for each body, whichever replica asks.
-- The answer is not kept. Null: not yet, or it could not tell.
alter table ares_subject add column members_asked_at timestamptz;
