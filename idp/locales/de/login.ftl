# Anmeldung: Wahl des Wegs, höhere Stufe, Weitergabe von Daten.

login-service = Anmeldung beim Dienst { $service }
login-account = Anmeldung bei der Städtischen Identität

choice-title = Wie möchten Sie sich anmelden?
choice-lead = Wählen Sie einen Weg, den Sie schon anderswo nutzen. Ein neues Konto brauchen Sie nicht.
choice-ways = Wege der Anmeldung
choice-known = Zuletzt von Ihnen benutzt
choice-place = Gleich die Bank wählen
choice-place-other = Eine andere Bank wählen
choice-forget = Nicht merken, womit ich mich anmelde
choice-none = Ich habe keinen dieser Wege
choice-none-nia = Die Bürgeridentität erhalten Sie kostenlos auf { $address }: mit einem Personalausweis mit Chip, dem Mobilen Schlüssel des eGovernment oder über Ihre Bank.
choice-back = Zurück zum Dienst { $service } ohne Anmeldung
choice-needed = Was dieser Dienst braucht
choice-needed-what = Dem Dienst genügt jeder Weg auf der Liste.
choice-privacy = Wir sagen weder dem Staat noch sonst jemandem, was Sie bei der Stadt erledigen. Der Dienst erhält nur Daten, die er braucht.

again-title = Bitte melden Sie sich erneut an
again-lead = Der Dienst wünscht eine frische Anmeldung, um sicher zu sein, dass wirklich Sie es sind.
again-untold-lead = Der Dienst oder die Seite, die Sie öffnen, muss wissen, dass Sie sich gerade eben angemeldet haben. Ihr Anmeldeweg teilt uns den Zeitpunkt nicht mit und lässt sich nicht um eine neue Anmeldung bitten. Bitte melden Sie sich auf einem anderen Weg an, der bereits zu Ihrem Konto gehört. Falls Sie keinen haben, melden Sie sich trotzdem auf einem anderen an und fügen Sie diesem Konto danach Ihren bisherigen hinzu. Wenn dabei nicht sicher ist, dass beides Sie sind, entscheidet eine Amtsperson. Um das Konto zu schließen oder auf eine Vollmacht zu verzichten, brauchen Sie das nicht: Melden Sie sich ab, wie gewohnt wieder an, und erledigen Sie es innerhalb weniger Minuten.

select-title = Als wer möchten Sie fortfahren?
select-lead = In diesem Browser ist schon jemand angemeldet. Sie können so fortfahren oder sich anders anmelden.
select-swapped-lead = Jetzt ist hier jemand anderes angemeldet als zu Beginn, oder Sie sind es mit einem anderen Konto. Fahren Sie nur fort, wenn Sie es sind; sonst melden Sie sich neu an.
select-continue = Mit der jetzigen Anmeldung fortfahren
select-continue-as = Als { $name } fortfahren
select-by = Angemeldet über: { $ways }
select-other = Anders anmelden

step-up-title = Wir müssen Ihre Identität besser prüfen
too-low-title = Diese Anmeldung reicht nicht aus
step-up-lead = Der Dienst darf seine Daten nur jemandem zeigen, dessen Identität besser geprüft ist, als Ihre jetzige Anmeldung belegt.
step-up-lead-login = Der Dienst darf seine Daten nur jemandem zeigen, der sich sicherer anmeldet, als Sie jetzt angemeldet sind.
step-up-lead-law = Der Dienst darf nur eine Anmeldung annehmen, deren Stufe gesetzlich gilt. Ihre jetzige Anmeldung hat diese Geltung nicht.
step-up-where = Wo Sie stehen und wohin Sie müssen
step-up-how = Wie Sie sich anmelden
step-up-in-law = Die Stufe muss nach dem Gesetz über die elektronische Identifizierung gelten: Nur eine Anmeldung über die Bürgeridentität reicht aus.
step-up-now = Das haben Sie jetzt
step-up-goal = Das verlangt der Dienst
step-up-enough = Reicht ebenfalls
step-up-ways = Gleich prüfen lassen
step-up-gain = Damit erreichen Sie die Stufe { $level }.
step-up-gain-login = Damit erreichen Sie die Stufe { $level }. Anmeldung: { $login }.
step-up-safe = Nichts geht verloren
step-up-safe-what = Danach machen Sie im Dienst an derselben Stelle weiter.

