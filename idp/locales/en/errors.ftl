# Errors of signing in and out: title, what happened, what the help desk does.

err-log-101-title = We do not know this login any more
err-log-101-what = The link is older than a day or not complete. Open the service you wanted again and sign in from there.
err-log-101-help = No login with this address is in the short-lived store. Mostly an old bookmark or a shortened link; if it happens to everybody, look at the store (Redis or the database).

err-log-103-title = The login began in another browser
err-log-103-what = For safety we can complete it only where it began. Go back to that browser, or start again here.
err-log-103-help = The browser's cookie is not the one it left for the provider with. Either somebody else opened the link, or the browser deletes cookies.

err-log-104-title = This answer was used already
err-log-104-what = One login counts once. If you have completed it, go on in the service; otherwise start again.
err-log-104-help = The provider's answer came a second time, from another browser or after ten minutes. If this repeats, somebody may have intercepted it.

err-log-105-title = We did not recognise the login
err-log-105-what = The answer your browser brought belongs to no login that began here. We did not use it.
err-log-105-help = The answer has no known request id: the login began elsewhere, is older than an hour, or somebody tried to forge one.

err-log-106-title = The login was not completed in time
err-log-106-what = The answer came later than we may accept it. For safety we did not use it.
err-log-106-help = More time passed between leaving for the provider and coming back than login.answer_within_minutes allows.

err-log-107-title = The login was not completed
err-log-107-what = We could not verify the answer your browser brought ({ $provider }), so we did not use it. Please try again.
err-log-107-help = The answer failed verification. Which check failed stands in the log and in the audit (city-idp audit list --incident NUMBER), with advice where the configuration may be the cause.

err-log-108-title = The login was not completed
err-log-108-what = The answer came to the address of another provider than the one you left for. We did not use it.
err-log-108-help = A mix-up of providers: check that each has its own answer address registered.

err-log-109-title = This answer was used already
err-log-109-what = The same answer came earlier with another login. We did not use it.
err-log-109-help = A repeated answer with another request. Only an attempt to forge, or a defect of the provider, behaves like that.

err-log-110-title = We do not have this way of signing in
err-log-110-what = The provider was switched off, or the address is not right. Please choose another way.
err-log-110-help = The configuration has no provider of this name.

err-log-111-title = The provider does not answer at the moment
err-log-111-what = { $provider } cannot be reached. It is not your fault. Please try again in a while, or sign in another way.
err-log-111-help = The provider's metadata, keys or answer could not be fetched: it did not answer, or sent something else. See the command city-idp check and the network to the provider.

err-log-112-title = Signing in does not work here at the moment
err-log-112-what = The fault is on our side. Please try another way, or later.
err-log-112-help = Our key or configuration for the provider does not work; the cause is in the log. The command city-idp check helps.

err-log-113-title = The account is switched off
err-log-113-what = The login itself was fine, but your account with the town is switched off. Please contact the help desk.
err-log-113-help = An administrator switched the account off. The reason stands in the account’s audit (city-idp audit list --account KEY).

err-log-114-title = This way cannot be used here
err-log-114-what = The service does not accept it, or it does not reach the level it needs. Please choose another one.
err-log-114-help = The chosen provider is not allowed for the client, does not reach the level asked for, or cannot be made to authenticate anew.

err-log-115-title = Signing in is not possible at the moment
err-log-115-what = No way of signing in is available. Please try again later.
err-log-115-help = The configuration has no provider that would do.

err-log-116-title = An officer has to say which account is yours
err-log-116-what = The provider told us that you were known to us by another identifier before. What we know of you does not tell for certain which account is yours. The town hall decides, so we have not signed you in. The number of the case is { $case }. Please turn to the town hall with it, and bring your identity card or passport. Once they have decided, sign in again the same way.
err-log-116-help = The provider joined identifiers that belong to several accounts here, or to somebody of another name or date of birth. city-idp conflict show NUMBER shows the case, of the kind subjects_joined or grave_change.

err-log-118-title = Your browser keeps no cookies
err-log-118-what = Without them we cannot tell that the same browser came back after signing in, and a stranger could go on in your place. Allow cookies for this site and try again.
err-log-118-help = Twice in a row the browser did not bring the cookie it was given. Cookies are switched off, or an extension or a proxy removes them.

err-log-119-title = The login ended without a result
err-log-119-what = { $provider } sent you back to us without a login. You gave up, or did not agree that anything is told to us, or something failed there. Try again, or sign in another way.
err-log-119-help = The provider sent the browser to the address for errors and does not say why, or answered by SAML with an error without the signature it has to have, which stands in the log with advice. With data boxes it is mostly a refused consent. If it happens to everybody, the command city-idp check helps.

err-log-120-title = We do not know which login this belongs to
err-log-120-what = This browser has more than one login by { $provider } under way, and it did not tell us which of them you came back to. So we signed nobody in. Close the other windows, wait a quarter of an hour and begin anew, or sign in another way.
err-log-120-help = The answer came without the number of its login (appToken), and the browser has more than one login open at the provider. See without_app_token.

err-log-121-title = We know somebody else by this login
err-log-121-what = The provider gave another name or date of birth than the one we have for this login. So that nobody gets to see another person's data, we have not signed you in. The number of the case is { $case }. Please turn to the town hall with it and bring your identity card or passport, or sign in another way. Once they have decided, sign in again the same way.
err-log-121-help = The provider gave an identifier that is somebody's here to another person, or corrected their date of birth. city-idp conflict show NUMBER shows the case, of the kind grave_change.

err-aut-101-title = The link to the login is not complete
err-aut-101-what = The service did not tell us who it is. Go back to it and try again.
err-aut-101-help = The request has no client_id, or has it twice. The fault is the service's.

