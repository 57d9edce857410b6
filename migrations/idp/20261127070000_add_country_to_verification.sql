-- The state that vouches for the identity, where the provider tells it: CZ, or another of the eIDAS network.
alter table verification add column country text;