health-reached = Funktioniert
health-works = Funktioniert, die Anmeldung dauert etwa { $seconds } s
health-slow = Antwortet gerade langsam: Die Anmeldung dauert etwa { $seconds } s. Gemessen um { $time }.
health-unsteady = Einige Anmeldungen gelingen derzeit nicht: { $failed } der letzten { $of }, zuletzt um { $time }.
health-held-back = Mehrere Anfragen hintereinander sind gerade fehlgeschlagen. Die Anmeldung kann misslingen.
health-instead = Dieselbe oder eine höhere Stufe erreichen Sie mit: { $names }.
health-suffices = Die nötige Stufe erreichen Sie auch mit: { $names }.
health-said-out = Mehrere Personen sind zuletzt von dort mit der Meldung einer Störung zurückgekommen, zuletzt um { $time }. Die Anmeldung kann misslingen.
health-down = Antwortet gerade nicht; zuletzt um { $time } versucht. Wählen Sie einen anderen Weg oder versuchen Sie es später.

notice-restarted-title = Die vorige Anmeldung ist abgelaufen
notice-restarted-text = Wir beginnen neu, zum selben Dienst. Es wurde niemandem etwas weitergegeben.
notice-cancelled-title = Die Anmeldung wurde nicht abgeschlossen
notice-ended-there-title = Die Anmeldung endete ohne Ergebnis
notice-ended-there-text = { $provider } hat Sie ohne Anmeldung zu uns zurückgeschickt: Sie haben abgebrochen oder der Weitergabe nicht zugestimmt, oder dort ist etwas fehlgeschlagen. Es wurde niemandem etwas weitergegeben. Versuchen Sie es noch einmal oder melden Sie sich anders an.
notice-cancelled-text = { $provider } meldet, dass die Anmeldung nicht abgeschlossen wurde: Sie wurde abgebrochen oder ist dort fehlgeschlagen. Sie können es erneut oder anders versuchen.
notice-no-identity-title = Dort haben Sie noch keine elektronische Identität
notice-no-identity-text = { $provider } meldet, dass Sie bei der gewählten Bank keine gültige elektronische Identität haben. Ein neuer Versuch hilft nicht. Richten Sie bei Ihrer Bank eine ein, wählen Sie eine Bank, bei der Sie schon eine haben, oder melden Sie sich anders an.
notice-not-eligible-title = Auf diesem Weg können Sie sich nicht anmelden
notice-not-eligible-text = { $provider } meldet, dass Ihre Identität nicht bestätigt werden darf. Übliche Gründe sind das Alter, eine eingeschränkte Geschäftsfähigkeit oder eine schwächere Authentifizierung bei der Bank. Den Grund nennt Ihnen Ihre Bank, uns nicht. Melden Sie sich anders an oder erledigen Sie Ihre Angelegenheit persönlich im Amt.
notice-box-of-office-title = Mit dem Datenpostfach einer Behörde können Sie sich hier nicht anmelden
notice-box-of-office-text = Sie haben sich in das Datenpostfach einer Behörde eingeloggt. Hier melden sich Personen für sich selbst, für eine Firma oder für einen Verein an. Nutzen Sie Ihr eigenes Datenpostfach oder einen anderen Weg.
notice-withheld-title = Ohne Ihre Zustimmung geht es nicht
notice-withheld-text = Bei der Anmeldung über { $provider } haben Sie der Übermittlung dieser Angaben nicht zugestimmt: { $withheld }. Ohne sie können wir die Anmeldung nicht abschließen. Versuchen Sie es noch einmal und erlauben Sie die Übermittlung, oder melden Sie sich anders an.
notice-too-low-title = Diese Anmeldung reicht nicht aus
notice-too-low-text = { $provider } hat eine niedrigere Stufe bestätigt, als der Dienst verlangt.
notice-not-anew-title = Die Anmeldung war nicht frisch
notice-not-anew-text = Der Dienst wünscht eine neue Anmeldung, aber { $provider } hat eine frühere verwendet. Bitte versuchen Sie es erneut.
notice-down-title = { $provider } antwortet gerade nicht
notice-down-text = Der Fehler liegt nicht bei Ihnen. Wählen Sie einen anderen Weg oder versuchen Sie es in einer Weile erneut.
notice-branch-gone-title = Diese Bank können wir gerade nicht anbieten
notice-branch-gone-text = „{ $provider }“ bietet sie im Moment nicht an. Wählen Sie eine andere Bank oder fahren Sie ohne Auswahl fort.
notice-again-title = Die Anmeldung muss wiederholt werden
notice-again-text = Die Antwort ging unterwegs verloren oder kam zu spät. Niemand hat sie verwendet.

