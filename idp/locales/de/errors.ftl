# Fehler bei An- und Abmeldung: Titel, was geschah, was der Helpdesk tut.

err-log-101-title = Diese Anmeldung kennen wir nicht mehr
err-log-101-what = Der Link ist älter als ein Tag oder nicht vollständig. Öffnen Sie den gewünschten Dienst erneut und melden Sie sich von dort an.
err-log-101-help = Unter dieser Adresse liegt keine Anmeldung im Kurzzeitspeicher. Meist ein altes Lesezeichen oder ein gekürzter Link; geschieht es allen, prüfen Sie den Speicher (Redis oder Datenbank).

err-log-103-title = Die Anmeldung begann in einem anderen Browser
err-log-103-what = Aus Sicherheitsgründen können wir sie nur dort abschließen, wo sie begann. Kehren Sie in jenen Browser zurück oder beginnen Sie hier neu.
err-log-103-help = Das Cookie des Browsers ist nicht das, mit dem er zum Anbieter ging. Entweder hat jemand anderes den Link geöffnet, oder der Browser löscht Cookies.

err-log-104-title = Diese Antwort wurde schon verwendet
err-log-104-what = Eine Anmeldung gilt einmal. Ist sie abgeschlossen, machen Sie im Dienst weiter; sonst beginnen Sie neu.
err-log-104-help = Die Antwort des Anbieters kam ein zweites Mal, aus einem anderen Browser oder nach mehr als zehn Minuten. Wiederholt sich das, könnte sie jemand abgefangen haben.

err-log-105-title = Wir haben die Anmeldung nicht erkannt
err-log-105-what = Die Antwort, die Ihr Browser brachte, gehört zu keiner Anmeldung, die hier begann. Wir haben sie nicht verwendet.
err-log-105-help = Die Antwort trägt keine bekannte Anfragenummer: Die Anmeldung begann anderswo, ist älter als eine Stunde, oder jemand wollte eine fälschen.

err-log-106-title = Die Anmeldung wurde nicht rechtzeitig abgeschlossen
err-log-106-what = Die Antwort kam später, als wir sie annehmen dürfen. Aus Sicherheitsgründen haben wir sie nicht verwendet.
err-log-106-help = Zwischen Weggang zum Anbieter und Rückkehr verging mehr Zeit, als login.answer_within_minutes erlaubt.

err-log-107-title = Die Anmeldung wurde nicht abgeschlossen
err-log-107-what = Die Antwort, die Ihr Browser brachte ({ $provider }), konnten wir nicht prüfen und haben sie darum nicht verwendet. Bitte versuchen Sie es erneut.
err-log-107-help = Die Antwort bestand die Prüfung nicht. Welche Kontrolle fehlschlug, steht im Protokoll und im Audit (city-idp audit list --incident NUMMER), mit einem Rat, wo die Einstellung die Ursache sein kann.

err-log-108-title = Die Anmeldung wurde nicht abgeschlossen
err-log-108-what = Die Antwort kam an die Adresse eines anderen Anbieters als dessen, zu dem Sie gingen. Wir haben sie nicht verwendet.
err-log-108-help = Verwechslung von Anbietern: Prüfen Sie, ob jeder seine eigene Antwortadresse registriert hat.

err-log-109-title = Diese Antwort wurde schon verwendet
err-log-109-what = Dieselbe Antwort kam früher mit einer anderen Anmeldung. Wir haben sie nicht verwendet.
err-log-109-help = Eine wiederholte Antwort zu einer anderen Anfrage. So verhält sich nur ein Fälschungsversuch oder ein Fehler des Anbieters.

err-log-110-title = Diesen Anmeldeweg haben wir nicht
err-log-110-what = Der Anbieter wurde abgeschaltet, oder die Adresse stimmt nicht. Bitte wählen Sie einen anderen Weg.
err-log-110-help = In der Konfiguration gibt es keinen Anbieter dieses Namens.

