# State of the ways to sign in.

foot-status = State of sign-in
status-title = How the ways to sign in work now
status-lead = What we saw of each of them in the last half hour. If one does not work, choose another one when you sign in.
status-as-of = As of { $when }
health-quiet = Nobody used it lately
status-look = Last connection check at { $time }: an answer in { $milliseconds } ms.
status-look-missed = The last connection check at { $time } failed.
status-held-back = After several failures in a row we send it no more requests for a while.
