-- Contacts that ended and still hold their address: their time to be forgotten is looked for every minute.
create index contact_erasable on contact (ended_at) where ended_at is not null and value is not null;
