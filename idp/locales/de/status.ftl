# Stand der Anmeldewege.

foot-status = Stand der Anmeldung
status-title = Wie die Anmeldewege jetzt funktionieren
status-lead = Was wir in der letzten halben Stunde bei jeder gesehen haben. Geht eine nicht, wählen Sie bei der Anmeldung eine andere.
status-as-of = Stand { $when }
health-quiet = Zuletzt hat sie niemand benutzt
status-look = Letzte Verbindungsprüfung um { $time }: Antwort in { $milliseconds } ms.
status-look-missed = Die letzte Verbindungsprüfung um { $time } schlug fehl.
status-held-back = Nach mehreren Fehlern hintereinander senden wir ihm eine Weile keine weiteren Anfragen.