err-log-111-title = Der Anbieter antwortet gerade nicht
err-log-111-what = { $provider } ist nicht erreichbar. Der Fehler liegt nicht bei Ihnen. Versuchen Sie es bitte in einer Weile oder melden Sie sich anders an.
err-log-111-help = Metadaten, Schlüssel oder Antwort des Anbieters konnten nicht geladen werden: Er hat nicht geantwortet oder etwas anderes geschickt. Siehe den Befehl city-idp check und das Netz zum Anbieter.

err-log-112-title = Die Anmeldung funktioniert bei uns gerade nicht
err-log-112-what = Der Fehler liegt bei uns. Versuchen Sie es bitte auf anderem Weg oder später.
err-log-112-help = Unser Schlüssel oder die Einstellung des Anbieters funktioniert nicht; die Ursache steht im Protokoll. Der Befehl city-idp check hilft.

err-log-113-title = Das Konto ist abgeschaltet
err-log-113-what = Die Anmeldung selbst war in Ordnung, aber Ihr Konto bei der Stadt ist abgeschaltet. Bitte wenden Sie sich an den Helpdesk.
err-log-113-help = Das Konto wurde von der Verwaltung abgeschaltet. Der Grund steht im Audit des Kontos (city-idp audit list --account SCHLÜSSEL).

err-log-114-title = Dieser Weg ist hier nicht möglich
err-log-114-what = Der Dienst nimmt ihn nicht an, oder er erreicht die nötige Stufe nicht. Bitte wählen Sie einen anderen.
err-log-114-help = Der gewählte Anbieter ist dem Client nicht erlaubt, erreicht die verlangte Stufe nicht oder kann keine neue Anmeldung erzwingen.

err-log-115-title = Eine Anmeldung ist gerade nicht möglich
err-log-115-what = Es steht kein Anmeldeweg zur Verfügung. Bitte versuchen Sie es später.
err-log-115-help = In der Konfiguration gibt es keinen geeigneten Anbieter.

err-log-116-title = Welches Konto Ihres ist, muss das Amt feststellen
err-log-116-what = Der Anbieter hat uns mitgeteilt, dass Sie bei uns früher unter einer anderen Kennung bekannt waren. Was wir über Sie wissen, sagt aber nicht sicher, welches Konto Ihres ist. Darüber entscheidet das Rathaus, deshalb haben wir Sie jetzt nicht angemeldet. Der Fall hat die Nummer { $case }. Wenden Sie sich damit bitte an das Rathaus und bringen Sie Personalausweis oder Reisepass mit. Sobald entschieden ist, melden Sie sich noch einmal auf dieselbe Weise an.
err-log-116-help = Der Anbieter hat Kennungen zusammengeführt, die hier mehreren Konten oder jemandem mit anderem Namen oder Geburtsdatum gehören. Den Fall der Art subjects_joined oder grave_change zeigt city-idp conflict show NUMMER.

err-log-118-title = Ihr Browser speichert keine Cookies
err-log-118-what = Ohne sie erkennen wir nicht, dass nach der Anmeldung derselbe Browser zurückkam, und ein Fremder könnte an Ihrer Stelle weitermachen. Erlauben Sie Cookies für diese Seite und versuchen Sie es noch einmal.
err-log-118-help = Der Browser brachte das Cookie, das er bekommen hatte, zweimal nacheinander nicht mit. Cookies sind abgeschaltet, oder eine Erweiterung oder ein Proxy entfernt sie.

err-log-119-title = Die Anmeldung endete ohne Ergebnis
err-log-119-what = { $provider } hat Sie ohne Anmeldung zu uns zurückgeschickt. Sie haben abgebrochen oder der Weitergabe nicht zugestimmt, oder dort ist etwas fehlgeschlagen. Versuchen Sie es noch einmal oder melden Sie sich anders an.
err-log-119-help = Der Anbieter hat den Browser zur Adresse für Fehler geschickt und nennt keinen Grund, oder er hat über SAML mit einem Fehler ohne die verlangte Signatur geantwortet, was mit Rat im Protokoll steht. Bei Datenboxen ist es meist eine verweigerte Zustimmung. Geschieht es allen, hilft der Befehl city-idp check.

