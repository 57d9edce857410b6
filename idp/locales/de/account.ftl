# Meine Identität.

nav-identity = Meine Identität
nav-sessions = Angemeldete Geräte
nav-services = Dienste mit Ihren Daten
who-unnamed = Mein Konto

identity-title = Meine Identität
identity-lead = Was die Städtische Identität über Sie weiß und woher.
identity-facts = Ihre Daten
identity-no-facts = Wir führen noch keine Daten über Sie. Sie kommen mit einer Anmeldung.
identity-correction = Daten aus Registern lassen sich hier nicht ändern. Eine Berichtigung verlangen Sie beim Standesamt oder im Bürgerportal; wir übernehmen sie bei der nächsten Anmeldung.
identity-ways = Wie Sie sich anmelden
identity-language = Sprache
identity-language-what = In welcher Sprache sollen wir Ihnen schreiben?
identity-language-save = Sprache speichern
language-name-cs = Čeština
language-name-en = English
language-name-de = Deutsch
way-used = hinzugefügt { $added }, zuletzt { $used }
way-stale = Ihre Daten haben sich dort geändert. Wir übernehmen sie bei Ihrer nächsten Anmeldung auf diesem Weg.

sessions-title = Angemeldete Geräte
sessions-lead = Browser, in denen Ihre Identität gerade angemeldet ist. Kennen Sie einen davon nicht, melden Sie ihn ab.
sessions-device = Gerät
sessions-since = Angemeldet
sessions-seen = Zuletzt benutzt
sessions-way = Womit
sessions-this = dieses Gerät
sessions-unknown = Unbekanntes Gerät
sessions-end-others = Überall außer auf diesem Gerät abmelden
table-action = Aktion

services-title = Dienste mit Ihren Daten
services-lead = An wen wir Ihre Daten weitergegeben haben und wann zuletzt.
services-service = Dienst
services-got = Was er erhielt
services-last = Zuletzt
services-none = Wir haben noch keinem Dienst etwas weitergegeben
services-none-what = Sobald Sie sich bei einem Dienst anmelden, finden Sie ihn hier.
services-revoke = Zustimmung widerrufen
services-revoke-what = Danach melden wir Sie beim Dienst ab und fragen beim nächsten Mal erneut. Daten, die er schon hat, löscht der Dienst selbst auf Ihren Wunsch.
claims-none = nur das Kennzeichen, keine Daten
