-- What ARES, the public register of subjects with an identification number, last said about one.
create table ares_subject (
    ico text not null primary key,
    -- Public register data. The name of a sole trader is a person's: purpose, naming the body somebody acts for. Kept
    -- until [ares] keep_days have passed since ARES was last asked. No name: ARES knows no such subject.
    name text,
    -- Three digits, and YYYY-MM-DD of its end.
    legal_form text,
    ended boolean not null,
    ended_on text,
    fetched_at timestamptz not null
);

create index ares_subject_fetched on ares_subject (fetched_at);
