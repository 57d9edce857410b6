-- Details are erased in the order of the ids, which tell the time: one index less to follow for every event that is written.
drop index audit_event_erasable;
