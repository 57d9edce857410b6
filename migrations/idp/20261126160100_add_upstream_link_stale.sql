-- Since when the upstream says that what it knows of the person has changed; the next login clears it.
alter table upstream_link add column stale_since timestamptz;
