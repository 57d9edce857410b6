# Seiten des Portals.

brand = Dienste-Portal
nav-home = Start
nav-identity = Meine Identität
nav-devices = Angemeldete Geräte
who-nameless = Mein Konto
way-home = Zurück zur Startseite
way-sign-in-again = Erneut anmelden
way-sign-in-higher = Mit stärkerer Prüfung versuchen
account-link = Städtische Identität verwalten

home-title = Start
home-heading = Dienste der Stadt { $town }
home-lead = Melden Sie sich mit der Städtischen Identität an. Sie sehen, welche Angaben über Sie die Stadt erhalten hat, von wem und wie zuverlässig sie geprüft sind.
home-sign-in = Anmelden
home-to-identity = Meine Identität anzeigen
home-see = Nach der Anmeldung sehen Sie
home-see-facts = die Angaben, die die Stadt über Sie erhalten hat
home-see-sources = wer sie wann geprüft hat
home-see-devices = alle Geräte, auf denen Sie angemeldet sind; Sie können sie abmelden
home-how = So funktioniert die Anmeldung
home-how-choice = Wie Sie sich anmelden, zum Beispiel mit der Bürgeridentität (Identita občana), wählen Sie auf der nächsten Seite.
home-how-safe = Hier geben Sie nie ein Passwort oder einen Code ein. Der Anbieter Ihrer Wahl prüft Sie, und das Portal erhält nur die Angaben, die es braucht.
home-how-town = Melden Sie sich an einem gemeinsam genutzten Computer am Ende ab. Das gilt auch für die Städtische Identität.

identity-title = Meine Identität
identity-lead = Was das Portal über Sie erhalten hat, von wem und wie zuverlässig es geprüft ist.
identity-facts = Ihre Angaben
identity-nothing = Das Portal hat keine Angaben über Sie erhalten
identity-nothing-why = Die Anmeldung hat keine Angaben übermittelt. Sie müssen nichts tun.
identity-correct = Angaben lassen sich hier nicht ändern. Die Berichtigung nimmt vor, wer die Angabe geprüft hat; wir übernehmen sie bei Ihrer nächsten Anmeldung.
identity-as-of = Stand: { $moment }
identity-step-up = Lassen Sie Ihre Identität vom Staat prüfen
identity-step-up-why = Mit der Bürgeridentität (Identita občana) sind Ihre Angaben staatlich geprüft, und Sie können erledigen, was eine stärkere Prüfung verlangt.
identity-step-up-button = Mit der Bürgeridentität prüfen
identity-login = Diese Anmeldung
identity-login-by = Womit
identity-login-at = Wann
identity-acting = Für wen Sie handeln
identity-acting-now = Sie handeln jetzt für:
identity-acting-self = sich selbst
identity-acting-until = gültig bis { $date }
identity-acting-switch = Handeln für: { $name }
identity-acting-switch-self = Für mich selbst handeln
identity-acting-what = Nach einer Änderung laden die Seiten neu. Anmelden müssen Sie sich dafür nicht.

level-unverified = Ungeprüftes Konto
level-contact = Geprüfter Kontakt
level-town = Geprüfte Identität
level-state = Vom Staat geprüft
level-state-high = Vom Staat geprüft, hohes Vertrauensniveau

fact-name = Name
fact-birth-date = Geburtsdatum
fact-birth-place = Geburtsort
fact-nationalities = Staatsangehörigkeit
fact-address = Adresse
fact-email = E-Mail
fact-phone = Telefon
fact-level = Stufe:

source-state = Bürgeridentität
source-data-box = Datenbox
source-bank = Bankidentität
source-town = Schalter der Stadt
source-agreement = Quelle nach Vereinbarung mit der Stadt
source-demo = Probeanmeldung, eine erfundene Person
source-other = geprüft nach „{ $name }“
source-proven = Ihre Angabe · durch einen Code bestätigt
source-confirmed = bestätigt
source-stated = Ihre Angabe · noch nicht bestätigt

provider-nia = Bürgeridentität
provider-isds = Datenbox
provider-bank-id = Bankidentität
provider-local = Stadtkonto
provider-demo = Probeanmeldung
provider-other = Städtische Identität

devices-title = Angemeldete Geräte
devices-lead = Browser, in denen Sie gerade beim Portal angemeldet sind.
devices-device = Gerät
devices-since = Angemeldet
devices-used = Zuletzt benutzt
devices-by = Womit
devices-action = Aktion
devices-this = dieses Gerät
devices-end = Abmelden
devices-end-others = Überall außer auf diesem Gerät abmelden
devices-ended = Erledigt
devices-ended-what = Die Liste zeigt, wo Sie jetzt angemeldet sind.
devices-elsewhere = Andere Dienste der Stadt
devices-elsewhere-what = Hier melden Sie ein Gerät nur vom Portal ab. Ist dort die Städtische Identität noch angemeldet, kann man sich mit ihr erneut anmelden. Abmelden können Sie sie, und mit ihr alle Dienste, in der Verwaltung der Städtischen Identität.
device-unknown = Unbekanntes Gerät

leaving-title = Sie werden abgemeldet
leaving-what = Vom Portal sind Sie abgemeldet. Jetzt melden wir Sie noch von der Städtischen Identität ab. Wechselt die Seite nicht von selbst, benutzen Sie die Schaltfläche.
leaving-button = Abmeldung abschließen

done-title = Sie sind abgemeldet
done-everywhere = Portal und Städtische Identität sind in diesem Browser abgemeldet.
done-here = Vom Portal sind Sie in diesem Browser abgemeldet.
done-open = Die Städtische Identität ist vielleicht noch angemeldet
done-open-what = Wir erreichen sie gerade nicht. Schließen Sie an einem gemeinsam genutzten Computer alle Fenster des Browsers.
done-shared = Schließen Sie an einem gemeinsam genutzten Computer am Ende das Browserfenster.
done-again-title = Sie sind wieder angemeldet
done-again-what = Sie haben sich inzwischen in diesem Browser erneut angemeldet.
