-- When the person brought it back by the link of a mail. Its next removal is final: an address is brought back once.
alter table contact add column restored_at timestamptz;
