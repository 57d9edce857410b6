# Pages of officers.

staff-title = Officer's sign-in
staff-lead = You are signed in as an officer. This has nothing to do with your own account as a citizen.
staff-name = Name
staff-office = Office
staff-roles = Roles
staff-since = Signed in since
staff-until = Signed in until, at the latest
staff-roles-what = Roles are given to you by the local administrator of your office, in CAAIS. A change counts from the next sign-in.

staff-login-title = Sign-in of officers
staff-login-lead = You sign in with your account as an officer. Only officers of the town who have a role here get in.
staff-submit = Sign in with { $provider }
staff-login-people = Not an officer? { $account }
staff-login-people-link = Sign in to My identity
staff-left-title = You are signed out
staff-left-text = On a shared computer, close the browser to be safe.
staff-cancelled-title = The sign-in was not finished
staff-cancelled-text = { $provider }: the sign-in was cancelled. You can try again.
staff-down-title = The sign-in system does not answer now
staff-down-text = { $provider }: the fault is not yours. Please try again in a moment.
staff-again-title = The sign-in has to be repeated
staff-again-text = The answer was lost on the way. Nothing happened; please begin again.
way-staff = Back to the sign-in of officers

role-idp-verifier = Verifying identity at the counter
role-idp-supervisor = Deciding as the second officer
role-idp-clients = Managing connected services
role-idp-admin = Administering City Identity
role-portal-editor = Editing the portal
role-portal-publisher = Publishing on the portal
role-portal-operator = Looking after submissions
role-portal-support = Helping citizens
role-portal-auditor = Reading the portal's log
role-portal-admin = Administering the portal