err-log-120-title = Wir wissen nicht, zu welcher Anmeldung das gehört
err-log-120-what = In diesem Browser laufen mehrere Anmeldungen mit { $provider }, und uns wurde nicht mitgeteilt, zu welcher Sie zurückgekehrt sind. Wir haben deshalb niemanden angemeldet. Schließen Sie die anderen Fenster, warten Sie eine Viertelstunde und beginnen Sie neu, oder melden Sie sich anders an.
err-log-120-help = Die Antwort kam ohne die Nummer ihrer Anmeldung (appToken), und der Browser hat beim Anbieter mehr als eine Anmeldung offen. Siehe without_app_token.

err-log-121-title = Unter dieser Anmeldung kennen wir jemand anderen
err-log-121-what = Der Anbieter hat einen anderen Namen oder ein anderes Geburtsdatum angegeben, als wir zu dieser Anmeldung haben. Damit niemand fremde Daten sieht, haben wir Sie nicht angemeldet. Der Fall hat die Nummer { $case }. Wenden Sie sich damit bitte an das Rathaus und bringen Sie Personalausweis oder Reisepass mit, oder melden Sie sich auf andere Weise an. Sobald entschieden ist, melden Sie sich noch einmal auf dieselbe Weise an.
err-log-121-help = Der Anbieter hat eine Kennung, die hier jemandem gehört, einer anderen Person gegeben oder deren Geburtsdatum berichtigt. Den Fall der Art grave_change zeigt city-idp conflict show NUMMER.

err-aut-101-title = Der Link zur Anmeldung ist nicht vollständig
err-aut-101-what = Der Dienst hat nicht gesagt, wer er ist. Kehren Sie zu ihm zurück und versuchen Sie es erneut.
err-aut-101-help = Der Anfrage fehlt die client_id, oder sie steht zweimal da. Der Fehler liegt beim Dienst.

err-aut-102-title = Diesen Dienst kennen wir nicht
err-aut-102-what = Der Dienst, von dem Sie kommen, ist bei uns nicht registriert. Aus Sicherheitsgründen geht es nicht weiter.
err-aut-102-help = Die client_id ist nicht unter den registrierten Clients. Prüfen Sie die Einstellung des Dienstes oder den Befehl city-idp client list.

err-aut-103-title = Der Dienst ist abgeschaltet
err-aut-103-what = Bei diesem Dienst kann man sich gerade nicht anmelden, die Verwaltung hat ihn abgeschaltet.
err-aut-103-help = Der Client ist im Register abgeschaltet.

err-aut-104-title = Der Link zur Anmeldung ist nicht vollständig
err-aut-104-what = Der Dienst hat nicht gesagt, wohin Sie zurückkehren sollen. Kehren Sie zu ihm zurück und versuchen Sie es erneut.
err-aut-104-help = Der Anfrage fehlt die redirect_uri, oder sie steht zweimal da. Der Fehler liegt beim Dienst.

err-aut-105-title = Die Rückkehradresse des Dienstes kennen wir nicht
err-aut-105-what = Der Dienst möchte, dass Sie an eine Adresse zurückkehren, die er bei uns nicht registriert hat. Aus Sicherheitsgründen schicken wir Sie nicht dorthin.
err-aut-105-help = Die redirect_uri steht nicht Zeichen für Zeichen in der Liste des Clients. Ergänzen Sie die Registrierung oder berichtigen Sie den Dienst. Steht sie dort, lässt der Echtbetrieb sie nicht zu (Sandbox, dieser Rechner oder http): Der Grund steht im Protokoll, und city-idp check nennt ihn.

