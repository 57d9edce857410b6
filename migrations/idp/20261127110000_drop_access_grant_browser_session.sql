-- Grants of a browser session are found by its sessions at clients. Every code login wrote a page of the log for this index.
drop index access_grant_browser_session;
