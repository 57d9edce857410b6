-- Sessions that were ended: their time to be deleted is looked for every minute, beside that of expired ones.
create index portal_session_ended on portal_session (ended_at) where ended_at is not null;
