# The frame of every page.

skip = Skip to content
languages = Language
language-cs = CS, čeština
language-en = EN, English
language-de = DE, Deutsch
nav-main = Main
nav-main-folded = Main, folded
nav-menu = Menu
crumbs = Breadcrumb
log-in = Sign in
log-out = Sign out
acting = For whom you act
acting-now = You act for:
acting-change = Change for whom I act
title-error = Error:

foot-help = Help
foot-contact = Contact
foot-accessibility = Accessibility
foot-privacy = Privacy and cookies
foot-cookies = We only use cookies that signing in needs.
foot-call = Need advice? { $phone }
foot-write = Need advice? { $email }

field-optional = (optional)
errors-title =
    { $count ->
        [one] Please correct { $count } entry
       *[other] Please correct { $count } entries
    }

# The page that hands data on.
submit-title = Moving on
submit-what = We are taking you to { $host }. If the page does not change by itself, use the button.
submit-button = Continue
