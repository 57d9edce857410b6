-- What a merge took from one account to the other, so that undoing it gives back exactly that.
create table merge_item (
    merge_id uuid not null references account_merge (merge_id),
    -- upstream_link | verification | fact | consent: the table
    kind text not null,
    -- The row's key there.
    item_id uuid not null,
    primary key (merge_id, kind, item_id)
);
