-- All sessions of a browser at a client, ended ones too: a code asks each time whether one was ended after it was made.
create index client_session_browser_session on client_session (browser_session_id, client_id);