err-out-101-title = Die Nachricht über die Abmeldung haben wir nicht angenommen
err-out-101-what = Sie ließ sich nicht prüfen, darum haben wir nichts getan. Abmelden können Sie sich mit der Schaltfläche auf der Seite Meine Identität.
err-out-101-help = Eine Abmeldenachricht des Anbieters hat keine gültige Signatur, ist alt, wiederholt sich oder trifft keine Anmeldung hier.

err-lnk-101-title = Während des Hinzufügens hat sich die Anmeldung geändert
err-lnk-101-what = Zwischen Beginn und Rückkehr hat sich in diesem Browser jemand anderes angemeldet, oder die Anmeldung endete. Nichts wurde hinzugefügt, bitte beginnen Sie von vorn.
err-lnk-101-help = Die Sitzung, in der es begann, ist beendet oder gehört einem anderen Konto. Schutz davor, einem fremden Konto etwas hinzuzufügen.

err-lnk-102-title = Die Zeit zum Bestätigen ist vorbei
err-lnk-102-what = Die vorgeschlagene Verknüpfung gilt nicht mehr oder wurde benutzt. Sehen Sie nach, ob der Anmeldeweg hinzugefügt ist; sonst wiederholen Sie es.
err-lnk-102-help = Der Zettel der vorgeschlagenen Verknüpfung ist nicht im Kurzzeitspeicher: abgelaufen (account.confirm_minutes) oder bestätigt.

err-lnk-103-title = Dieser Vorschlag gehört zu einer anderen Anmeldung
err-lnk-103-what = Bestätigen kann die Verknüpfung nur, wer sie begonnen hat, im selben Browser. Es wurde nichts geändert.
err-lnk-103-help = Der Zettel einer vorgeschlagenen Verknüpfung kam aus einem anderen Browser, einer anderen Sitzung oder einem anderen Konto. Möglicherweise ein Betrugsversuch.

err-lnk-104-title = Heute ist kein weiterer Versuch möglich
err-lnk-104-what = Verknüpfungen wurden heute mehrmals abgelehnt. Versuchen Sie es morgen oder wenden Sie sich an das Amt, das die Angaben vergleicht.
err-lnk-104-help = Das Konto hat an einem Tag drei abgelehnte Versuche. Den Fall bearbeitet das Amt.

err-lnk-105-title = Einen solchen Anmeldeweg hat Ihr Konto nicht
err-lnk-105-what = Vielleicht haben Sie ihn schon entfernt.
err-lnk-105-help = Eine Verknüpfung dieser Nummer gibt es nicht, sie ist beendet oder gehört einem anderen Konto.

err-lnk-106-title = Dieser Weg lässt sich jetzt nicht entfernen
err-lnk-106-what = Entweder bliebe kein anderer, oder ein Dienst, den Sie nutzen, braucht ihn, oder zusammengeführte Konten ließen sich ohne ihn nicht trennen. Den Grund nennt die Seite dieses Weges.
err-lnk-106-help = Der letzte brauchbare Anmeldeweg, der einzige, der die von einem genutzten Dienst verlangte Stufe erreicht, oder der letzte eines zusammengeführten Kontos, das sich noch trennen lässt.

err-lnk-107-title = Diese Konten lassen sich nicht trennen
err-lnk-107-what = Die Frist ist vorbei, das Rathaus hat den letzten Anmeldeweg des einen entfernt, oder einem bliebe jetzt kein Anmeldeweg.
err-lnk-107-help = Die Zusammenführung besteht nicht, gehört einem anderen Konto, account.undo_days ist vorbei, das Amt hat den letzten Anmeldeweg einer Seite entfernt (merge.parting-ended), oder eine Seite hätte keinen Anmeldeweg.

