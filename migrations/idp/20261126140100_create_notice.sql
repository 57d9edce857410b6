-- Something that happened to somebody's identity and that they are told, on their page and by mail.
create table notice (
    notice_id uuid not null primary key,
    account_id uuid not null references account (account_id),
    -- link_added, link_removed, …
    kind text not null,
    -- Personal data (whom a mandate is for), sealed under the master key with the row's id. Purpose: the sentence on the
    -- page and in the mail. Kept for two years.
    details bytea not null,
    created_at timestamptz not null
);

create index notice_account on notice (account_id, created_at);
create index notice_created on notice (created_at);
