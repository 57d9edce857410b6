-- Sessions that are still open: those that have run out of time, and those that nobody has used for long, are looked for and ended.
create index browser_session_expired on browser_session (expires_at) where ended_at is null;
create index browser_session_idle on browser_session (seen_at) where ended_at is null;
