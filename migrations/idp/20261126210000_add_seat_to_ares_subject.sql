-- Where the body has its seat, in one line. Public register data; of a sole trader a person's. Purpose and time as for its name.
alter table ares_subject add column seat text;
