-- When the person chose for whom they act at this client: a code that was made before says nothing about it any more.
alter table client_session add column chosen_at timestamptz;
