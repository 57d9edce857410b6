-- What was given on the strength of a way in is found when the way in is removed.
create index authentication_upstream_link on authentication (upstream_link_id);
