# My identity.

nav-identity = My identity
nav-sessions = Signed-in devices
nav-services = Services with your data
who-unnamed = My account

identity-title = My identity
identity-lead = What City Identity knows about you and where it comes from.
identity-facts = Your data
identity-no-facts = We hold no data about you yet. It comes with a login.
identity-correction = Data from registers cannot be changed here. Ask for a correction at the registry office or in the Citizen Portal; we take it over with your next login.
identity-ways = How you sign in
identity-language = Language
identity-language-what = In which language shall we write to you?
identity-language-save = Save language
language-name-cs = Čeština
language-name-en = English
language-name-de = Deutsch
way-used = added { $added }, last used { $used }
way-stale = Your data changed there. We will take them over when you next sign in this way.

sessions-title = Signed-in devices
sessions-lead = Browsers in which your identity is signed in now. If you do not recognise one, sign it out.
sessions-device = Device
sessions-since = Signed in
sessions-seen = Last used
sessions-way = With
sessions-this = this device
sessions-unknown = Unknown device
sessions-end-others = Sign out everywhere but on this device
table-action = Action

services-title = Services with your data
services-lead = To whom we handed your data, and when last.
services-service = Service
services-got = What it got
services-last = Last time
services-none = We have not handed anything to any service yet
services-none-what = Once you sign in to a service, you will find it here.
services-revoke = Take permission back
services-revoke-what = Afterwards we sign you out of the service and ask you again next time. Data that it holds already, the service itself erases at your request.
claims-none = only the mark, no data
