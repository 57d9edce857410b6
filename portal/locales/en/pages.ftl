# Pages of the portal.

brand = Services portal
nav-home = Home
nav-identity = My identity
nav-devices = Signed-in devices
who-nameless = My account
way-home = Back to the home page
way-sign-in-again = Sign in again
way-sign-in-higher = Try again with stronger verification
account-link = Manage City Identity

home-title = Home
home-heading = Services of { $town }
home-lead = Sign in with City Identity. You will see which facts about you the town received, from whom, and how reliably they are verified.
home-sign-in = Sign in
home-to-identity = Show my identity
home-see = After signing in you will see
home-see-facts = the facts about you that the town received
home-see-sources = who verified them, and when
home-see-devices = all devices you are signed in on, and you can sign them out
home-how = How signing in works
home-how-choice = You choose how to sign in, for example with Citizen Identity (Identita občana), on the next page.
home-how-safe = You never type a password or code here. The provider you choose verifies you, and the portal receives only the facts it needs.
home-how-town = On a shared computer, sign out when you finish. That signs you out of City Identity too.

identity-title = My identity
identity-lead = What the portal received about you, from whom, and how reliably it is verified.
identity-facts = Your facts
identity-nothing = The portal received no facts about you
identity-nothing-why = The sign-in passed on no facts. There is nothing you need to do.
identity-correct = Facts cannot be changed here. Ask whoever verified a fact to correct it; we take the correction over at your next sign-in.
identity-as-of = as of { $moment }
identity-step-up = Have the state verify your identity
identity-step-up-why = With Citizen Identity (Identita občana) the town has your facts verified by the state, and you can do what needs stronger verification.
identity-step-up-button = Verify with Citizen Identity
identity-login = This sign-in
identity-login-by = By
identity-login-at = When
identity-acting = For whom you act
identity-acting-now = You now act for:
identity-acting-self = yourself
identity-acting-until = valid until { $date }
identity-acting-switch = Act for: { $name }
identity-acting-switch-self = Act for myself
identity-acting-what = After a change the pages load anew. You need not sign in for it.

level-unverified = Unverified account
level-contact = Verified contact
level-town = Verified identity
level-state = Verified by the state
level-state-high = Verified by the state, high assurance

fact-name = Name
fact-birth-date = Date of birth
fact-birth-place = Place of birth
fact-nationalities = Nationality
fact-address = Address
fact-email = E-mail
fact-phone = Telephone
fact-level = Level:

source-state = Citizen Identity
source-data-box = data box
source-bank = bank identity
source-town = counter of the town
source-agreement = source under an agreement with the town
source-demo = trial sign-in, a made-up person
source-other = verified under “{ $name }”
source-proven = your own · proven by a code
source-confirmed = verified
source-stated = your own · not proven yet

provider-nia = Citizen Identity
provider-isds = data box
provider-bank-id = bank identity
provider-local = town account
provider-demo = trial sign-in
provider-other = City Identity

devices-title = Signed-in devices
devices-lead = Browsers in which you are signed in to the portal now.
devices-device = Device
devices-since = Signed in
devices-used = Last used
devices-by = By
devices-action = Action
devices-this = this device
devices-end = Sign out
devices-end-others = Sign out everywhere except this device
devices-ended = Done
devices-ended-what = The list below shows where you are signed in now.
devices-elsewhere = Other services of the town
devices-elsewhere-what = Here you sign a device out of the portal only. If City Identity is still signed in there, it can sign in again. You can sign City Identity out, and all services with it, where you manage City Identity.
device-unknown = Unknown device

leaving-title = Signing you out
leaving-what = You are signed out of the portal. We now sign you out of City Identity. If the page does not change by itself, use the button.
leaving-button = Finish signing out

done-title = You are signed out
done-everywhere = The portal and City Identity are signed out in this browser.
done-here = You are signed out of the portal in this browser.
done-open = City Identity may still be signed in
done-open-what = We cannot reach it now. On a shared computer, close all windows of the browser.
done-shared = On a shared computer, close the browser window when you finish.
done-again-title = You are signed in again
done-again-what = You signed in again in this browser meanwhile.
