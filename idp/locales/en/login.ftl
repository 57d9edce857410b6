# Signing in: choice of a way, higher level, handing data over.

login-service = Signing in to { $service }
login-account = Signing in to City Identity

choice-title = How do you want to sign in?
choice-lead = Choose a way that you already use elsewhere. You need not create a new account.
choice-ways = Ways to sign in
choice-known = You used this last
choice-place = Choose your bank right away
choice-place-other = Choose another bank
choice-forget = Do not remember how I sign in
choice-none = I have none of these
choice-none-nia = You can get Citizen Identity free of charge at { $address }: with an identity card with a chip, the eGovernment Mobile Key, or through your bank.
choice-back = Back to { $service } without signing in
choice-needed = What this service needs
choice-needed-what = Any way on the list is enough for the service.
choice-privacy = We tell neither the state nor anybody else what you do with the town. The service gets only the data it needs.

again-title = Please sign in again
again-lead = The service wants a fresh login, to be sure that it is really you.
again-untold-lead = The service or page that you are opening needs to know that you signed in just now. The way you signed in does not tell us when that was and cannot be asked for a new login. Please sign in another way that belongs to your account already. If you have none, sign in another way all the same and then add your present way to that account. If we cannot be sure that both are you, an officer decides. To close your account or give up a mandate you need none of this: sign out, sign in again as you usually do, and do it within a few minutes.

select-title = Who do you want to continue as?
select-lead = Somebody is signed in with this browser already. You can continue with that login or sign in another way.
select-swapped-lead = Somebody else is signed in now than at the beginning, or it is you with another account. Continue only if it is you; else sign in again.
select-continue = Continue with the current login
select-continue-as = Continue as { $name }
select-by = Signed in by: { $ways }
select-other = Sign in another way

step-up-title = We need to verify you better
too-low-title = This login is not enough
step-up-lead = The service may show its data only to a person whose identity is verified better than your current login proves.
step-up-lead-login = The service may show its data only to somebody who signs in more securely than you are signed in now.
step-up-lead-law = The service may accept only a login whose level is valid by law. Your current login has no such validity.
step-up-where = Where you are and where you need to be
step-up-how = How you sign in
step-up-in-law = The level must be valid under the law on electronic identification: only a login through Citizen Identity will do.
step-up-now = You have this now
step-up-goal = The service requires this
step-up-enough = Also enough
step-up-ways = Get verified now
step-up-gain = Brings you to the level { $level }.
step-up-gain-login = Brings you to the level { $level }. Login: { $login }.
step-up-safe = Nothing is lost
step-up-safe-what = Afterwards you go on in the service where you stopped.

health-reached = Works
health-works = Works, signing in takes about { $seconds } s
health-slow = Slow at the moment: signing in takes about { $seconds } s. Measured at { $time }.
health-unsteady = Some sign-ins fail at the moment: { $failed } of the last { $of }, most recently at { $time }.
health-held-back = Several requests in a row failed just now. Signing in may fail.
health-instead = You reach the same level or a higher one by: { $names }.
health-suffices = You reach the level that is needed by: { $names }.
health-said-out = Several people came back from there lately with the word that it has an outage, last at { $time }. Signing in may not work.
health-down = Does not answer at the moment; we last tried at { $time }. Choose another way, or try later.

notice-restarted-title = The previous login has expired
notice-restarted-text = We start again, towards the same service. Nothing was handed to anybody.
notice-cancelled-title = The login was not completed
notice-ended-there-title = The login ended without a result
notice-ended-there-text = { $provider } sent you back to us without a login: you gave up, or did not agree that anything is told to us, or something failed there. Nothing was handed to anybody. Try again, or sign in another way.
notice-cancelled-text = { $provider } told us that the login was not completed: it was cancelled, or failed there. You can try again or another way.
notice-no-identity-title = You have no electronic identity there yet
notice-no-identity-text = { $provider } told us that you have no valid electronic identity at the bank you chose. Trying again will not help. Set one up at your bank, choose a bank where you have one already, or sign in another way.
notice-not-eligible-title = You cannot sign in this way
notice-not-eligible-text = { $provider } told us that it may not confirm your identity. Usual reasons are age, limited legal capacity, or a weaker authentication at the bank. Your bank can tell you the reason; we are not told. Sign in another way, or settle your matter in person at the office.
notice-box-of-office-title = An office’s data box does not sign you in here
notice-box-of-office-text = You signed in to the data box of a public office. Here people sign in for themselves, for a company or for an association. Sign in by a data box of your own or another way.
notice-withheld-title = This does not work without your consent
notice-withheld-text = When signing in with { $provider } you did not agree to hand over: { $withheld }. Without this we cannot complete your sign-in. Try again and allow it, or sign in another way.
notice-too-low-title = This login is not enough
notice-too-low-text = { $provider } confirmed a lower level than the service requires.
notice-not-anew-title = The login was not fresh
notice-not-anew-text = The service wants a new login, but { $provider } used an earlier one. Please try again.
notice-down-title = { $provider } does not answer at the moment
notice-down-text = It is not your fault. Choose another way, or try again in a while.
notice-branch-gone-title = We cannot offer that bank now
notice-branch-gone-text = “{ $provider }” does not offer it at the moment. Choose another bank, or go on without choosing one.
notice-again-title = The login has to be repeated
notice-again-text = The answer was lost on its way or came too late. Nobody has used it.

