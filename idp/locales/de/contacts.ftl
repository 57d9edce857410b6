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
contacts-address = E-Mail oder Telefon
contacts-phone = An Telefone senden wir noch nichts.
contacts-prove = Bevor Sie etwas ändern, bitten wir Sie um eine neue Anmeldung.
contacts-proved = Ihre Anmeldung ist bestätigt
contacts-proved-what = Sie können Ihre Kontakte jetzt ändern.
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
contact-stated-through = nicht bestätigt · Quelle: { $provider }
contact-refused = Der Mailserver hat die Adresse abgelehnt ({ $date }). Bitte prüfen Sie sie.

contact-code-title = E-Mail bestätigen
contact-code-sent = An { $address } haben wir eine Nachricht mit einem Code gesendet. Kommt sie nicht binnen 10 Minuten, sehen Sie im Spam-Ordner nach.
contact-code-send-lead = An { $address } senden wir einen Code, mit dem Sie sie bestätigen.
contact-code = Code aus der E-Mail
contact-code-hint = Acht Ziffern. Gültig 24 Stunden.
contact-code-send = Code senden
contact-code-again = Neuen Code senden

contact-undo-title = Entfernten Kontakt zurückholen?
contact-undo-lead = Die Adresse { $address } wurde aus der städtischen Identität entfernt.
contact-undo-then-back = Die Adresse gilt wieder als bestätigt, und wir schreiben an sie.
contact-undo-then-devices = Wir melden die Identität auf allen Geräten ab, auch auf diesem.
contact-undo-then-once = Der Link gilt einmal und nur für diese Entfernung.
contact-undo-yes = Adresse zurückholen
contact-undo-no = Wenn Sie die Adresse selbst entfernt haben, schließen Sie diese Seite. Es geschieht nichts.
contact-restored-title = Die Adresse ist zurück
contact-restored-lead = Wir schreiben wieder an sie und haben alle Geräte abgemeldet.
contact-restored-next = Sehen Sie bitte auch nach
contact-restored-ways = Womit man sich bei der Städtischen Identität anmeldet
contact-restored-contacts = Wohin wir über sie schreiben

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
err-con-101-help = Die E-Mail-Adresse ist bei einem anderen Konto bestätigt. Hat eine Person zwei Konten, führen Sie sie zusammen; ein gemeinsames Postfach kann nur zu einem Konto gehören.

err-con-102-title = Dieser Link gilt nicht mehr
err-con-102-what = Die Adresse ist schon zurück, jemand hat den Link verwendet, oder drei Tage sind vorbei. Melden Sie sich an und sehen Sie Ihre Kontakte durch.
err-con-102-help = Ein Link zum Zurückholen gilt 72 Stunden und einmal. Nach der Anmeldung kann die Person den Kontakt neu hinzufügen.

err-con-103-title = Eine andere Identität hat diese Adresse bestätigt
err-con-103-what = Jemand anderes hat sie nach der Entfernung bestätigt, darum kann sie nicht zurückkommen. Melden Sie sich an und fügen Sie eine andere Adresse hinzu.
err-con-103-help = Die entfernte Adresse ist inzwischen bei einem anderen Konto bestätigt. Hat eine Person zwei Konten, verknüpfen Sie diese.
