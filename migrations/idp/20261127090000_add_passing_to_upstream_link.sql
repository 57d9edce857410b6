-- Whether the subject is of one login: nobody can open the account again, which ends when its session is over.
alter table upstream_link add column passing boolean not null default false;
create index upstream_link_passing on upstream_link (used_at) where passing and ended_at is null;
