# Fehler des Portals: Titel, was geschah, was die Hilfe tut.

err-por-101-title = Diese Anmeldung kennen wir nicht
err-por-101-what = Die Antwort gehört zu einer Anmeldung, die wir nicht mehr kennen. Sie gilt eine Stunde. Beginnen Sie bitte neu.
err-por-101-help = Der Wert state passt zu keiner laufenden Anmeldung: Sie ist älter als eine Stunde oder begann nicht hier. Sehen das alle, prüfen Sie, ob alle Replikate dieselbe Datenbank oder Redis benutzen.

err-por-102-title = Diese Anmeldung begann in einem anderen Browser
err-por-102-what = Zu Ihrer Sicherheit muss sie dort enden, wo sie begann. Hier können Sie eine neue beginnen.
err-por-102-help = Das Cookie des Browsers fehlt oder gehört zu einem anderen. Es kann ein untergeschobener Link mit einer fremden Anmeldung sein; angemeldet wurde niemand.

err-por-103-title = Die Antwort auf die Anmeldung ist unvollständig
err-por-103-what = Der Link, der Sie zurückbrachte, kam nicht vollständig an. Bitte melden Sie sich erneut an.
err-por-103-help = In der Antwort fehlt ein Parameter (state, code), oder er kommt zweimal vor.

err-por-104-title = Die Antwort kam nicht von der Städtischen Identität
err-por-104-what = Zu Ihrer Sicherheit haben wir sie nicht benutzt. Bitte melden Sie sich erneut an.
err-por-104-help = Der Parameter iss fehlt oder weicht von der Einstellung broker.issuer ab.

err-por-105-title = Die Anmeldung wurde abgebrochen
err-por-105-what = Es wurde nichts weitergegeben. Sie können sich erneut anmelden, auch auf andere Weise.
err-por-105-help = Die Anmeldung wurde abgebrochen oder vom Anbieter abgelehnt (access_denied). Es liegt keine Störung vor.

err-por-106-title = Die Städtische Identität hat die Anmeldung nicht abgeschlossen
err-por-106-what = Der Fehler liegt nicht bei Ihnen. Versuchen Sie es bitte bald wieder.
err-por-106-help = Der Broker antwortete mit dem auf der Seite genannten Fehler. invalid_scope oder unauthorized_client bedeutet, dass der Client falsch eingerichtet ist.

err-por-107-title = Die Anmeldung konnte nicht übernommen werden
err-por-107-what = Die Bestätigung der Städtischen Identität gilt nicht mehr. Bitte melden Sie sich erneut an.
err-por-107-help = Der Broker nahm den einmaligen Code oder die Zugangsdaten des Portals nicht an. Sehen das alle, prüfen Sie broker.client_id, broker.client_secret und die Uhr des Servers.

err-por-108-title = Die Bestätigung der Anmeldung hat unsere Prüfung nicht bestanden
err-por-108-what = Zu Ihrer Sicherheit haben wir sie nicht benutzt. Angemeldet wurde niemand.
err-por-108-help = Das ID-Token gilt nicht: Signatur, Aussteller, Empfänger, nonce oder Zeit. Den genauen Grund nennt das Protokoll unter der Vorgangsnummer. Meist liegt es an der Uhr des Servers oder an broker.issuer; sonst melden Sie es als Sicherheitsvorfall.

err-por-109-title = Die Angaben über Sie haben unsere Prüfung nicht bestanden
err-por-109-what = Zu Ihrer Sicherheit haben wir sie nicht benutzt. Angemeldet wurde niemand.
err-por-109-help = Die userinfo-Antwort gilt nicht: Signatur, Aussteller, Empfänger, oder sie gehört zu einer anderen Person als das ID-Token. Den genauen Grund nennt das Protokoll unter der Vorgangsnummer. Melden Sie es als Sicherheitsvorfall.

err-por-110-title = Diese Anmeldung genügt nicht
err-por-110-what = Die Seite verlangt eine stärkere Prüfung, als die Anmeldung gebracht hat. Ihre bisherige Anmeldung gilt weiter.
err-por-110-help = Die Stufe in acr erreicht den in acr_values verlangten Wert nicht. Die Person braucht eine andere Anmeldung, etwa die Bürgeridentität.

err-por-111-title = Diese Antwort wurde schon benutzt
err-por-111-what = Jede Anmeldung lässt sich nur einmal abschließen. Beginnen Sie bitte eine neue.
err-por-111-help = Die Antwort einer Anmeldung kam ein zweites Mal, aus einem anderen Browser. Es kann ein kopierter Link sein; angemeldet wurde niemand.

