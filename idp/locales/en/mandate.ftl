# For whom a person acts: the choice after the login and the page of the account.

acting-title = For whom do you act?
acting-lead = Choose for whom you want to act in { $service }.
acting-self = For myself
acting-what = The service sees that it is you who acts, and for whom. You can change it later without signing in again.
acting-submit = Continue
mandate-ico = ID No. { $ico }
mandate-until = valid until { $date }
mandate-may = You may: { $acts }
mandate-source-isds = from the data box
mandate-source-demo = an invented mandate
mandate-source-counter = verified at the town hall
mandate-source-register = from the public register
mandate-source-other = verified by the town
act-view = look
act-submit = file
act-pay = pay
act-manage = say who may act
body-company = company
body-association = association or another non-profit body
body-sole_trader = sole trader
body-public_body = public office
information-acting = For whom you act
information-acting-what = The service also sees the list of those you may act for.

nav-mandates = Whom you act for
mandates-title = Whom you act for
mandates-lead = Companies, associations and others for whom you may act with the town. What a service lets you do depends on the extent of the mandate.
mandates-body = For whom
mandates-may = What you may do
mandates-source = How we know
mandates-end = Give up
mandates-end-what = If you give a mandate up, the services in which you act by it sign you out at once. A mandate from a data box comes back when you sign in with the box again.
mandates-prove = We ask you to sign in again before.
mandates-proved-what = You can give a mandate up now.
mandates-none = You may act for yourself only
mandates-none-what = Sign in with the data box of a company or an association, and it appears here.
claim-acting-for = whom you act for
claim-may-act-for = whom you may act for
scope-city-mandate = For whom you act

register-as-of = ARES, as of { $date }
register-ended-title = The register says it no longer exists
register-ended-text = { $names }. The mandate will end soon; please file nothing for it until then.
register-old-title = The register ARES does not answer now
register-old-text = Name and seat are shown as it told them last. You can go on acting.