depart-title = Wir leiten Sie zur Anmeldung weiter

demo-title = Anmeldung einer erfundenen Person
demo-lead = Diese Seite gibt es nur in der Sandbox. Hier melden sich erfundene Personen zur Probe an.
demo-username = Benutzername
demo-password = Passwort
demo-submit = Anmelden
demo-cancel = Abbrechen
demo-wrong = Die Anmeldung ist fehlgeschlagen
demo-wrong-what = Benutzername oder Passwort stimmt nicht.

information-title = Diese Daten geben wir an { $service } weiter
information-lead = Der Dienst erhält sie jetzt und bei jeder weiteren Anmeldung. Ohne Ihre Bestätigung geht nichts hinaus.
information-needed = Ohne diese meldet der Dienst Sie nicht an
information-optional = Sie können hinzufügen
information-nothing-held = liegt uns noch nicht vor, wird nicht weitergegeben
information-missing = Sobald es vorliegt
information-missing-what = Jetzt liegt es uns nicht vor; wir geben es weiter, wenn es mit einer Anmeldung kommt.
information-proof = Nachweis der Prüfung
information-proof-what = Wer Ihre Daten wann und auf welcher Stufe geprüft hat.
information-way = Art der Anmeldung
information-way-what = Auf welchem Weg und wie sicher Sie sich angemeldet haben.
information-sub = Kennzeichen
information-sub-what = Eine Zufallszahl, an der { $organisation } Sie beim nächsten Mal erkennt. Andere Organisationen sehen eine andere.
information-level = Prüfstufe
information-offline = Späterer Zugriff
information-offline-what = Der Dienst darf die Daten auch nach der Abmeldung erneuern, bis Sie das widerrufen.
information-remembered = Wir merken uns Ihre Wahl und fragen erneut, wenn der Dienst mehr möchte. Widerrufen können Sie sie jederzeit auf der Seite Dienste mit Ihren Daten.
information-submit = Daten weitergeben und fortfahren
information-back = Nicht weitergeben und zurück
information-who = Wer die Daten erhält
information-for-service = Dienst { $service }
information-purpose = Wozu
information-privacy = Wie der Dienst mit Daten umgeht
information-unseen = Was { $service } nicht sieht
information-unseen-what = Was Sie bei anderen Diensten erledigen, welche anderen Dienste Sie nutzen und auf welchem Weg Sie sich anmelden. Nichts, was nicht auf der Liste steht.
information-unseen-what-but-the-way = Was Sie bei anderen Diensten erledigen und welche anderen Dienste Sie nutzen. Nichts, was nicht auf der Liste steht.

provider-nia-name = Bürgeridentität
provider-nia-words = Personalausweis mit Chip, Mobiler Schlüssel des eGovernment, NIA ID oder Bankidentität.
provider-saml-name = Anmeldung über einen Partner
provider-saml-words = Das Konto, das Sie bei einer Partnerorganisation haben.
provider-isds-name = Datenbox
provider-isds-words = Die Zugangsdaten einer Datenbox, Ihrer eigenen oder der einer Firma.
provider-oidc-name = Anmeldung über einen Partner
provider-oidc-words = Das Konto, das Sie bei einer Partnerorganisation haben.
provider-bank_id-name = Bankidentität
provider-bank_id-words = Die Zugangsdaten Ihrer Bank.
provider-caais-name = CAAIS
provider-caais-words = Das Konto einer Amtsperson.
provider-demo-name = Probeanmeldung
provider-demo-words = Erfundene Personen, nur in der Sandbox.

