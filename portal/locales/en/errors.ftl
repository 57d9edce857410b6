# Errors of the portal: the title, what happened, what the help desk does.

err-por-101-title = We cannot find this sign-in
err-por-101-what = The answer belongs to a sign-in we no longer know. It is valid for an hour. Please start again.
err-por-101-help = The value of state matches no sign-in under way: it is older than an hour, or was not begun here. If everybody sees this, check that all replicas share the database or Redis.

err-por-102-title = This sign-in began in another browser
err-por-102-what = For your safety it has to be finished where it began. You can start a new one here.
err-por-102-help = The browser's cookie is missing or belongs to another browser. It may be a planted link with somebody else's sign-in; nobody was signed in.

err-por-103-title = The answer to the sign-in is not complete
err-por-103-what = The link that brought you back did not arrive whole. Please sign in again.
err-por-103-help = The answer lacks a parameter (state, code), or carries one twice.

err-por-104-title = The answer did not come from City Identity
err-por-104-what = For your safety we did not use it. Please sign in again.
err-por-104-help = The parameter iss is missing or differs from the setting broker.issuer.

err-por-105-title = The sign-in was cancelled
err-por-105-what = Nothing was passed on to anybody. You can sign in again, also in another way.
err-por-105-help = The person cancelled the sign-in, or the provider refused it (access_denied). Nothing is broken.

err-por-106-title = City Identity did not finish the sign-in
err-por-106-what = The fault is not yours. Please try again in a while.
err-por-106-help = The broker answered with the error shown on the page. invalid_scope or unauthorized_client means that the client is set up wrongly.

err-por-107-title = The sign-in could not be taken over
err-por-107-what = The confirmation from City Identity is no longer valid. Please sign in again.
err-por-107-help = The broker did not take the one-time code or the portal's own credentials. If everybody sees this, check broker.client_id, broker.client_secret and the server's clock.

err-por-108-title = The confirmation of the sign-in failed our checks
err-por-108-what = For your safety we did not use it. Nobody was signed in.
err-por-108-help = The ID token does not hold: signature, issuer, audience, nonce or time. The log has the exact reason under the incident number. Most often it is the server's clock or a wrong broker.issuer; otherwise report it as a security incident.

err-por-109-title = The facts about you failed our checks
err-por-109-what = For your safety we did not use them. Nobody was signed in.
err-por-109-help = The userinfo answer does not hold: signature, issuer, audience, or it belongs to another person than the ID token. The log has the exact reason under the incident number. Report it as a security incident.

err-por-110-title = This sign-in is not enough
err-por-110-what = The page needs stronger verification than the sign-in brought. You stay signed in as before.
err-por-110-help = The level in acr does not reach the value asked for in acr_values. The person needs another way to sign in, such as Citizen Identity.

err-por-111-title = This answer was used before
err-por-111-what = Each sign-in can be finished only once. Please start a new one.
err-por-111-help = The answer of a sign-in came a second time, from another browser. It may be a copied link; nobody was signed in.

err-por-112-title = You cannot act for this person or company
err-por-112-what = The mandate has ended meanwhile, or City Identity did not confirm it. Your present login stays valid.
err-por-112-help = The broker answered acting_for with access_denied, or its token speaks of another mandate. The mandates of a person stand in City Identity on the page Whom you act for.

err-por-113-title = Somebody else signed in
err-por-113-what = One person was signed in to the portal, but somebody else has now signed in at the city identity. We have therefore ended the former session with the portal in this browser and signed nobody else in. Whoever signed in just now stays signed in at the city identity, and the button below signs them in to the portal, too. Is that not you? Then sign out there and sign in yourself. Is it you, only in another way? Then you have two accounts, and you can merge them at the city identity.
err-por-113-help = A request for a higher level, for a switch or for a sign-in through the state's identity was answered with another sub (or login_required) than the person was signed in by. Usually two people at one browser. The session of the first one ended as somebody_else, the second one got none.

err-por-120-title = City Identity does not answer now
err-por-120-what = The fault is not yours. Please try again in a few minutes.
err-por-120-help = The portal cannot reach the broker: network, DNS, TLS, or the broker is down. Check broker.issuer and the state of the broker; city-portal check shows the reason.

err-por-121-title = City Identity answers in a way we cannot use
err-por-121-what = The fault is not yours. Please try again later.
err-por-121-help = The broker's discovery document or keys cannot be used: another issuer, a missing address, invalid JSON. city-portal check shows the reason.

err-por-201-title = Your sign-in has ended
err-por-201-what = It ran out, or you signed out on another device, in another service of the town, or at City Identity. After signing in you continue here.
err-por-201-help = The session was ended by its owner elsewhere, by the broker's logout message, by a refresh token that no longer holds, or by a newer sign-in in the same browser. The audit has the reason in session.ended.

err-por-202-title = Your sign-in has expired
err-por-202-what = For your safety it lasts 12 hours at most. After signing in you continue here.
err-por-202-help = The session reached the age session.lasts_minutes, or its cookie is unknown. Nothing is broken.

err-por-203-title = For your safety, please sign in again
err-por-203-what = City Identity did not answer for a long time, so we ended your sign-in. After signing in you continue here.
err-por-203-help = The broker was out of reach for longer than session.unreachable_minutes. Check the portal's connection to the broker.
err-por-204-title = Your sign-in at City Identity no longer holds
err-por-204-what = Most often this is because it has reached its longest possible age. Please sign in to the portal again; you continue here.
err-por-204-help = The broker refused the refresh token when the session was confirmed (invalid_grant): its session reached the age session.hours, the grant was revoked, or it belongs to somebody else. The broker's audit has the reason.

err-por-301-title = We did not accept the logout message
err-por-301-what = The broker's logout message failed our checks. No sign-in ended.
err-por-301-help = The logout token does not hold or was used before. The log, and the audit in logout_token.refused, name the rule it breaks.