err-aut-102-title = We do not know this service
err-aut-102-what = The service you come from is not registered with us. For safety we let it go no further.
err-aut-102-help = The client_id is not among the registered clients. Check the service's configuration, or the command city-idp client list.

err-aut-103-title = The service is switched off
err-aut-103-what = Nobody can sign in to this service at the moment; an administrator switched it off.
err-aut-103-help = The client is switched off in the register.

err-aut-104-title = The link to the login is not complete
err-aut-104-what = The service did not tell us where you should return. Go back to it and try again.
err-aut-104-help = The request has no redirect_uri, or has it twice. The fault is the service's.

err-aut-105-title = We do not know the service's return address
err-aut-105-what = The service wants you to return to an address that it has not registered with us. For safety we do not send you there.
err-aut-105-help = The redirect_uri is not in the client's list, character by character. Add it to the registration, or correct the service. If it is there, production does not take it (a sandbox, this machine or http): the reason is in the log, and city-idp check tells it.

err-out-101-title = We did not accept the message about signing out
err-out-101-what = It could not be verified, so we did nothing. You can sign out with the button on the page My identity.
err-out-101-help = A provider's logout message has no valid signature, is old, is repeated, or meets no login here.

err-lnk-101-title = The login changed while you were adding a way in
err-lnk-101-what = Between the start and your return somebody else signed in in this browser, or the login ended. Nothing was added; please begin again.
err-lnk-101-help = The session in which it began has ended or belongs to another account. A protection against adding something to somebody else's account.

err-lnk-102-title = The time to confirm is over
err-lnk-102-what = The proposed link is not valid any more, or it was used. See whether the way to sign in has been added; if not, repeat it.
err-lnk-102-help = The ticket of the proposed link is not in the short-lived store: it expired (account.confirm_minutes) or was confirmed.

err-lnk-103-title = This proposal belongs to another login
err-lnk-103-what = Only who began the link can confirm it, in the same browser. Nothing was changed.
err-lnk-103-help = The ticket of a proposed link came from another browser, session or account. This may be an attempt at fraud.

err-lnk-104-title = You cannot try again today
err-lnk-104-what = Links were refused several times today. Try tomorrow, or contact the office, which can compare the data.
err-lnk-104-help = The account has had three refused attempts to add a way in within a day. An officer handles the case.

err-lnk-105-title = Your account has no such way to sign in
err-lnk-105-what = You may have removed it already.
err-lnk-105-help = There is no link of this number, it has ended, or it belongs to another account.

err-lnk-106-title = This way cannot be removed now
err-lnk-106-what = Either no other would be left, or a service you are using needs it, or without it merged accounts could not be separated. The page of that way says why.
err-lnk-106-help = The last usable way in, the only one that reaches the level a service in use demands, or the last one of a merged account that can still be separated.

err-lnk-107-title = These accounts cannot be separated
err-lnk-107-what = The time is over, the town hall removed the last way to sign in of one of them, or one of them would now be left without a way to sign in.
err-lnk-107-help = The merge does not stand, is another account's, account.undo_days is over, officers removed the last way in of one side (merge.parting-ended), or one side would have no way in.

err-stf-101-title = You signed in for another office
err-stf-101-what = Only officers of this town get in. If you have several profiles in CAAIS, please sign in with the one at the town.
err-stf-101-help = The identification number in the answer of CAAIS is not the one in provider.NAME.ico: an officer of another office, or a wrong number in the configuration.
err-stf-102-title = You have no role here
err-stf-102-what = The sign-in went well, but no role in this system has been given to you. Ask the local administrator of your office for one.
err-stf-102-help = CAAIS sent no access role, or only some that do not stand in [staff.roles]. The local administrator gives roles in CAAIS.
err-stf-103-title = CAAIS has not identified you
err-stf-103-what = Only officers who were identified in the state's register get in. Ask the local administrator of your office to have it done.
err-stf-103-help = CAAIS sent person_identified = false. The local administrator of the office arranges the identification.
err-stf-104-title = This sign-in does not suffice
err-stf-104-what = Working in this system needs a safer sign-in than the one CAAIS guarantees for our service. Please turn to the administrator.
err-stf-104-help = The level in provider.NAME.level is below staff.minimum_login, or does not reach town. Raise the minimum in the configuration at CAAIS and here.
err-stf-105-title = Your access is switched off
err-stf-105-what = The sign-in went well, but an administrator switched your access off. Please turn to them.
err-stf-105-help = The command city-idp staff disable switched the officer off; city-idp staff enable lets them in again.
err-stf-106-title = You have no role for this page
err-stf-106-what = Your sign-in stands, but your roles do not open this page. If you need it for your work, ask the local administrator of your office for the role.
err-stf-106-help = The page asks for another role than those that [staff.roles] gives for the ones assigned in CAAIS. city-idp staff list tells who has which.
err-stf-107-title = There is no such mandate
err-stf-107-what = It may have ended meanwhile. Please look for it again.
err-stf-107-help = No mandate has this key, or it has ended. city-idp mandate list tells those that stand.
err-stf-108-title = No such proposal waits
err-stf-108-what = Somebody may have decided on it, or its time ran out. Please look at the list.
err-stf-108-help = No mandate_proposal has this key, or it is decided, or it waited for more than fourteen days. The events mandate.proposal.ended and mandate.added tell what happened.
err-stf-109-title = We do not know now whether you still have your role
err-stf-109-what = Every minute we ask CAAIS which roles you have, and now it did not answer. You stay signed in. Please try again in a while.
err-stf-109-help = CAAIS did not answer when asked by the refresh token. The log tells the cause at this event. How often it is asked, staff.confirm_seconds says.