depart-title = Taking you to the login

demo-title = Sign in as an invented person
demo-lead = This page exists in the sandbox only. Invented people sign in here for trials.
demo-username = User name
demo-password = Password
demo-submit = Sign in
demo-cancel = Cancel
demo-wrong = Signing in failed
demo-wrong-what = The user name or the password is not right.

information-title = We will hand this data to { $service }
information-lead = The service gets it now, and each time you sign in to it. Nothing leaves without your confirmation.
information-needed = Without these the service cannot sign you in
information-optional = You may add
information-nothing-held = we hold nothing yet and hand nothing over
information-missing = Once we hold it
information-missing-what = We hold none of this about you now; we hand it over when it comes with a login.
information-proof = Proof of verification
information-proof-what = Who verified your data, when, and at what level.
information-way = Way of signing in
information-way-what = Which way you signed in and how strong it is.
information-sub = Mark
information-sub-what = A random number by which { $organisation } recognises you next time. Other organisations see another one.
information-level = Verification level
information-offline = Access later
information-offline-what = The service may refresh the data even after you sign out, until you take that back.
information-remembered = We remember your choice and ask again when the service wants more. You can take it back at any time on the page Services with your data.
information-submit = Hand over and continue
information-back = Do not hand over and go back
information-who = Who gets the data
information-for-service = service { $service }
information-purpose = What for
information-privacy = How the service treats data
information-unseen = What { $service } will not see
information-unseen-what = What you do at other services, which other services you use, or which way you sign in. Nothing that is not on the list.
information-unseen-what-but-the-way = What you do at other services, or which other services you use. Nothing that is not on the list.

provider-nia-name = Citizen Identity
provider-nia-words = Identity card with a chip, eGovernment Mobile Key, NIA ID or bank identity.
provider-saml-name = Sign in through a partner
provider-saml-words = The account you have with a partner organisation.
provider-isds-name = Data box
provider-isds-words = The sign-in details of a data box, yours or that of a company.
provider-oidc-name = Sign in through a partner
provider-oidc-words = The account you have with a partner organisation.
provider-bank_id-name = Bank identity
provider-bank_id-words = The sign-in details of your bank.
provider-caais-name = CAAIS
provider-caais-words = The account of an officer.
provider-demo-name = Trial login
provider-demo-words = Invented people, in the sandbox only.

level-unverified = Unverified account
level-contact = Verified contact
level-town = Verified identity
level-state = Verified by the state
level-state_high = Verified by the state, high assurance
level-unverified-explained = Nobody has verified yet who you are
level-contact-explained = We know how to reach you, or the state vouches at a low level
level-town-explained = The town hall, a bank or a data box verified your identity
level-state-explained = Login through Citizen Identity
level-state_high-explained = Citizen Identity with high assurance: the eObčanka identity card, a Starcos card or mojeID with a certified key
login-level-single = Simple login
login-level-single-explained = One confirmation is enough, a password for example
login-level-multi = Two-step login
login-level-multi-explained = Two different confirmations, for example a password and a phone
login-level-strong = Most secure login
login-level-strong-explained = Two confirmations, one of them bound to a device or a card

logout-question-title = Do you want to sign out?
logout-question-lead = We will sign you out of City Identity. The services you entered with it in this browser that accept such messages will be told, so that they sign you out as well.
logout-submit = Sign out
logout-stay = Stay signed in
logout-done-title = You are signed out
logout-done-lead = You are signed out of City Identity in this browser.
logout-told =
    { $count ->
        [one] We are telling the one service you were signed in to.
       *[other] We are telling { $count } services you were signed in to.
    }
logout-untold =
    { $count ->
        [one] One service you were signed in to does not accept such messages. Sign out there separately.
       *[other] { $count } services you were signed in to do not accept such messages. Sign out of each of them separately.
    }
logout-no-services = You were not signed in to any service through City Identity.
logout-done-shared = If this is somebody else's computer, close all windows of the browser as well.
logout-open = On a shared computer, sign out of the data box portal too
logout-open-what = You signed in with a data box, and its portal may still take you for signed in in this browser. We cannot sign you out there. Whoever chooses to sign in with a data box after you would get in as you.
logout-open-portal = Open the data box portal
logout-doubt = { $provider }: we did not accept the answer
logout-doubt-what = You are signed out here. But the message about signing out that { $provider } sent could not be verified, so we do not know whether you are signed out there as well. To be safe, sign out there too, or close all windows of the browser.
logout-onwards = Continue
logout-again = Sign in again

way-account = Open My identity
way-login = Try to sign in again
note-nothing-handed-over = We handed nothing to anybody.
detail-provider = Provider: { $provider }.