level-unverified = Ungeprüftes Konto
level-contact = Geprüfter Kontakt
level-town = Geprüfte Identität
level-state = Vom Staat geprüft
level-state_high = Vom Staat geprüft, hohes Vertrauensniveau
level-unverified-explained = Noch hat niemand geprüft, wer Sie sind
level-contact-explained = Wir kennen einen Kontakt, oder der Staat bürgt auf niedriger Stufe
level-town-explained = Amt, Bank oder Datenbox hat die Identität geprüft
level-state-explained = Anmeldung über die Bürgeridentität
level-state_high-explained = Bürgeridentität mit hohem Vertrauensniveau: der Ausweis eObčanka, eine Starcos-Karte oder mojeID mit zertifiziertem Schlüssel
login-level-single = Einfache Anmeldung
login-level-single-explained = Eine Bestätigung genügt, zum Beispiel ein Passwort
login-level-multi = Anmeldung in zwei Schritten
login-level-multi-explained = Zwei verschiedene Bestätigungen, zum Beispiel Passwort und Telefon
login-level-strong = Sicherste Anmeldung
login-level-strong-explained = Zwei Bestätigungen, eine davon an ein Gerät oder eine Karte gebunden

logout-question-title = Möchten Sie sich abmelden?
logout-question-lead = Wir melden Sie von der Städtischen Identität ab. Die Dienste, die Sie in diesem Browser damit betreten haben und die solche Nachrichten annehmen, erfahren davon und melden Sie ebenfalls ab.
logout-submit = Abmelden
logout-stay = Angemeldet bleiben
logout-done-title = Sie sind abgemeldet
logout-done-lead = In diesem Browser ist bei der Städtischen Identität niemand mehr angemeldet.
logout-told =
    { $count ->
        [one] Wir geben dem einen Dienst Bescheid, bei dem Sie angemeldet waren.
       *[other] Wir geben { $count } Diensten Bescheid, bei denen Sie angemeldet waren.
    }
logout-untold =
    { $count ->
        [one] Ein Dienst, bei dem Sie angemeldet waren, nimmt solche Nachrichten nicht an. Melden Sie sich dort gesondert ab.
       *[other] { $count } Dienste, bei denen Sie angemeldet waren, nehmen solche Nachrichten nicht an. Melden Sie sich bei jedem gesondert ab.
    }
logout-no-services = Sie waren über die Städtische Identität bei keinem Dienst angemeldet.
logout-done-shared = An einem fremden Computer schließen Sie bitte noch alle Fenster des Browsers.
logout-open = Melden Sie sich an einem gemeinsamen Computer auch vom Portal der Datenboxen ab
logout-open-what = Sie haben sich mit einer Datenbox angemeldet, und deren Portal hält Sie in diesem Browser vielleicht weiter für angemeldet. Wir können Sie dort nicht abmelden. Wer sich nach Ihnen mit einer Datenbox anmelden will, käme als Sie hinein.
logout-open-portal = Portal der Datenboxen öffnen
logout-doubt = { $provider }: Antwort nicht angenommen
logout-doubt-what = Hier sind Sie abgemeldet. Die Nachricht über die Abmeldung, die { $provider } geschickt hat, ließ sich aber nicht prüfen. Wir wissen daher nicht, ob Sie auch dort abgemeldet sind. Melden Sie sich zur Sicherheit auch dort ab oder schließen Sie alle Fenster des Browsers.
logout-onwards = Weiter
logout-again = Erneut anmelden

way-account = Meine Identität öffnen
way-login = Anmeldung erneut versuchen
note-nothing-handed-over = Wir haben niemandem etwas weitergegeben.
detail-provider = Anbieter: { $provider }.