err-stf-101-title = Sie haben sich für ein anderes Amt angemeldet
err-stf-101-what = Zugang haben nur Amtspersonen dieser Stadt. Wenn Sie in CAAIS mehrere Profile haben, melden Sie sich bitte mit dem bei der Stadt an.
err-stf-101-help = Die Identifikationsnummer in der Antwort von CAAIS ist nicht die in provider.NAME.ico: eine Amtsperson eines anderen Amts oder eine falsche Nummer in der Konfiguration.
err-stf-102-title = Sie haben hier keine Rolle
err-stf-102-what = Die Anmeldung war in Ordnung, aber Ihnen ist in diesem System keine Rolle zugeteilt. Bitten Sie die lokale Administration Ihres Amts darum.
err-stf-102-help = CAAIS hat keine Zugangsrolle gesandt oder nur solche, die nicht in [staff.roles] stehen. Rollen vergibt die lokale Administration in CAAIS.
err-stf-103-title = CAAIS hat Sie nicht identifiziert
err-stf-103-what = Zugang haben nur Amtspersonen, die im staatlichen Register identifiziert sind. Bitten Sie die lokale Administration Ihres Amts darum.
err-stf-103-help = CAAIS hat person_identified = false gesandt. Die Identifizierung veranlasst die lokale Administration des Amts.
err-stf-104-title = Diese Anmeldung genügt nicht
err-stf-104-what = Für die Arbeit in diesem System braucht es eine sicherere Anmeldung, als CAAIS sie für unseren Dienst gewährleistet. Wenden Sie sich bitte an die Administration.
err-stf-104-help = Das Niveau in provider.NAME.level liegt unter staff.minimum_login oder erreicht town nicht. Heben Sie das Minimum in der Konfiguration bei CAAIS und hier an.
err-stf-105-title = Ihr Zugang ist abgeschaltet
err-stf-105-what = Die Anmeldung war in Ordnung, aber die Administration hat Ihren Zugang abgeschaltet. Wenden Sie sich bitte an sie.
err-stf-105-help = Der Befehl city-idp staff disable hat die Amtsperson abgeschaltet; city-idp staff enable lässt sie wieder ein.
err-stf-106-title = Für diese Seite haben Sie keine Rolle
err-stf-106-what = Ihre Anmeldung gilt, aber Ihre Rollen öffnen diese Seite nicht. Brauchen Sie sie für Ihre Arbeit, bitten Sie den lokalen Administrator Ihrer Behörde um die Rolle.
err-stf-106-help = Die Seite verlangt eine andere Rolle, als [staff.roles] für die in CAAIS zugeteilten gibt. Wer welche hat, zeigt city-idp staff list.
err-stf-107-title = Eine solche Vollmacht gibt es nicht
err-stf-107-what = Vielleicht ist sie inzwischen beendet. Bitte suchen Sie sie noch einmal.
err-stf-107-help = Keine Vollmacht hat diesen Schlüssel, oder sie ist beendet. Gültige zeigt city-idp mandate list.
err-stf-108-title = Ein solcher Vorschlag wartet nicht
err-stf-108-what = Vielleicht hat schon jemand entschieden, oder die Zeit ist abgelaufen. Sehen Sie bitte in der Liste nach.
err-stf-108-help = Kein mandate_proposal hat diesen Schlüssel, oder es ist entschieden oder wartete länger als vierzehn Tage. Was geschah, sagen die Einträge mandate.proposal.ended und mandate.added.
err-stf-109-title = Wir wissen gerade nicht, ob Sie Ihre Rolle noch haben
err-stf-109-what = Jede Minute fragen wir CAAIS, welche Rollen Sie haben, und jetzt kam keine Antwort. Sie bleiben angemeldet. Versuchen Sie es bitte in Kürze noch einmal.
err-stf-109-help = CAAIS hat auf die Anfrage mit dem Refresh-Token nicht geantwortet. Die Ursache steht bei diesem Ereignis im Log. Wie oft gefragt wird, bestimmt staff.confirm_seconds.
