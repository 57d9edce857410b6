# Contacts and notices.

nav-contacts = Contacts and notices
way-contacts = Back to contacts

contacts-title = Contacts and notices
contacts-lead = We write to your confirmed addresses whenever something happens to your identity.
contacts-no-mail = The town does not send e-mail yet
contacts-no-mail-what = You find your notices on this page.
contacts-addresses = Your addresses
contacts-none = You have none yet. Add at least one, so that we can let you know of changes.
contacts-email = E-mail
contacts-email-hint = We send a code there with which you confirm the address. For example jana@example.cz
contacts-address = E-mail or phone
contacts-phone = We do not send anything to phones yet.
contacts-prove = Before you change anything we will ask you to sign in again.
contacts-proved = Your sign-in is confirmed
contacts-proved-what = You can change your contacts now.
contacts-state = State
contacts-confirm = Confirm
contacts-remove = Remove
contacts-add = Add an address
contacts-add-submit = Add and send a code
contacts-told = What we told you
contacts-told-none = Nothing yet. Nothing about your identity has changed.
contact-vouched = verified · { $provider } · { $date }
contact-proven = confirmed · { $date }
contact-stated = not confirmed
contact-stated-through = not confirmed · source: { $provider }
contact-refused = The mail server refused the address ({ $date }). Please check it.

contact-code-title = Confirm your e-mail
contact-code-sent = We sent a message with a code to { $address }. If it does not arrive within 10 minutes, look into your spam folder.
contact-code-send-lead = We will send a code to { $address } with which you confirm it.
contact-code = Code from the e-mail
contact-code-hint = Eight digits. Valid for 24 hours.
contact-code-send = Send a code
contact-code-again = Send a new code

contact-undo-title = Bring the removed contact back?
contact-undo-lead = The address { $address } was removed from the city identity.
contact-undo-then-back = The address will be confirmed again and we will write to it.
contact-undo-then-devices = We will sign the identity out on all devices, this one too.
contact-undo-then-once = The link works once and for this removal only.
contact-undo-yes = Bring the address back
contact-undo-no = If you removed the address yourself, close this page. Nothing will happen.
contact-restored-title = The address is back
contact-restored-lead = We will write to it again, and we signed out all devices.
contact-restored-next = Please also look at
contact-restored-ways = How people sign in to the city identity
contact-restored-contacts = Where we write about it

contact-error-no-mail = The address cannot be confirmed now, the town does not send e-mail yet
contact-error-address = Enter an e-mail address like name@example.cz, without accents
contact-error-known = You have confirmed this address already
contact-error-many = There cannot be more than five addresses, remove one first
contact-error-too-many-mails = You asked for a code too often, try again in an hour or tomorrow
contact-error-code = The code does not match. Copy the eight digits from the latest message
contact-error-over = This code is not valid any more. Have a new one sent

told-mail-kept = { $address }: not sent, the town does not send e-mail yet
told-mail-waiting = { $address }: waiting to be sent
told-mail-sending = { $address }: being sent
told-mail-sent = { $address }: sent
told-mail-refused = { $address }: the mail server refused the address
told-mail-unknown = { $address }: we do not know whether it arrived
told-mail-failed = { $address }: could not be sent
told-address-gone = a removed address

err-con-101-title = Another identity has confirmed this address already
err-con-101-what = The code was right, but the address belongs to another city identity. If that is yours too, sign in to it; otherwise use another address.
err-con-101-help = The e-mail address is confirmed for another account. If one person has two accounts, link them; a shared mailbox can belong to one account only.

err-con-102-title = This link is no longer valid
err-con-102-what = The address is back already, somebody used the link, or three days have passed. Sign in and look at your contacts.
err-con-102-help = A link that brings a contact back is valid for 72 hours and once. After signing in the person can add the contact again.

err-con-103-title = Another identity has confirmed this address
err-con-103-what = Somebody else confirmed it after it was removed, so it cannot come back. Sign in and add another address.
err-con-103-help = The removed address is confirmed for another account meanwhile. If one person has two accounts, link them.
