-- For whom the person acts at this client now; null: for themself.
alter table client_session add column mandate_id uuid references mandate (mandate_id);

create index client_session_mandate on client_session (mandate_id) where mandate_id is not null;