err-por-112-title = Für diese Person oder Firma können Sie nicht handeln
err-por-112-what = Die Vollmacht ist inzwischen beendet, oder die Städtische Identität hat sie nicht bestätigt. Ihre bisherige Anmeldung gilt weiter.
err-por-112-help = Der Broker hat auf acting_for mit access_denied geantwortet, oder sein Token nennt eine andere Vollmacht. Die Vollmachten einer Person stehen in der Städtischen Identität auf der Seite Für wen Sie handeln.

err-por-113-title = Jemand anderes hat sich angemeldet
err-por-113-what = Im Portal war eine Person angemeldet, bei der städtischen Identität hat sich jetzt aber jemand anderes angemeldet. Die bisherige Anmeldung beim Portal haben wir deshalb in diesem Browser beendet und niemand anderen angemeldet. Bei der städtischen Identität bleibt angemeldet, wer sich gerade angemeldet hat; die Schaltfläche unten meldet diese Person auch beim Portal an. Sind das nicht Sie? Dann melden Sie sich danach ab und selbst an. Sind das Sie, nur auf einem anderen Weg? Dann haben Sie zwei Konten und können sie bei der städtischen Identität zusammenführen.
err-por-113-help = Auf eine Anfrage nach höherer Stufe, nach einem Wechsel oder nach Anmeldung über die staatliche Identität kam eine Antwort mit einem anderen sub (oder login_required), als unter dem die Person angemeldet war. Meist zwei Personen an einem Browser. Die Sitzung der ersten endete mit somebody_else, die zweite bekam keine.

err-por-120-title = Die Städtische Identität antwortet gerade nicht
err-por-120-what = Der Fehler liegt nicht bei Ihnen. Versuchen Sie es bitte in einigen Minuten wieder.
err-por-120-help = Das Portal erreicht den Broker nicht: Netz, DNS, TLS, oder der Broker läuft nicht. Prüfen Sie broker.issuer und den Zustand des Brokers; city-portal check nennt den Grund.

err-por-121-title = Die Städtische Identität antwortet unverständlich
err-por-121-what = Der Fehler liegt nicht bei Ihnen. Versuchen Sie es bitte später wieder.
err-por-121-help = Die Beschreibung des Brokers (Discovery) oder seine Schlüssel sind unbrauchbar: anderer Aussteller, fehlende Adresse, ungültiges JSON. city-portal check nennt den Grund.

err-por-201-title = Ihre Anmeldung ist beendet
err-por-201-what = Sie ist abgelaufen, oder Sie haben sich auf einem anderen Gerät, bei einem anderen Dienst der Stadt oder bei der Städtischen Identität abgemeldet. Nach der Anmeldung geht es hier weiter.
err-por-201-help = Die Sitzung wurde anderswo von ihrem Besitzer, durch die Abmeldung des Brokers, durch ein ungültiges Refresh-Token oder durch eine neuere Anmeldung im selben Browser beendet. Den Grund nennt das Audit bei session.ended.

err-por-202-title = Ihre Anmeldung ist abgelaufen
err-por-202-what = Zu Ihrer Sicherheit dauert sie höchstens 12 Stunden. Nach der Anmeldung geht es hier weiter.
err-por-202-help = Die Sitzung erreichte das Alter session.lasts_minutes, oder ihr Cookie ist unbekannt. Es liegt keine Störung vor.

err-por-203-title = Bitte melden Sie sich zu Ihrer Sicherheit erneut an
err-por-203-what = Die Städtische Identität antwortete längere Zeit nicht, deshalb haben wir Ihre Anmeldung beendet. Nach der Anmeldung geht es hier weiter.
err-por-203-help = Der Broker war länger als session.unreachable_minutes nicht erreichbar. Prüfen Sie die Verbindung des Portals zum Broker.
err-por-204-title = Ihre Anmeldung bei der Städtischen Identität gilt nicht mehr
err-por-204-what = Meist liegt das daran, dass ihre längste Dauer erreicht ist. Bitte melden Sie sich am Portal erneut an, dann geht es hier weiter.
err-por-204-help = Der Broker hat das Refresh-Token bei der Bestätigung der Sitzung abgelehnt (invalid_grant): Seine Sitzung erreichte das Alter session.hours, die Berechtigung wurde widerrufen oder sie gehört jemand anderem. Den Grund nennt das Audit des Brokers.

err-por-301-title = Die Abmeldenachricht haben wir nicht angenommen
err-por-301-what = Die Abmeldenachricht des Brokers hat unsere Prüfung nicht bestanden. Keine Anmeldung wurde beendet.
err-por-301-help = Das Logout-Token gilt nicht oder wurde schon benutzt. Die verletzte Regel nennen das Protokoll und das Audit bei logout_token.refused.
