# Die Fehlerseite.

error-service = Anmeldung beim Dienst { $service }
error-ways = Was Sie tun können
error-home = Zurück zur Startseite
error-again = Erneut versuchen
error-still = Wenn das nicht hilft
error-call-write = Rufen Sie { $phone } an oder schreiben Sie an { $email }. Die Vorgangsnummer genügt, damit finden wir alles.
error-call = Rufen Sie { $phone } an. Die Vorgangsnummer genügt, damit finden wir alles.
error-write = Schreiben Sie an { $email }. Die Vorgangsnummer genügt, damit finden wir alles.
error-tell = Wenden Sie sich an Ihre Stadtverwaltung. Die Vorgangsnummer genügt, damit finden wir alles.
error-incident = Vorgangsnummer
error-kind = Fehlercode
error-when = Wann
error-protocol = Protokollfehler
error-details = Angaben für den technischen Support

# Fehler, die jede Seite haben kann: Titel, was geschehen ist, was der Support tut.

err-web-400-title = Wir verstehen die Anfrage nicht
err-web-400-what = Der Link oder das Formular ist nicht vollständig angekommen. Gehen Sie einen Schritt zurück und versuchen Sie es erneut.
err-web-400-help = Die Adresse oder das Formular enthält einen Wert, den das Programm nicht lesen kann. Klären Sie, woher der Link stammt; der Grund steht im Protokoll unter der Vorgangsnummer.

err-web-403-title = Aus Sicherheitsgründen haben wir das Formular nicht angenommen
err-web-403-what = Es kam nicht von einer unserer Seiten, die in diesem Browser geöffnet ist. Öffnen Sie die Seite erneut und senden Sie das Formular noch einmal.
err-web-403-help = Das Formular kam von einer fremden Seite, oder die Anmeldung ist inzwischen abgelaufen. Wenn es alle betrifft, prüfen Sie, ob der Proxy die Header Host und Origin unverändert weitergibt.

err-web-404-title = Diese Seite gibt es nicht
err-web-404-what = Die Adresse enthält vielleicht einen Tippfehler, oder die Seite existiert nicht mehr.
err-web-404-help = Unter dieser Adresse gibt es nichts. Fragen Sie, woher der Link stammt, und korrigieren Sie ihn dort.

err-web-405-title = So lässt sich die Seite nicht öffnen
err-web-405-what = Diese Seite entsteht erst, wenn ein Formular gesendet wird. Bitte beginnen Sie auf der Startseite.
err-web-405-help = Die Adresse kennt die verwendete HTTP-Methode nicht. Meist ist es eine neu geladene oder gespeicherte Seite, die durch ein Formular entstanden war.

err-web-408-title = Es hat zu lange gedauert
err-web-408-what = Wir konnten die Anfrage nicht rechtzeitig abschließen. Prüfen Sie Ihre Verbindung und versuchen Sie es erneut.
err-web-408-help = Die Anfrage kam nicht vollständig an, oder das Programm konnte nicht rechtzeitig antworten. Wiederholt es sich, prüfen Sie die Auslastung von Server und Datenbank.

err-web-413-title = Sie senden zu viele Daten
err-web-413-what = Die Daten sind größer, als wir annehmen dürfen. Kürzen Sie sie und versuchen Sie es erneut.
err-web-413-help = Der Inhalt der Anfrage überschritt die zulässige Größe.

err-web-415-title = Diese Art von Daten nehmen wir nicht an
err-web-415-what = Die Daten kamen in einer Form, die diese Adresse nicht verarbeiten kann. Gehen Sie einen Schritt zurück und versuchen Sie es erneut.
err-web-415-help = Die Anfrage hat einen Inhaltstyp, den die Adresse nicht liest. Bei einem angebundenen Dienst korrigieren Sie dessen Header Content-Type.

err-web-429-title = Sie versuchen es zu oft
err-web-429-what = Bitte warten Sie einige Minuten und versuchen Sie es erneut.
err-web-429-help = Von einer Stelle kamen zu viele Anfragen. Die Sperre löst sich von selbst.

err-web-500-title = Bei uns ist etwas schiefgegangen
err-web-500-what = Der Fehler liegt nicht bei Ihnen. Bitte versuchen Sie es gleich noch einmal.
err-web-500-help = Ein Fehler des Programms. Die Ursache steht im Protokoll unter der Vorgangsnummer; geben Sie sie an die Verwaltung weiter.

err-web-503-title = Wir können gerade nicht antworten
err-web-503-what = Ein Teil des Systems ist ausgefallen. Bitte versuchen Sie es in einigen Minuten erneut.
err-web-503-help = Die Datenbank oder ein anderer Teil, ohne den das Programm nicht arbeiten kann, antwortet nicht. Sehen Sie unter /readyz nach.
