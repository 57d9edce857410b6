-- When the provider last stood behind the session; null: not since the login.
alter table staff_session add column confirmed_at timestamptz;
-- Until when one request of all replicas asks it, and the others wait.
alter table staff_session add column confirming_until timestamptz;
-- What they were signed in by is not known of sessions of before: officers sign in again.
update staff_session set expires_at = created_at, upstream_session = null;
