-- All consents of an account, withdrawn ones too: read when it is forgotten, and whenever an account is discarded.
create index consent_account on consent (account_id);
