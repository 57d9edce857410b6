# Der Rahmen jeder Seite.

skip = Zum Inhalt springen
languages = Sprache
language-cs = CS, čeština
language-en = EN, English
language-de = DE, Deutsch
nav-main = Hauptmenü
nav-main-folded = Hauptmenü, eingeklappt
nav-menu = Menü
crumbs = Brotkrumen-Navigation
log-in = Anmelden
log-out = Abmelden
acting = Für wen Sie handeln
acting-now = Sie handeln für:
acting-change = Ändern, für wen ich handle
title-error = Fehler:

foot-help = Hilfe
foot-contact = Kontakt
foot-accessibility = Barrierefreiheit
foot-privacy = Datenschutz und Cookies
foot-cookies = Wir verwenden nur Cookies, die für die Anmeldung nötig sind.
foot-call = Brauchen Sie Rat? { $phone }
foot-write = Brauchen Sie Rat? { $email }

field-optional = (freiwillig)
errors-title =
    { $count ->
        [one] Bitte korrigieren Sie { $count } Angabe
       *[other] Bitte korrigieren Sie { $count } Angaben
    }

# Die Seite, die Daten weitergibt.
submit-title = Es geht weiter
submit-what = Wir leiten Sie zu { $host } weiter. Falls sich die Seite nicht von selbst ändert, nutzen Sie die Schaltfläche.
submit-button = Weiter
