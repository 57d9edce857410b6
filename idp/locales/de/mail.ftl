# Mitteilungen darüber, was mit einer Identität geschah, auf der Seite und per E-Mail; Codes.

told-link-added = Zu Ihrer städtischen Identität kam ein Anmeldeweg hinzu: { $provider }.
told-link-removed = Von Ihrer städtischen Identität wurde ein Anmeldeweg entfernt: { $provider }.
told-link-replaced = Das Konto, mit dem Sie sich anmelden, hat sich geändert: { $provider }.
told-case-same = Das Rathaus hat den Anmeldeweg „{ $provider }“ geprüft und entschieden, dass er Ihnen gehört. Er öffnet Ihre städtische Identität.
told-case-another = Das Rathaus hat den Anmeldeweg „{ $provider }“ geprüft und entschieden, dass er jemand anderem gehört. Er öffnet Ihre städtische Identität nicht.
told-case-closed = Das Rathaus hat den Anmeldeweg „{ $provider }“ geprüft. An Ihrer städtischen Identität ändert sich nichts.
told-accounts-merged = Ihre zwei städtischen Identitäten wurden zu einer zusammengeführt.
told-merge-undone = Die Zusammenführung Ihrer städtischen Identitäten wurde aufgehoben. Sie haben wieder zwei.
told-mandate-added = Sie können bei der Stadt nun handeln für: { $body }.
told-mandate-ended = Sie können bei der Stadt nicht mehr handeln für: { $body }.
told-contact-added = Zu Ihrer städtischen Identität kam ein weiterer bestätigter Kontakt hinzu.
told-contact-removed = Von Ihrer städtischen Identität wurde ein Kontakt entfernt.
told-contact-replaced = { $provider } nennt jetzt eine andere E-Mail-Adresse von Ihnen als bisher. Die bisherige ist nicht mehr bestätigt. Möchten Sie dort weiter Nachrichten erhalten, bestätigen Sie sie mit einem Code.
told-contact-restored = Ein entfernter Kontakt gehört wieder zu Ihrer städtischen Identität. Alle Anmeldungen haben wir beendet.
told-account-closed = Ihre städtische Identität wurde geschlossen. Alle Anmeldungen sind beendet, und Ihre Angaben sind gelöscht.

mail-link-added = ein Anmeldeweg kam hinzu
mail-link-removed = ein Anmeldeweg wurde entfernt
mail-link-replaced = das Konto für die Anmeldung hat sich geändert
mail-case-same = das Rathaus hat über einen Anmeldeweg entschieden
mail-case-another = das Rathaus hat über einen Anmeldeweg entschieden
mail-case-closed = das Rathaus hat einen Fall abgeschlossen
mail-accounts-merged = Identitäten wurden zusammengeführt
mail-merge-undone = die Zusammenführung der Identitäten wurde aufgehoben
mail-mandate-added = neue Vollmacht
mail-mandate-ended = Vollmacht beendet
mail-contact-added = ein Kontakt kam hinzu
mail-contact-removed = ein Kontakt wurde entfernt
mail-contact-replaced = Ihre bestätigte Adresse hat sich geändert
mail-contact-restored = ein entfernter Kontakt ist zurück
mail-account-closed = die Identität wurde geschlossen
mail-hello = Guten Tag,
mail-when = Das geschah am { $when }.
mail-stranger = Waren das nicht Sie?
mail-undo = Bis { $until } können Sie den Kontakt mit diesem Link zurückholen, ohne sich anzumelden:
mail-stranger-what = Melden Sie sich an, sehen Sie nach, womit und wo Sie angemeldet sind, und entfernen Sie, was Sie nicht kennen:
mail-stranger-closed = Das Konto lässt sich nicht wiederherstellen, aber geben Sie uns bitte sofort Bescheid. Wir klären, wer es geschlossen hat. Mit der nächsten Anmeldung entsteht ein neues Konto.
mail-help = Wir helfen Ihnen: { $ways }.
mail-help-office = An jedem Schalter des Rathauses hilft man Ihnen.
mail-foot = Diese Nachricht sendet { $town } automatisch, bitte antworten Sie nicht. Nach einem Passwort oder einem Code fragen wir nie per E-Mail.

mail-code = Code zur Bestätigung Ihrer E-Mail
mail-code-what = Mit diesem Code bestätigen Sie, dass diese E-Mail-Adresse zu Ihrer städtischen Identität gehört:
mail-code-valid = Er gilt 24 Stunden und nur einmal. Geben Sie ihn auf der Seite Kontakte und Mitteilungen ein:
mail-code-stranger = Wenn Sie keinen Code angefordert haben, löschen Sie diese Nachricht. Ohne den Code geschieht nichts.
