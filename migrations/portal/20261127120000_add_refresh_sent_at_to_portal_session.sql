-- When the refresh token was first sent of which no answer has come; null: none is on its way. A token that may have been used
-- up must not be sent again later, or the broker takes it for stolen.
alter table portal_session add column refresh_sent_at timestamptz;
