-- What is looked for every minute because its time to be forgotten may have come.
create index browser_session_device on browser_session (expires_at) where device <> '';
create index conflict_closed on conflict (closed_at) where closed_at is not null;
create index mandate_named on mandate (revoked_at) where name <> '';
