# Für wen jemand handelt: die Wahl nach der Anmeldung und die Seite des Kontos.

acting-title = Für wen handeln Sie?
acting-lead = Wählen Sie, für wen Sie im Dienst { $service } handeln möchten.
acting-self = Für mich selbst
acting-what = Der Dienst sieht, dass Sie handeln und für wen. Ändern können Sie es später, auch ohne neue Anmeldung.
acting-submit = Weiter
mandate-ico = Id.-Nr. { $ico }
mandate-until = gültig bis { $date }
mandate-may = Sie dürfen: { $acts }
mandate-source-isds = laut Datenbox
mandate-source-demo = erfundene Vollmacht
mandate-source-counter = im Amt geprüft
mandate-source-register = laut öffentlichem Register
mandate-source-other = von der Stadt geprüft
act-view = einsehen
act-submit = einreichen
act-pay = bezahlen
act-manage = bestimmen, wer handeln darf
body-company = Handelsgesellschaft
body-association = Verein oder andere gemeinnützige Organisation
body-sole_trader = selbstständige Person
body-public_body = Behörde
information-acting = Für wen Sie handeln
information-acting-what = Der Dienst sieht auch die Liste derer, für die Sie handeln dürfen.

nav-mandates = Für wen Sie handeln
mandates-title = Für wen Sie handeln
mandates-lead = Firmen, Vereine und andere, für die Sie bei der Stadt handeln dürfen. Was ein Dienst Ihnen erlaubt, hängt vom Umfang der Vollmacht ab.
mandates-body = Für wen
mandates-may = Was Sie dürfen
mandates-source = Woher wir es wissen
mandates-end = Verzichten
mandates-end-what = Verzichten Sie auf eine Vollmacht, melden die Dienste, in denen Sie danach handeln, Sie sofort ab. Eine Vollmacht aus der Datenbox kommt zurück, wenn Sie sich wieder mit ihr anmelden.
mandates-prove = Vorher bitten wir Sie, sich noch einmal anzumelden.
mandates-proved-what = Jetzt können Sie auf eine Vollmacht verzichten.
mandates-none = Sie dürfen nur für sich selbst handeln
mandates-none-what = Melden Sie sich mit der Datenbox einer Firma oder eines Vereins an, dann erscheint sie hier.
claim-acting-for = für wen Sie handeln
claim-may-act-for = für wen Sie handeln dürfen
scope-city-mandate = Für wen Sie handeln

register-as-of = ARES, Stand { $date }
register-ended-title = Laut Register besteht das nicht mehr
register-ended-text = { $names }. Die Vollmacht endet bald; reichen Sie bis dahin bitte nichts mehr dafür ein.
register-old-title = Das Register ARES antwortet gerade nicht
register-old-text = Name und Sitz zeigen wir nach seiner letzten Antwort. Sie können weiter handeln.
