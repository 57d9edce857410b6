# Seiten der Amtspersonen.

staff-title = Anmeldung als Amtsperson
staff-lead = Sie sind als Amtsperson angemeldet. Mit Ihrem eigenen Konto als Bürger hat das nichts zu tun.
staff-name = Name
staff-office = Amt
staff-roles = Rollen
staff-since = Angemeldet seit
staff-until = Angemeldet spätestens bis
staff-roles-what = Rollen vergibt die lokale Administration Ihres Amts im System CAAIS. Eine Änderung gilt ab der nächsten Anmeldung.

staff-login-title = Anmeldung der Amtspersonen
staff-login-lead = Sie melden sich mit Ihrem dienstlichen Konto an. Zugang haben nur Amtspersonen der Stadt, die hier eine Rolle haben.
staff-submit = Mit { $provider } anmelden
staff-login-people = Sie sind keine Amtsperson? { $account }
staff-login-people-link = Bei Meine Identität anmelden
staff-left-title = Sie sind abgemeldet
staff-left-text = Schließen Sie an einem gemeinsam genutzten Computer sicherheitshalber den Browser.
staff-cancelled-title = Die Anmeldung wurde nicht abgeschlossen
staff-cancelled-text = { $provider }: Die Anmeldung wurde abgebrochen. Sie können es noch einmal versuchen.
staff-down-title = Das Anmeldesystem antwortet gerade nicht
staff-down-text = { $provider }: Der Fehler liegt nicht bei Ihnen. Bitte versuchen Sie es gleich noch einmal.
staff-again-title = Die Anmeldung muss wiederholt werden
staff-again-text = Die Antwort ging unterwegs verloren. Es ist nichts geschehen; bitte beginnen Sie von vorn.
way-staff = Zurück zur Anmeldung der Amtspersonen

role-idp-verifier = Identität am Schalter prüfen
role-idp-supervisor = Als zweite Amtsperson entscheiden
role-idp-clients = Angebundene Dienste verwalten
role-idp-admin = Die Stadtidentität verwalten
role-portal-editor = Das Portal redigieren
role-portal-publisher = Im Portal veröffentlichen
role-portal-operator = Eingaben betreuen
role-portal-support = Bürgern helfen
role-portal-auditor = Protokolle des Portals lesen
role-portal-admin = Das Portal verwalten
