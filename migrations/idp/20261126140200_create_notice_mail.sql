-- One mail of a notice to one confirmed contact, and what became of it.
create table notice_mail (
    notice_mail_id uuid not null primary key,
    notice_id uuid not null references notice (notice_id),
    contact_id uuid not null references contact (contact_id),
    -- kept (no mail server is configured) | waiting | sending | sent | refused | unknown | failed
    state text not null,
    changed_at timestamptz not null
);

create index notice_mail_notice on notice_mail (notice_id);
create index notice_mail_contact on notice_mail (contact_id);
