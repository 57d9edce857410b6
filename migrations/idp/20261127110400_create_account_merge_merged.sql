-- All merges of an account, undone ones too: looked for whenever an account is discarded.
create index account_merge_merged on account_merge (merged_id);
