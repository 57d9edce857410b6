# Kontakte und Mitteilungen.

nav-contacts = Kontakte und Mitteilungen
way-contacts = Zurück zu den Kontakten

contacts-title = Kontakte und Mitteilungen
contacts-lead = An bestätigte Adressen schreiben wir Ihnen, wann immer mit Ihrer Identität etwas geschieht.
contacts-no-mail = Die Stadt versendet noch keine E-Mails
contacts-no-mail-what = Mitteilungen finden Sie auf dieser Seite.
contacts-addresses = Ihre Adressen
contacts-none = Sie haben noch keine. Fügen Sie mindestens eine hinzu, damit wir Ihnen Änderungen mitteilen können.
contacts-email = E-Mail
contacts-email-hint = Wir senden einen Code dorthin, mit dem Sie die Adresse bestätigen. Zum Beispiel jana@example.cz
contacts-state = Stand
contacts-confirm = Bestätigen
contacts-remove = Entfernen
contacts-add = Adresse hinzufügen
contacts-add-submit = Hinzufügen und Code senden
contacts-told = Was wir Ihnen mitgeteilt haben
contacts-told-none = Noch nichts. An Ihrer Identität hat sich nichts geändert.
contact-vouched = geprüft · { $provider } · { $date }
contact-proven = bestätigt · { $date }
contact-stated = nicht bestätigt
contact-stated-through = nicht bestätigt · Angabe von { $provider }
contact-refused = Der Mailserver hat die Adresse abgelehnt ({ $date }). Bitte prüfen Sie sie.

contact-code-title = E-Mail bestätigen
contact-code-sent = An { $address } haben wir eine Nachricht mit einem Code gesendet. Kommt sie nicht binnen 10 Minuten, sehen Sie im Spam-Ordner nach.
contact-code-send-lead = An { $address } senden wir einen Code, mit dem Sie sie bestätigen.
contact-code = Code aus der E-Mail
contact-code-hint = Acht Ziffern. Gültig 24 Stunden.
contact-code-send = Code senden
contact-code-again = Neuen Code senden

contact-error-no-mail = Die Adresse lässt sich jetzt nicht bestätigen, die Stadt versendet noch keine E-Mails
contact-error-address = Geben Sie eine E-Mail-Adresse wie name@example.cz ein, ohne Umlaute und Akzente
contact-error-known = Diese Adresse haben Sie bereits bestätigt
contact-error-many = Mehr als fünf Adressen sind nicht möglich, entfernen Sie zuerst eine
contact-error-too-many-mails = Sie haben zu oft einen Code angefordert, versuchen Sie es in einer Stunde oder morgen
contact-error-code = Der Code stimmt nicht. Übernehmen Sie die acht Ziffern aus der letzten Nachricht
contact-error-over = Dieser Code gilt nicht mehr. Lassen Sie sich einen neuen senden

told-mail-kept = { $address }: nicht gesendet, die Stadt versendet noch keine E-Mails
told-mail-waiting = { $address }: wartet auf den Versand
told-mail-sending = { $address }: wird gesendet
told-mail-sent = { $address }: gesendet
told-mail-refused = { $address }: der Mailserver hat die Adresse abgelehnt
told-mail-unknown = { $address }: wir wissen nicht, ob die Nachricht ankam
told-mail-failed = { $address }: konnte nicht gesendet werden
told-address-gone = eine entfernte Adresse

err-con-101-title = Diese Adresse hat bereits eine andere Identität bestätigt
err-con-101-what = Der Code war richtig, aber die Adresse gehört zu einer anderen städtischen Identität. Ist auch das Ihre, melden Sie sich dort an; sonst verwenden Sie eine andere Adresse.
err-con-101-help = Die E-Mail-Adresse ist bei einem anderen Konto bestätigt. Hat eine Person zwei Konten, verbinden Sie sie; ein gemeinsames Postfach kann nur zu einem Konto gehören.
