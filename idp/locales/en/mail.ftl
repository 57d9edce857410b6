# Notices of what happened to an identity, on the page and by mail; codes.

told-link-added = A way to sign in was added to your city identity: { $provider }.
told-link-removed = A way to sign in was removed from your city identity: { $provider }.
told-link-replaced = The account you sign in to your city identity with has changed: { $provider }.
told-case-same = The town hall looked at the way to sign in “{ $provider }” and decided that it is yours. It opens your city identity.
told-case-another = The town hall looked at the way to sign in “{ $provider }” and decided that it is somebody else’s. It does not open your city identity.
told-case-closed = The town hall looked at the way to sign in “{ $provider }”. Nothing changes about your city identity.
told-accounts-merged = Your two city identities were merged into one.
told-merge-undone = The merge of your city identities was undone. You have two again.
told-mandate-added = You can now deal with the town on behalf of: { $body }.
told-mandate-ended = You can no longer deal with the town on behalf of: { $body }.
told-contact-added = Another confirmed contact was added to your city identity.
told-contact-removed = A contact was removed from your city identity.
told-contact-replaced = { $provider } now gives another e-mail address of yours than before. The former one is not confirmed any more. To go on getting messages there, confirm it by a code.
told-contact-restored = A removed contact is back with your city identity. We ended all sessions.
told-account-closed = Your city identity has been closed. All sessions ended, and your data have been erased.

mail-link-added = a way to sign in was added
mail-link-removed = a way to sign in was removed
mail-link-replaced = the account you sign in with has changed
mail-case-same = the town hall decided about a way to sign in
mail-case-another = the town hall decided about a way to sign in
mail-case-closed = the town hall closed a case
mail-accounts-merged = identities were merged
mail-merge-undone = the merge of identities was undone
mail-mandate-added = you may act on somebody’s behalf
mail-mandate-ended = you may no longer act on somebody’s behalf
mail-contact-added = a contact was added
mail-contact-removed = a contact was removed
mail-contact-replaced = your confirmed address changed
mail-contact-restored = a removed contact is back
mail-account-closed = your identity has been closed
mail-hello = Hello,
mail-when = This happened on { $when }.
mail-stranger = Was this not you?
mail-undo = Until { $until } you can bring the contact back with this link; you need not sign in:
mail-stranger-what = Sign in, look at how and where you sign in, and remove what you do not know:
mail-stranger-closed = The account cannot be brought back, but please let us know at once. We will find out who closed it. Your next sign-in makes a new account.
mail-help = We can help you: { $ways }.
mail-help-office = Anybody at a counter of the town hall can help you.
mail-foot = { $town } sends this message automatically, please do not reply. We never ask for a password or a code by e-mail.

mail-code = code to confirm your e-mail
mail-code-what = With this code you confirm that this e-mail address belongs to your city identity:
mail-code-valid = It is valid for 24 hours and only once. Enter it on the page Contacts and notices:
mail-code-stranger = If you did not ask for a code, delete this message. Nothing happens without the code.
