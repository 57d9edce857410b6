-- Counts changes of what every server keeps in memory, so that it reads the tables again only when something moved.
create table generation (
    name text primary key, -- 'clients' or 'keys'
    value bigint not null
);

insert into generation (name, value) values ('clients', 1), ('keys', 1);
